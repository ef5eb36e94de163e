//! A Qdrant server or cluster, over gRPC.

mod convert;

use std::collections::HashMap;
use std::time::Duration;

use futures::future::BoxFuture;
use qdrant_client::Qdrant;
use qdrant_client::qdrant::{
    CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, DeletePointsBuilder,
    Distance, FieldType, KeywordIndexParamsBuilder, PointId, QueryBatchPointsBuilder, ScrollPointsBuilder,
    SparseVectorParamsBuilder, SparseVectorsConfigBuilder, UpsertPointsBuilder, VectorParamsBuilder,
    VectorsConfigBuilder, point_id::PointIdOptions,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::filter::{INDEXED, TENANT};
use super::scoped::Scoped;
use super::{Candidate, Page, Point, Search, VectorIndex};
use crate::RagError;

/// Points in one write: a batch of long vectors stays far under the server's message limit.
const WRITE_BATCH: usize = 128;

/// Where the server is and how its collection is called.
#[derive(Debug, Clone)]
pub struct QdrantConfig {
    /// The gRPC address, as `http://host:6334`.
    pub url: String,
    /// The server's key, if it wants one.
    pub api_key: Option<SecretString>,
    /// The one collection of every tenant.
    pub collection: String,
    /// The length of the embeddings.
    pub dimensions: usize,
    /// How long one call may take.
    pub timeout: Duration,
}

/// One collection on a Qdrant server, shared by all tenants.
pub struct QdrantIndex {
    client: Qdrant,
    collection: String,
}

impl std::fmt::Debug for QdrantIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QdrantIndex")
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}

fn failed(action: &'static str) -> impl FnOnce(qdrant_client::QdrantError) -> RagError {
    move |source| RagError::index(action, source)
}

impl QdrantIndex {
    /// Connects, and makes the collection when it is not there yet.
    pub async fn open(config: &QdrantConfig) -> Result<Self, RagError> {
        let mut settings = Qdrant::from_url(&config.url)
            .timeout(config.timeout)
            .skip_compatibility_check();
        if let Some(key) = &config.api_key {
            settings.set_api_key(key.expose_secret());
        }
        let client = settings.build().map_err(failed("connect"))?;
        let index = Self {
            client,
            collection: config.collection.clone(),
        };
        if !index
            .client
            .collection_exists(&index.collection)
            .await
            .map_err(failed("look for its collection"))?
        {
            index.create(config.dimensions).await?;
        }
        // Of a collection that an earlier release made, too: what is indexed already stays.
        index.index_fields().await?;
        Ok(index)
    }

    async fn create(&self, dimensions: usize) -> Result<(), RagError> {
        let size = u64::try_from(dimensions).unwrap_or(u64::MAX);
        let mut dense = VectorsConfigBuilder::default();
        dense.add_named_vector_params("dense", VectorParamsBuilder::new(size, Distance::Cosine));
        // No IDF modifier: it would count every tenant's passages.
        let mut text = SparseVectorsConfigBuilder::default();
        text.add_named_vector_params("text", SparseVectorParamsBuilder::default());
        let created = self
            .client
            .create_collection(
                CreateCollectionBuilder::new(&self.collection)
                    .vectors_config(dense)
                    .sparse_vectors_config(text),
            )
            .await;
        if let Err(source) = created {
            // Another replica may have been faster.
            if !self
                .client
                .collection_exists(&self.collection)
                .await
                .map_err(failed("look for its collection"))?
            {
                return Err(failed("make its collection")(source));
            }
        }
        Ok(())
    }

    async fn index_fields(&self) -> Result<(), RagError> {
        for field in INDEXED {
            let params = KeywordIndexParamsBuilder::default().is_tenant(field == TENANT);
            let index = CreateFieldIndexCollectionBuilder::new(&self.collection, field, FieldType::Keyword)
                .field_index_params(params)
                .wait(true);
            self.client
                .create_field_index(index)
                .await
                .map_err(failed("index a payload field"))?;
        }
        Ok(())
    }
}

impl VectorIndex for QdrantIndex {
    fn upsert(&self, points: Scoped<Vec<Point>>) -> BoxFuture<'_, Result<(), RagError>> {
        Box::pin(async move {
            let tenant = points.scope.tenant.to_string();
            let mut points = points.request.into_iter().peekable();
            while points.peek().is_some() {
                let batch = points
                    .by_ref()
                    .take(WRITE_BATCH)
                    .map(|point| convert::point(point, &tenant))
                    .collect::<Result<Vec<_>, _>>()?;
                self.client
                    .upsert_points(UpsertPointsBuilder::new(&self.collection, batch).wait(true))
                    .await
                    .map_err(failed("write passages"))?;
            }
            Ok(())
        })
    }

    fn search(&self, search: Scoped<Search>) -> BoxFuture<'_, Result<Vec<Candidate>, RagError>> {
        Box::pin(async move {
            let filter = convert::filter(&search.scope)?;
            let queries = convert::queries(&self.collection, search.request, &filter);
            let answer = self
                .client
                .query_batch(QueryBatchPointsBuilder::new(&self.collection, queries))
                .await
                .map_err(failed("search"))?;
            let mut found = HashMap::new();
            for point in answer.result.into_iter().flat_map(|batch| batch.result) {
                let candidate = convert::candidate(point)?;
                found.insert(candidate.id, candidate);
            }
            Ok(found.into_values().collect())
        })
    }

    fn scroll(&self, from: Scoped<Option<Uuid>>, limit: usize) -> BoxFuture<'_, Result<Page, RagError>> {
        Box::pin(async move {
            let limit = u32::try_from(limit).unwrap_or(u32::MAX);
            let mut request = ScrollPointsBuilder::new(&self.collection)
                .filter(convert::filter(&from.scope)?)
                .limit(limit)
                .with_payload(true)
                .with_vectors(false);
            if let Some(id) = from.request {
                request = request.offset(PointId {
                    point_id_options: Some(PointIdOptions::Uuid(id.to_string())),
                });
            }
            let answer = self
                .client
                .scroll(request)
                .await
                .map_err(failed("list passages"))?;
            let points = answer
                .result
                .into_iter()
                .map(|point| Ok((convert::id(point.id)?, convert::payload(point.payload)?)))
                .collect::<Result<_, RagError>>()?;
            Ok(Page {
                points,
                next: answer
                    .next_page_offset
                    .map(|id| convert::id(Some(id)))
                    .transpose()?,
            })
        })
    }

    fn delete(&self, scope: Scoped<()>) -> BoxFuture<'_, Result<(), RagError>> {
        Box::pin(async move {
            let filter = convert::filter(&scope.scope)?;
            self.client
                .delete_points(
                    DeletePointsBuilder::new(&self.collection)
                        .points(filter)
                        .wait(true),
                )
                .await
                .map_err(failed("delete passages"))?;
            Ok(())
        })
    }

    fn count(&self, scope: Scoped<()>) -> BoxFuture<'_, Result<usize, RagError>> {
        Box::pin(async move {
            let filter = convert::filter(&scope.scope)?;
            self.counted(
                CountPointsBuilder::new(&self.collection)
                    .filter(filter)
                    .exact(true),
            )
            .await
        })
    }

    fn optimize(&self) -> BoxFuture<'_, Result<(), RagError>> {
        // The server does it by itself.
        Box::pin(async { Ok(()) })
    }

    fn check(&self) -> BoxFuture<'_, Result<String, RagError>> {
        Box::pin(async move {
            let reply = self
                .client
                .health_check()
                .await
                .map_err(failed("answer a health check"))?;
            Ok(format!("qdrant {}", reply.version))
        })
    }

    fn total(&self) -> BoxFuture<'_, Result<usize, RagError>> {
        Box::pin(self.counted(CountPointsBuilder::new(&self.collection).exact(true)))
    }
}

impl QdrantIndex {
    /// Removes the collection with everything in it.
    pub async fn remove(self) -> Result<(), RagError> {
        self.client
            .delete_collection(&self.collection)
            .await
            .map_err(failed("remove its collection"))?;
        Ok(())
    }

    async fn counted(&self, request: CountPointsBuilder) -> Result<usize, RagError> {
        let answer = self
            .client
            .count(request)
            .await
            .map_err(failed("count passages"))?;
        Ok(answer
            .result
            .map_or(0, |result| usize::try_from(result.count).unwrap_or(usize::MAX)))
    }
}
