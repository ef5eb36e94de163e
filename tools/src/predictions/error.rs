//! Why nothing could be learned or said.

use crm_predict::TrainError;
use crm_store::StoreError;
use tokio::task::JoinError;

/// Why nothing could be learned or said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// The store could not do it: try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be learned from what there is; the same records give the same answer.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Learning or scoring broke off; the active model stays.
    #[error("the calculation broke off: {0}")]
    Broken(String),
    /// There is no such kind to be learned.
    #[error("models of the kind {0} are not learned here")]
    Kind(&'static str),
}

impl From<JoinError> for PredictError {
    fn from(error: JoinError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl PredictError {
    /// Whether the same may go well soon: the store is back, there is memory again. What the records or the options are to
    /// blame for stays.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Store(_) | Self::Broken(_) => true,
            // A thread that panics while it fits is told as the algorithm's error.
            Self::Train(error) => matches!(error, TrainError::Algorithm { .. } | TrainError::Stopped),
            Self::Kind(_) => false,
        }
    }
}
