//! `POST /v1/feedback`.

use axum::{Json as JsonBody, http::StatusCode};
use crm_store::{
    feedback::{About, Verdict},
    opinions::{Direction, NewOpinion},
};
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
    /// The answer: one of `answer_id`, `run_id`, `card_id` and `opportunity_id` is named.
    answer_id: Option<Uuid>,
    /// The run that gave the answer.
    run_id: Option<Uuid>,
    /// The `id` of a card of `POST /v1/pipeline/query`.
    card_id: Option<Uuid>,
    /// The deal whose probability of winning is judged.
    opportunity_id: Option<Uuid>,
    /// With `opportunity_id`: the `score.id` of the win card that was looked at; the latest score when left out.
    score_id: Option<Uuid>,
    /// With `opportunity_id` and `bad`: whether the probability is `too_high` or `too_low`.
    #[schema(value_type = Option<String>, example = "too_high")]
    direction: Option<Direction>,
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
    /// The deal it is about.
    opportunity_id: Option<Uuid>,
}

/// Judge an answer
///
/// A second verdict of the same caller on the same answer, card or score replaces the first. With `opportunity_id` it is
/// on a probability of winning; `GET /v1/win/opinions` reports those.
#[utoipa::path(
    post,
    path = "/v1/feedback",
    operation_id = "give_feedback",
    tag = "feedback",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = GiveFeedback,
    responses(
        (status = 201, description = "It is kept", body = FeedbackView),
        (status = 404, description = "No such answer, card or score", body = ProblemBody, content_type = "application/problem+json"),
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
    if given.opportunity_id.is_some() {
        return on_win(&caller, &once, &body.hash, &given).await;
    }
    if given.score_id.is_some() || given.direction.is_some() {
        return Err(Problem::field(
            "/opportunity_id",
            "is needed with score_id and direction",
        ));
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
                "name one of answer_id, run_id, card_id and opportunity_id",
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
        Entered::Before { resource, .. } => resource.ok_or_else(|| Problem::not_found("feedback"))?,
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
            opportunity_id: None,
        }),
    ))
}

/// Keeps what the caller thinks of a probability of winning.
async fn on_win(
    caller: &Allowed<scopes::GiveFeedback>,
    once: &Once,
    hash: &[u8; 32],
    given: &GiveFeedback,
) -> Result<(StatusCode, JsonBody<FeedbackView>), Problem> {
    let Some(opportunity) = given.opportunity_id else {
        return Err(Problem::field("/opportunity_id", "is missing"));
    };
    if given.answer_id.is_some() || given.run_id.is_some() || given.card_id.is_some() {
        return Err(Problem::field(
            "/opportunity_id",
            "name one of answer_id, run_id, card_id and opportunity_id",
        ));
    }
    if given.direction.is_some() && given.verdict == Verdict::Good {
        return Err(Problem::field("/direction", "goes with the verdict bad"));
    }
    let comment = given
        .comment
        .as_deref()
        .map(str::trim)
        .filter(|comment| !comment.is_empty());
    let mut tx = caller.store().begin().await?;
    let id = match once.enter(&mut tx, hash).await? {
        Entered::First => {
            let new = NewOpinion {
                opportunity,
                score: given.score_id,
                verdict: given.verdict,
                direction: given.direction,
                reason: comment,
            };
            let id = tx.opinions().put(&new).await?.id;
            once.done(&mut tx, 201, Some(id)).await?;
            id
        }
        Entered::Before { resource, .. } => resource.ok_or_else(|| Problem::not_found("feedback"))?,
    };
    tx.commit().await?;
    Ok((
        StatusCode::CREATED,
        JsonBody(FeedbackView {
            id,
            answer_id: None,
            card_id: None,
            opportunity_id: Some(opportunity),
        }),
    ))
}
