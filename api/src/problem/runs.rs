//! How failures around runs and searches look from outside.

use crm_agents::RunError;
use crm_rag::RagError;
use crm_store::StoreError;
use crm_tools::ToolError;

use super::{Problem, ProblemKind};

impl From<RunError> for Problem {
    fn from(error: RunError) -> Self {
        match error {
            RunError::UnknownAgent(name) => Self::new(
                ProblemKind::NotFound,
                format!("there is no agent {}", name.chars().take(60).collect::<String>()),
            ),
            RunError::InvalidInput { pointer, message } => Self::field(format!("/input{pointer}"), message),
            RunError::NotFound => Self::not_found("run"),
            RunError::Conflict(detail) => Self::new(ProblemKind::Conflict, detail),
            RunError::BudgetSpent {
                name,
                limit,
                renews_at,
            } => Self::budget_spent(&name, &crate::money::Money::from(limit), renews_at),
            RunError::Busy => {
                Self::unavailable("too many runs are waiting: try again shortly").because(error)
            }
            RunError::ShuttingDown => Self::unavailable("the service is stopping: try again shortly"),
            RunError::Store(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<RagError> for Problem {
    fn from(error: RagError) -> Self {
        match error {
            RagError::Busy => {
                Self::unavailable("too many searches are waiting: try again shortly").because(error)
            }
            RagError::Embedding { .. } => {
                Self::unavailable("the question cannot be embedded right now").because(error)
            }
            RagError::Index { .. } => {
                Self::unavailable("the index is not available right now").because(error)
            }
            RagError::Store(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<ToolError> for Problem {
    fn from(error: ToolError) -> Self {
        match error {
            ToolError::Correctable(message) => Self::field("", message),
            ToolError::Fatal(cause) => match cause.downcast::<StoreError>() {
                Ok(error) => (*error).into(),
                Err(other) => Self::internal(other),
            },
        }
    }
}
