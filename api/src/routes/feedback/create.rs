//! `POST /v1/feedback`.

use axum::{Json as JsonBody, http::StatusCode};
use crm_store::{feedback::Verdict, ids::AnswerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// A verdict on an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveFeedback {
    /// The answer, or the run that gave it.
    answer_id: Option<Uuid>,
    /// The run that gave the answer.
    run_id: Option<Uuid>,
    /// `good` or `bad`.
    #[schema(value_type = String, example = "good")]
    verdict: Verdict,
    /// In your own words.
    #[schema(example = "The limit is 30 minutes, not 60.", max_length = 4000)]
    comment: Option<String>,
}

/// A kept verdict.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedbackView {
    /// The verdict.
    id: Uuid,
    /// The answer it is about.
    answer_id: Uuid,
}

/// Judge an answer
///
/// A second verdict of the same caller on the same answer replaces the first.
#[utoipa::path(
    post,
    path = "/v1/feedback",
    operation_id = "give_feedback",
    tag = "feedback",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = GiveFeedback,
    responses(
        (status = 201, description = "It is kept", body = FeedbackView),
        (status = 404, description = "No such answer", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::GiveFeedback>,
    once: Once,
    body: Json<GiveFeedback>,
) -> Result<(StatusCode, JsonBody<FeedbackView>), Problem> {
    let given = body.value;
    if given
        .comment
        .as_ref()
        .is_some_and(|comment| comment.chars().count() > 4_000)
    {
        return Err(Problem::field("/comment", "must have at most 4000 characters"));
    }
    let mut tx = caller.store().begin().await?;
    let answer: AnswerId = match (given.answer_id, given.run_id) {
        (Some(answer), None) => answer.into(),
        (None, Some(run)) => {
            tx.answers()
                .of_run(run.into())
                .await?
                .ok_or_else(|| Problem::not_found("answer"))?
                .id
        }
        _ => return Err(Problem::field("/answer_id", "name either answer_id or run_id")),
    };
    let id = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let id = tx
                .feedback()
                .put(answer, given.verdict, given.comment.as_deref())
                .await?
                .uuid();
            once.done(&mut tx, 201, Some(id)).await?;
            id
        }
        Entered::Before { resource } => resource.ok_or_else(|| Problem::not_found("feedback"))?,
    };
    tx.commit().await?;
    Ok((
        StatusCode::CREATED,
        JsonBody(FeedbackView {
            id,
            answer_id: answer.uuid(),
        }),
    ))
}
