//! What can go wrong in a tool, by who can mend it.

use crm_rag::RagError;
use crm_store::StoreError;

/// A failed tool call.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The model can mend this; the text goes back as the tool's answer.
    #[error("{0}")]
    Correctable(String),
    /// Nobody in the conversation can mend this; the run ends.
    #[error("the tool could not do its work")]
    Fatal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for ToolError {
    fn from(error: StoreError) -> Self {
        Self::Fatal(Box::new(error))
    }
}

impl From<RagError> for ToolError {
    fn from(error: RagError) -> Self {
        Self::Fatal(Box::new(error))
    }
}
