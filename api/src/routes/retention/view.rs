//! Spans of retention as clients see them.

use crm_store::retention::Retention;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// For how many days things are kept; null keeps them for ever. What is left out takes its default.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionView {
    /// Events of the feed.
    #[schema(example = 7, minimum = 1)]
    feed: Option<u32>,
    /// Deliveries of webhooks that have ended.
    #[schema(example = 30, minimum = 1)]
    deliveries: Option<u32>,
    /// Attempts to sign in.
    #[schema(example = 365, minimum = 1)]
    login_history: Option<u32>,
    /// What was said in runs of agents; that there was a run stays known.
    #[schema(minimum = 1)]
    run_transcripts: Option<u32>,
    /// Messages of conversations.
    #[schema(minimum = 1)]
    messages: Option<u32>,
    /// Old and new values in the log; who changed which field stays.
    #[schema(minimum = 30)]
    audit_values: Option<u32>,
    /// What was said of deals and leads before the latest score.
    #[schema(example = 730, minimum = 1)]
    scores: Option<u32>,
}

impl Default for RetentionView {
    fn default() -> Self {
        Retention::default().into()
    }
}

impl From<Retention> for RetentionView {
    fn from(keep: Retention) -> Self {
        Self {
            feed: keep.feed,
            deliveries: keep.deliveries,
            login_history: keep.login_history,
            run_transcripts: keep.run_transcripts,
            messages: keep.messages,
            audit_values: keep.audit_values,
            scores: keep.scores,
        }
    }
}

impl From<RetentionView> for Retention {
    fn from(keep: RetentionView) -> Self {
        Self {
            feed: keep.feed,
            deliveries: keep.deliveries,
            login_history: keep.login_history,
            run_transcripts: keep.run_transcripts,
            messages: keep.messages,
            audit_values: keep.audit_values,
            scores: keep.scores,
        }
    }
}
