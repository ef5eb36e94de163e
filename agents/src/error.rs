//! What can go wrong with a run before it has a log to say so.

use chrono::{DateTime, Utc};
use crm_prompts::PromptError;
use crm_store::{StoreError, prices::NanoUsd};

/// A run that could not be started, read, stopped or decided. Whatever goes
/// wrong inside a run is its outcome, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// No agent has this name: choose another.
    #[error("there is no agent {0}")]
    UnknownAgent(String),
    /// The input is not what the agent takes: mend the field.
    #[error("{message}")]
    InvalidInput {
        /// JSON pointer to the field, inside the input.
        pointer: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// There is no such run, or this actor may not see it.
    #[error("there is no such run")]
    NotFound,
    /// The run is not where this would make sense: look at it again.
    #[error("{0}")]
    Conflict(&'static str),
    /// A budget has no room: wait until it renews, or raise it.
    #[error("the budget {name} is spent")]
    BudgetSpent {
        /// The budget's name.
        name: String,
        /// What it allows in a period.
        limit: NanoUsd,
        /// When it has room again; never, when `None`.
        renews_at: Option<DateTime<Utc>>,
    },
    /// Too many runs wait already: try again in a moment.
    #[error("too many runs are waiting")]
    Busy,
    /// The service is stopping: try another replica, or in a moment.
    #[error("the service is stopping")]
    ShuttingDown,
    /// A prompt of this build is broken.
    #[error("the instructions of the agent cannot be made")]
    Prompt(#[from] PromptError),
    /// The store failed.
    #[error("the run cannot be kept")]
    Store(#[source] StoreError),
    /// The task of the run died.
    #[error("the run ended in an unforeseen way")]
    Died,
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::BudgetSpent {
                name,
                limit,
                renews_at,
                ..
            } => Self::BudgetSpent {
                name,
                limit,
                renews_at,
            },
            StoreError::NotFound { what: "run" } => Self::NotFound,
            error => Self::Store(error),
        }
    }
}
