//! Our types to the engine's and back.

use qdrant_edge as qe;
use qe::external::serde_json::{self, Value};
use uuid::Uuid;

use super::is_tenant;
use crate::RagError;
use crate::index::filter::{TENANT, Wanted};
use crate::index::scoped::Scope;
use crate::index::{Candidate, Payload, Point, Sparse};

pub(super) fn keyword_index(field: &str) -> Result<qe::UpdateOperation, RagError> {
    let params = qe::KeywordIndexParams {
        is_tenant: is_tenant(field).then_some(true),
        ..qe::KeywordIndexParams::default()
    };
    Ok(qe::UpdateOperation::FieldIndexOperation(
        qe::FieldIndexOperations::CreateIndex(qe::CreateIndex {
            field_name: path(field)?,
            field_schema: Some(qe::PayloadFieldSchema::FieldParams(
                qe::PayloadSchemaParams::Keyword(params),
            )),
        }),
    ))
}

fn path(field: &str) -> Result<qe::JsonPath, RagError> {
    field
        .parse()
        .map_err(|()| RagError::index("name a payload field", field.to_owned()))
}

pub(super) fn point(point: Point, tenant: &str) -> Result<qe::PointStructPersisted, RagError> {
    let payload =
        serde_json::to_value(&point.payload).map_err(|source| RagError::index("write a payload", source))?;
    let Value::Object(mut payload) = payload else {
        return Err(RagError::index("write a payload", "it is no object"));
    };
    payload.insert(TENANT.to_owned(), Value::String(tenant.to_owned()));
    let (indices, values) = point.text.unzip();
    let text = qe::Vector::new_sparse(indices, values)
        .map_err(|source| RagError::index("write a vector", source))?;
    let vectors = [("dense", qe::Vector::new_dense(point.dense)), ("text", text)];
    Ok(qe::PointStruct::new(
        qe::PointId::Uuid(point.id),
        qe::Vectors::new_named(vectors),
        Value::Object(payload),
    )
    .into())
}

pub(super) fn nearest(
    using: &str,
    vector: qe::Vector,
    filter: qe::Filter,
    limit: usize,
) -> qe::SearchRequest {
    qe::SearchRequest {
        query: qe::QueryEnum::Nearest(qe::NamedQuery {
            query: vector.into(),
            using: Some(using.into()),
        }),
        filter: Some(filter),
        params: None,
        limit,
        offset: 0,
        with_payload: Some(qe::WithPayloadInterface::Bool(true)),
        with_vector: Some(qe::WithVector::Bool(true)),
        score_threshold: None,
    }
}

/// The walls first, the caller's wishes inside them.
pub(super) fn filter(scope: &Scope) -> Result<qe::Filter, RagError> {
    let mut must = vec![equal(TENANT, scope.tenant.to_string())?];
    if scope.public_only {
        must.push(equal("audience", "public".to_owned())?);
    }
    if let Some(wanted) = &scope.wanted {
        must.push(condition(wanted)?);
    }
    Ok(qe::Filter {
        must: Some(must),
        ..qe::Filter::new()
    })
}

fn condition(wanted: &Wanted) -> Result<qe::Condition, RagError> {
    let many = |list: &[Wanted]| list.iter().map(condition).collect::<Result<Vec<_>, _>>();
    let filter = match wanted {
        Wanted::All(list) => qe::Filter {
            must: Some(many(list)?),
            ..qe::Filter::new()
        },
        // None of no alternatives can hold; the engine would take the empty list for "all".
        Wanted::Any(list) if list.is_empty() => qe::Filter {
            must_not: Some(vec![qe::Condition::Filter(qe::Filter::new())]),
            ..qe::Filter::new()
        },
        Wanted::Any(list) => qe::Filter {
            should: Some(many(list)?),
            ..qe::Filter::new()
        },
        Wanted::Documents(ids) => {
            let any = qe::AnyVariants::Strings(ids.iter().map(Uuid::to_string).collect());
            return Ok(qe::Condition::Field(qe::FieldCondition::new_match(
                path("document")?,
                qe::Match::Any(qe::MatchAny { any }),
            )));
        }
        Wanted::Not(inner) => qe::Filter {
            must_not: Some(vec![condition(inner)?]),
            ..qe::Filter::new()
        },
        simple => {
            let (field, value) = simple
                .field()
                .ok_or_else(|| RagError::index("build a filter", "an unknown condition"))?;
            return equal(field, value);
        }
    };
    Ok(qe::Condition::Filter(filter))
}

fn equal(field: &str, value: String) -> Result<qe::Condition, RagError> {
    let wanted = qe::Match::Value(qe::MatchValue {
        value: qe::ValueVariants::String(value),
    });
    Ok(qe::Condition::Field(qe::FieldCondition::new_match(
        path(field)?,
        wanted,
    )))
}

pub(super) fn id(id: qe::PointId) -> qe::OperationResult<Uuid> {
    match id {
        qe::PointId::Uuid(id) => Ok(id),
        qe::PointId::NumId(number) => Err(qe::OperationError::service_error(format!(
            "point {number} is not ours"
        ))),
    }
}

pub(super) fn payload(payload: Option<qe::Payload>) -> qe::OperationResult<Payload> {
    let payload = payload.ok_or_else(|| qe::OperationError::service_error("a point has no payload"))?;
    serde_json::from_value(Value::Object(payload.0))
        .map_err(|source| qe::OperationError::service_error(source.to_string()))
}

pub(super) fn candidate(point: qe::ScoredPoint) -> qe::OperationResult<Candidate> {
    let mut dense = Vec::new();
    let mut text = Sparse::default();
    if let Some(qe::VectorStructInternal::Named(named)) = point.vector {
        for (name, vector) in named {
            match vector {
                qe::VectorInternal::Dense(values) if name == "dense" => dense = values,
                qe::VectorInternal::Sparse(values) if name == "text" => {
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
