//! `POST /v1/feedback`.

use axum::{Json as JsonBody, http::StatusCode};
use crm_store::feedback::{About, Verdict};
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
    /// The answer: one of `answer_id`, `run_id` and `card_id` is named.
    answer_id: Option<Uuid>,
    /// The run that gave the answer.
    run_id: Option<Uuid>,
    /// The `id` of a card of `POST /v1/pipeline/query`.
    card_id: Option<Uuid>,
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
    answer_id: Option<Uuid>,
    /// The card it is about.
    card_id: Option<Uuid>,
}

/// Judge an answer
///
/// A second verdict of the same caller on the same answer or card replaces the first.
#[utoipa::path(
    post,
    path = "/v1/feedback",
    operation_id = "give_feedback",
    tag = "feedback",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = GiveFeedback,
    responses(
        (status = 201, description = "It is kept", body = FeedbackView),
        (status = 404, description = "No such answer or card", body = ProblemBody, content_type = "application/problem+json"),
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
    let about = match (given.answer_id, given.run_id, given.card_id) {
        (Some(answer), None, None) => About::Answer(answer.into()),
        (None, Some(run), None) => {
            let answer = tx.answers().of_run(run.into()).await?;
            About::Answer(answer.ok_or_else(|| Problem::not_found("answer"))?.id)
        }
        (None, None, Some(card)) => About::Card(card),
        _ => {
            return Err(Problem::field(
                "/answer_id",
                "name one of answer_id, run_id and card_id",
            ));
        }
    };
    let id = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let id = tx
                .feedback()
                .put(about, given.verdict, given.comment.as_deref())
                .await?
                .uuid();
            once.done(&mut tx, 201, Some(id)).await?;
            id
        }
        Entered::Before { resource } => resource.ok_or_else(|| Problem::not_found("feedback"))?,
    };
    tx.commit().await?;
    let (answer_id, card_id) = match about {
        About::Answer(answer) => (Some(answer.uuid()), None),
        About::Card(card) => (None, Some(card)),
    };
    Ok((
        StatusCode::CREATED,
        JsonBody(FeedbackView {
            id,
            answer_id,
            card_id,
        }),
    ))
}
