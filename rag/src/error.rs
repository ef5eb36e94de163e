//! What can go wrong in retrieval, named for what the caller does next.

use std::path::PathBuf;

use crm_store::StoreError;

/// A failure of chunking, embedding, indexing or retrieval.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RagError {
    /// Something that set-up provides is missing or damaged: run it again.
    #[error("{what} at {} is missing or damaged: run scripts/setup.sh", path.display())]
    Setup {
        /// What was looked for.
        what: &'static str,
        /// Where it was looked for.
        path: PathBuf,
        /// What the file system or the loader said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The embedder failed; the same call may work later.
    #[error("the text could not be embedded: {message}")]
    Embedding {
        /// What the model or its provider said.
        message: String,
    },
    /// The embedder has too many requests waiting; try again later.
    #[error("too many texts are waiting to be embedded")]
    Busy,
    /// The index failed; what was to be written is not, and the job stays.
    #[error("the vector index failed while it tried to {action}")]
    Index {
        /// What was attempted.
        action: &'static str,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk of the index is full; free space and the job runs again.
    #[error("{} has {free} bytes free, {needed} are kept in reserve", path.display())]
    DiskFull {
        /// The folder of the index.
        path: PathBuf,
        /// What is left.
        free: u64,
        /// What must stay free.
        needed: u64,
    },
    /// The caller's input is wrong.
    #[error("line {line} of {} is not usable: {message}", path.display())]
    Input {
        /// The file that was read.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The store failed or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RagError {
    /// Wraps what the engine of the index said.
    pub(crate) fn index(
        action: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Index {
            action,
            source: source.into(),
        }
    }

    /// Wraps what the embedder said.
    pub(crate) fn embedding(message: impl std::fmt::Display) -> Self {
        Self::Embedding {
            message: message.to_string(),
        }
    }
}
