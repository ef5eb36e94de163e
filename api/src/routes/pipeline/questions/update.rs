//! `PATCH /v1/pipeline/questions/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::questions::{NewQuestion, Visibility};
use crm_tools::semantic::PipelineQuery;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    SavedQuestionView,
    view::{AlertView, Looking, checked, sharing},
};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path, present},
        etag,
    },
};

/// What to change of a saved question; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, emptied and set are three things")]
pub struct QuestionChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    /// The words that it was asked in; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    question: Option<Option<String>>,
    /// The typed query.
    #[schema(value_type = Option<Object>)]
    query: Option<PipelineQuery>,
    /// Whether it is shown first.
    pinned: Option<bool>,
    /// When to be told; null for never.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AlertView>)]
    alert: Option<Option<AlertView>>,
    /// With whom it is shared: `private`, `role` or `tenant`.
    #[schema(value_type = Option<String>)]
    visibility: Option<Visibility>,
    /// The role that it is shared with; goes with `visibility`.
    role_id: Option<Uuid>,
}

/// Change a saved question
///
/// Your own; or, when you administer the settings, a shared one: its name, words, query and with whom it is shared. Pin and
/// alert are its owner's.
#[utoipa::path(
    patch,
    path = "/v1/pipeline/questions/{id}",
    operation_id = "update_question",
    tag = "pipeline",
    params(
        ("id" = Uuid, Path, description = "The question"),
        ("If-Match" = String, Header, description = "The ETag of the question as it was read"),
    ),
    request_body = QuestionChange,
    responses(
        (status = 200, description = "The question", body = SavedQuestionView, headers(("ETag" = String))),
        (status = 403, description = "Somebody else's, shared with you", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such question that you may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "You have a question with this name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A query that cannot be asked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<QuestionChange>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let change = body.value;
    let mut tx = caller.store().begin().await?;
    let saved = tx.questions().get(id).await?;
    let saved = saved.ok_or_else(|| Problem::not_found("question"))?;
    let looking = Looking::of(&caller, &mut tx).await?;
    looking.check(&saved)?;
    let asks_anew = change.query.is_some() || change.alert.is_some();
    let alert = saved.alert();
    let new = NewQuestion {
        name: change
            .name
            .map_or_else(|| saved.name.clone(), |name| name.trim().to_owned()),
        question: change.question.unwrap_or_else(|| saved.question.clone()),
        query: match &change.query {
            Some(query) => serde_json::to_value(query).map_err(Problem::internal)?,
            None => saved.query.clone(),
        },
        is_pinned: change.pinned.unwrap_or(saved.is_pinned),
        alert: change.alert.map_or(alert, |alert| alert.map(Into::into)),
        sharing: match change.visibility {
            Some(visibility) => sharing(visibility, change.role_id)?,
            None if change.role_id.is_some() => {
                return Err(Problem::field("/role_id", "goes with `visibility`"));
            }
            None => saved.sharing(),
        },
    };
    // A name can be changed also of a question that a newer layer no longer knows.
    if asks_anew {
        checked(caller.store(), &new).await?;
    }
    let changed = tx.questions().update(id, &new, expected).await?;
    tx.commit().await?;
    Ok(looking.view(changed).respond(StatusCode::OK))
}
