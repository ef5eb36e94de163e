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
