//! `GET /v1/{object}/{id}/similar`: records that say much the same.

use axum::{Json, extract::State};
use crm_rag::{Like, RecordHit, RecordKind, RecordQuery, Retriever};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::body::{Path, Query},
    routes::records::allowed::{On, Read},
    state::AppState,
};

/// The most records of one answer.
const MAX_LIMIT: usize = 50;

/// Which similar records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SimilarQuery {
    /// How many at the most, 1 to 50; 10 when not given.
    #[param(minimum = 1, maximum = 50, default = 10)]
    limit: Option<usize>,
    /// Of cases: only those that were resolved or closed, so that there is something to learn from.
    #[param(default = false)]
    resolved: Option<bool>,
    /// Only passages in this language (ISO 639-1).
    #[param(example = "en")]
    language: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SimilarRecords {
    /// The records, most alike first.
    data: Vec<SimilarRecord>,
}

/// A record and the passage of it that fits best.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct SimilarRecord {
    /// `case`, `lead`, `message` or `opportunity`.
    #[schema(example = "case")]
    kind: &'static str,
    /// Which one.
    id: Uuid,
    /// What names it for people; null when it has no name or your role does not show it.
    title: Option<String>,
    /// The fields that the passage comes from.
    #[schema(example = json!(["description", "subject"]))]
    fields: Vec<String>,
    /// The passage.
    text: String,
    /// ISO 639-1 code, or `und`.
    #[schema(example = "en")]
    language: String,
    /// How alike it is, 0 to 1, compared with the others of this answer.
    score: f32,
    /// The record, as your role may see it.
    #[schema(value_type = Object)]
    record: Map<String, Value>,
}

impl From<RecordHit> for SimilarRecord {
    fn from(hit: RecordHit) -> Self {
        Self {
            kind: hit.kind.name(),
            id: hit.id,
            title: hit.title,
            fields: hit.fields,
            text: hit.text,
            language: hit.language,
            score: hit.score,
            record: hit.record,
        }
    }
}

/// Find records like a record
///
/// By meaning and by words, among the records that you may see. What your role does not show is neither compared nor
/// quoted. The record itself, and for a message the rest of its conversation, is left out.
#[utoipa::path(
    get,
    path = "/v1/{object}/{id}/similar",
    operation_id = "similar_object",
    tag = "records",
    params(("id" = Uuid, Path, description = "The record"), SimilarQuery),
    responses(
        (status = 200, description = "The most alike first", body = SimilarRecords),
        (status = 404, description = "No such record", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn handler(
    State(state): State<AppState>,
    caller: On<Read>,
    Path(id): Path<Uuid>,
    Query(given): Query<SimilarQuery>,
) -> Result<Json<SimilarRecords>, Problem> {
    let limit = given.limit.unwrap_or(10);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field(
            "?limit",
            format!("must be between 1 and {MAX_LIMIT}"),
        ));
    }
    let kind = RecordKind::named(caller.object.name)
        .ok_or_else(|| Problem::internal("a route of similar records is for records that are not indexed"))?;
    let settled = given.resolved.unwrap_or(false);
    if settled && kind != RecordKind::Case {
        return Err(Problem::field("?resolved", "only cases are resolved"));
    }
    let query = RecordQuery {
        kind,
        like: Like::Record(id),
        limit,
        settled,
        language: given.language,
    };
    let retriever = state.services.knowledge.retriever(caller.store);
    let found = retriever.similar(&query).await?;
    Ok(Json(SimilarRecords {
        data: found.into_iter().map(SimilarRecord::from).collect(),
    }))
}
