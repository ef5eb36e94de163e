//! `GET /v1/feedback`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::{
    Cursor,
    feedback::{FeedbackFilter, Judged, Verdict},
    ids::AnswerId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, Wanted},
    },
};

/// Which verdicts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListFeedback {
    /// On answers of this agent, such as `answer` or `pipeline`; cards of `POST /v1/pipeline/query` are `pipeline`'s.
    kind: Option<String>,
    /// `good` or `bad`.
    #[param(value_type = Option<String>)]
    verdict: Option<Verdict>,
    /// Not given before this time.
    from: Option<DateTime<Utc>>,
    /// Given before this time.
    to: Option<DateTime<Utc>>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A verdict with what it is on.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgedView {
    /// The verdict.
    id: Uuid,
    /// The agent that answered; `pipeline` for cards without a run.
    #[schema(example = "pipeline")]
    kind: String,
    /// `good` or `bad`.
    #[schema(value_type = String, example = "bad")]
    verdict: Verdict,
    /// In the words of whoever gave it.
    comment: Option<String>,
    /// The answer, of a run.
    answer_id: Option<Uuid>,
    /// The run that answered.
    run_id: Option<Uuid>,
    /// The card, without a run.
    card_id: Option<Uuid>,
    /// What was asked, if it was asked in words.
    question: Option<String>,
    /// What a run answered.
    answer: Option<String>,
    /// How a question about the numbers was read: a typed query, which `POST /v1/pipeline/query` takes.
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    /// `user`, `api_key` or `visitor`.
    #[schema(example = "user")]
    actor_kind: String,
    /// Who gave it.
    actor_id: Uuid,
    /// The member's name.
    actor_name: Option<String>,
    /// When it was given first.
    created_at: DateTime<Utc>,
    /// When it was given last.
    updated_at: DateTime<Utc>,
}

impl From<Judged> for JudgedView {
    fn from(judged: Judged) -> Self {
        Self {
            id: judged.id.uuid(),
            kind: judged.kind,
            verdict: judged.verdict,
            comment: judged.comment,
            answer_id: judged.answer_id.map(AnswerId::uuid),
            run_id: judged.run_id,
            card_id: judged.card_id,
            question: judged.question,
            answer: judged.answer,
            query: judged.query,
            actor_kind: judged.actor_kind,
            actor_id: judged.actor_id,
            actor_name: judged.actor_name,
            created_at: judged.created_at,
            updated_at: judged.updated_at,
        }
    }
}

/// List what people thought of answers, latest first
///
/// For those who administer runs, to work through what was read or answered wrongly.
#[utoipa::path(
    get,
    path = "/v1/feedback",
    operation_id = "list_feedback",
    tag = "feedback",
    params(ListFeedback),
    responses(
        (status = 200, description = "A page", body = Page<JudgedView>),
        (status = 403, description = "Your role does not administer runs", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadFeedback>,
    Query(query): Query<ListFeedback>,
) -> Result<Json<Page<JudgedView>>, Problem> {
    let wanted = Wanted::<Cursor>::new(query.limit, query.cursor.as_deref())?;
    let filter = FeedbackFilter {
        kind: query.kind,
        verdict: query.verdict,
        from: query.from,
        to: query.to,
    };
    let mut tx = caller.store().begin().await?;
    let page = tx
        .feedback()
        .list(&filter, wanted.after, wanted.limit.into())
        .await?;
    tx.commit().await?;
    Ok(Json(Page::of(page)))
}
