//! Our types to the wire's and back.

use std::collections::HashMap;

use qdrant_client::qdrant::{
    Condition, Filter, NamedVectors, PointId, PointStruct, Query, QueryPoints, QueryPointsBuilder,
    ScoredPoint, Value, Vector, VectorInput, point_id::PointIdOptions, vector_output,
    vectors_output::VectorsOptions,
};
use uuid::Uuid;

use crate::RagError;
use crate::index::filter::{TENANT, Wanted};
use crate::index::scoped::Scope;
use crate::index::{Candidate, Payload, Point, Search, Sparse};

pub(super) fn point(point: Point, tenant: &str) -> Result<PointStruct, RagError> {
    let payload =
        serde_json::to_value(&point.payload).map_err(|source| RagError::index("write a payload", source))?;
    let mut payload = qdrant_client::Payload::try_from(payload)
        .map_err(|source| RagError::index("write a payload", source))?;
    payload.insert(TENANT, tenant);
    let (indices, values) = point.text.unzip();
    let vectors = NamedVectors::default()
        .add_vector("dense", Vector::new_dense(point.dense))
        .add_vector("text", Vector::new_sparse(indices, values));
    Ok(PointStruct::new(point.id.to_string(), vectors, payload))
}

pub(super) fn queries(collection: &str, search: Search, filter: &Filter) -> Vec<QueryPoints> {
    let limit = u64::try_from(search.candidates).unwrap_or(u64::MAX);
    let nearest = |using: &str, vector: VectorInput| {
        QueryPointsBuilder::new(collection)
            .query(Query::new_nearest(vector))
            .using(using)
            .filter(filter.clone())
            .limit(limit)
            .with_payload(true)
            .with_vectors(true)
            .build()
    };
    let mut queries = vec![nearest("dense", VectorInput::new_dense(search.dense))];
    if !search.text.is_empty() {
        let (indices, values) = search.text.unzip();
        queries.push(nearest("text", VectorInput::new_sparse(indices, values)));
    }
    queries
}

/// The walls first, the caller's wishes inside them.
pub(super) fn filter(scope: &Scope) -> Result<Filter, RagError> {
    let mut must = vec![Condition::matches(TENANT, scope.tenant.to_string())];
    if scope.public_only {
        must.push(Condition::matches("audience", "public".to_owned()));
    }
    if let Some(wanted) = &scope.wanted {
        must.push(condition(wanted)?);
    }
    Ok(Filter::must(must))
}

fn condition(wanted: &Wanted) -> Result<Condition, RagError> {
    let many = |list: &[Wanted]| list.iter().map(condition).collect::<Result<Vec<_>, _>>();
    Ok(match wanted {
        Wanted::All(list) => Filter::must(many(list)?).into(),
        // None of no alternatives can hold; the engine would take the empty list for "all".
        Wanted::Any(list) if list.is_empty() => Filter::must_not([Filter::default().into()]).into(),
        Wanted::Any(list) => Filter::should(many(list)?).into(),
        Wanted::Documents(ids) => {
            Condition::matches("document", ids.iter().map(Uuid::to_string).collect::<Vec<_>>())
        }
        Wanted::Not(inner) => Filter::must_not([condition(inner)?]).into(),
        simple => {
            let (field, value) = simple
                .field()
                .ok_or_else(|| RagError::index("build a filter", "an unknown condition"))?;
            Condition::matches(field, value)
        }
    })
}

pub(super) fn id(id: Option<PointId>) -> Result<Uuid, RagError> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(id)) => id
            .parse()
            .map_err(|source: uuid::Error| RagError::index("read a point's id", source)),
        other => Err(RagError::index(
            "read a point's id",
            format!("{other:?} is not ours"),
        )),
    }
}

pub(super) fn payload(payload: HashMap<String, Value>) -> Result<Payload, RagError> {
    let object = payload
        .into_iter()
        .map(|(key, value)| (key, value.into()))
        .collect();
    serde_json::from_value(serde_json::Value::Object(object))
        .map_err(|source| RagError::index("read a payload", source))
}

pub(super) fn candidate(point: ScoredPoint) -> Result<Candidate, RagError> {
    let mut dense = Vec::new();
    let mut text = Sparse::default();
    if let Some(VectorsOptions::Vectors(named)) = point.vectors.and_then(|vectors| vectors.vectors_options) {
        for (name, vector) in named.vectors {
            match vector.into_vector() {
                vector_output::Vector::Dense(values) if name == "dense" => dense = values.data,
                vector_output::Vector::Sparse(values) if name == "text" => {
                    text = Sparse::new(values.indices.into_iter().zip(values.values));
                }
                _ => {}
            }
        }
    }
    Ok(Candidate {
        id: id(point.id)?,
        dense,
        text,
        payload: payload(point.payload)?,
    })
}
