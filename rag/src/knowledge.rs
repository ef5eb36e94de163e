//! What indexing and retrieval share: the engine, the embedder and the chunker.

use std::sync::Arc;

use crm_store::TenantStore;
use sha2::{Digest, Sha256};

use crate::embed::background;
use crate::fuse::Fusion;
use crate::{Chunker, Embedder, Indexer, RagError, TenantRetriever, VectorIndex};

/// The service's knowledge: one of it serves every tenant.
#[derive(Debug, Clone)]
pub struct Knowledge {
    pub(crate) engine: Arc<dyn VectorIndex>,
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) chunker: Chunker,
    pub(crate) fingerprint: String,
    pub(crate) fusion: Fusion,
}

impl Knowledge {
    /// Puts the parts together and measures the embedder's background, with one small batch.
    pub async fn new(engine: Arc<dyn VectorIndex>, embedder: Arc<dyn Embedder>) -> Result<Self, RagError> {
        let background = background(embedder.as_ref()).await?;
        let fusion = Fusion::new(background, embedder.languages().clone());
        let chunker = Chunker::for_embedder(embedder.as_ref());
        let fingerprint = fingerprint(embedder.as_ref());
        Ok(Self {
            engine,
            embedder,
            chunker,
            fingerprint,
            fusion,
        })
    }

    /// Names model and chunker; vectors of two fingerprints do not mix.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The engine, for health checks and the optimiser.
    pub fn engine(&self) -> &Arc<dyn VectorIndex> {
        &self.engine
    }

    /// The model that compares meanings.
    pub fn embedder(&self) -> &dyn Embedder {
        self.embedder.as_ref()
    }

    /// What brings the index in line with Postgres.
    pub fn indexer(&self) -> Indexer {
        Indexer::new(self.clone())
    }

    /// What finds passages for the tenant and the actor of `store`.
    pub fn retriever(&self, store: TenantStore) -> TenantRetriever {
        TenantRetriever::new(self.clone(), store)
    }
}

/// Names the model and the chunker that `embedder` leads to, in sixteen characters.
pub fn fingerprint(embedder: &dyn Embedder) -> String {
    let chunker = Chunker::for_embedder(embedder).fingerprint();
    let digest = Sha256::digest(format!(
        "{}\n{}\n{chunker}",
        embedder.model_hash(),
        embedder.dimensions()
    ));
    hex::encode(digest.get(..8).unwrap_or_default())
}
