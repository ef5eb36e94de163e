//! A run as clients see it.

use chrono::{DateTime, Utc};
use crm_store::{
    answers::{Answer, AnswerCitation},
    approvals::Approval,
    runs::Run,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A run and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    /// The run.
    id: Uuid,
    /// The agent.
    #[schema(example = "answer")]
    agent: String,
    /// `queued`, `running`, `awaiting_approval` or `finished`.
    #[schema(example = "finished")]
    state: String,
    /// How it ended.
    #[schema(example = "completed")]
    outcome: Option<String>,
    /// What it was asked.
    #[schema(value_type = Object, example = json!({"question": "How long is a reset link valid?"}))]
    input: Value,
    /// The conversation that it belongs to.
    conversation_id: Option<Uuid>,
    /// Whether the floor stood in for a model.
    degraded: bool,
    /// Why it did.
    degraded_reason: Option<String>,
    /// What it used.
    #[schema(value_type = Object)]
    usage: Value,
    /// The answer, once there is one.
    answer: Option<AnswerView>,
    /// Calls that wait, or waited, for a human.
    approvals: Vec<ApprovalView>,
    /// When somebody asked to stop it.
    cancel_requested_at: Option<DateTime<Utc>>,
    /// When it was started.
    created_at: DateTime<Utc>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
}

/// A stored answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerView {
    /// The answer; feedback may name it.
    id: Uuid,
    /// The text with its markers.
    #[schema(example = "A reset link is valid for 30 minutes [1].")]
    text: String,
    /// What the markers point at.
    citations: Vec<CitationView>,
}

/// Where a marker points.
#[derive(Debug, Serialize, ToSchema)]
pub struct CitationView {
    /// `[1]` is 1.
    marker: i32,
    /// The article.
    article_id: Uuid,
    /// The version that was read.
    version_id: Uuid,
    /// Where the quote starts in the version's text, in Unicode code points.
    start: i32,
    /// Where it ends, exclusive.
    end: i32,
    /// The quoted text.
    quote: String,
    /// How well it fits the question, 0 to 1.
    score: f32,
}

/// A call that waits, or waited, for a human.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalView {
    /// The call.
    call_id: String,
    /// The tool.
    tool: String,
    /// The arguments as they were parsed.
    #[schema(value_type = Object)]
    arguments: Value,
    /// `pending`, `approved`, `rejected`, `expired` or `cancelled`.
    state: String,
    /// Until when somebody may decide.
    expires_at: DateTime<Utc>,
    /// When somebody did.
    decided_at: Option<DateTime<Utc>>,
}

impl RunView {
    /// The view of a run with what belongs to it.
    pub(super) fn new(
        run: Run,
        answer: Option<(Answer, Vec<AnswerCitation>)>,
        approvals: Vec<Approval>,
    ) -> Self {
        Self {
            id: run.id.uuid(),
            agent: run.agent,
            state: run.state.as_str().to_owned(),
            outcome: run.outcome,
            input: run.input,
            conversation_id: run.conversation_id.map(crm_store::ids::ConversationId::uuid),
            degraded: run.degraded,
            degraded_reason: run.degraded_reason,
            usage: run.usage,
            answer: answer.map(AnswerView::from),
            approvals: approvals.into_iter().map(ApprovalView::from).collect(),
            cancel_requested_at: run.cancel_requested_at,
            created_at: run.created_at,
            finished_at: run.finished_at,
        }
    }
}

impl From<(Answer, Vec<AnswerCitation>)> for AnswerView {
    fn from((answer, citations): (Answer, Vec<AnswerCitation>)) -> Self {
        Self {
            id: answer.id.uuid(),
            text: answer.text,
            citations: citations.into_iter().map(CitationView::from).collect(),
        }
    }
}

impl From<AnswerCitation> for CitationView {
    fn from(citation: AnswerCitation) -> Self {
        Self {
            marker: citation.marker,
            article_id: citation.article_id.uuid(),
            version_id: citation.version_id.uuid(),
            start: citation.start,
            end: citation.end,
            quote: citation.quote,
            score: citation.score,
        }
    }
}

impl From<Approval> for ApprovalView {
    fn from(approval: Approval) -> Self {
        Self {
            call_id: approval.call_id,
            tool: approval.tool,
            arguments: approval.arguments,
            state: approval.state.as_str().to_owned(),
            expires_at: approval.expires_at,
            decided_at: approval.decided_at,
        }
    }
}
