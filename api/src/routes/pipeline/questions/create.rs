//! `POST /v1/pipeline/questions`.

use axum::{http::StatusCode, response::Response};
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
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// A question to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Won this quarter", "query": {"entity": "opportunities", "measures": ["won_amount"]}, "pinned": true}))]
pub struct QuestionToSave {
    /// Its name, once among yours.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// The words that it was asked in.
    #[schema(max_length = 1000)]
    question: Option<String>,
    /// The typed query, as cards have it.
    #[schema(value_type = Object)]
    query: PipelineQuery,
    /// Whether it is shown first.
    #[serde(default)]
    pinned: bool,
    /// When to be told.
    alert: Option<AlertView>,
    /// With whom it is shared: `private` when left out, `role`, `tenant`. Whoever opens it gets the numbers of their own
    /// rights; they see its name, its words and its query with the values in it.
    #[serde(default = "private")]
    #[schema(value_type = Option<String>, example = "tenant")]
    visibility: Visibility,
    /// The role that it is shared with.
    role_id: Option<Uuid>,
}

const fn private() -> Visibility {
    Visibility::Private
}

/// Save a question
#[utoipa::path(
    post,
    path = "/v1/pipeline/questions",
    operation_id = "create_question",
    tag = "pipeline",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = QuestionToSave,
    responses(
        (status = 201, description = "The question", body = SavedQuestionView, headers(("ETag" = String))),
        (status = 409, description = "You have a question with this name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A query that cannot be asked", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    once: Once,
    body: Json<QuestionToSave>,
) -> Result<Response, Problem> {
    let said = body.value;
    let new = NewQuestion {
        name: said.name.trim().to_owned(),
        question: said.question,
        query: serde_json::to_value(&said.query).map_err(Problem::internal)?,
        is_pinned: said.pinned,
        alert: said.alert.map(Into::into),
        sharing: sharing(said.visibility, said.role_id)?,
    };
    let mut tx = caller.store().begin().await?;
    let saved = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            checked(caller.store(), &new).await?;
            let saved = tx.questions().create(&new).await?;
            once.done(&mut tx, 201, Some(saved.id)).await?;
            Some(saved)
        }
        Entered::Before {
            resource: Some(id), ..
        } => tx.questions().get(id).await?,
        Entered::Before { resource: None, .. } => None,
    };
    let saved = saved.ok_or_else(|| Problem::not_found("question"))?;
    let looking = Looking::of(&caller, &mut tx).await?;
    tx.commit().await?;
    Ok(looking.view(saved).respond(StatusCode::CREATED))
}
