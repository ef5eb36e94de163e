//! What can go wrong, in words for whoever asked.

use crate::Counts;

/// Why nothing was learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// Too few examples; callers show the prior.
    #[error(
        "not enough data: {} closed ({} with the outcome, {} without), at least {} ({} and {}) are needed",
        have.closed, have.won, have.lost, need.closed, need.won, need.lost
    )]
    NotEnough {
        /// What there is.
        have: Counts,
        /// What there has to be.
        need: Counts,
    },
    /// No column says anything: all are constant, missing, or identifiers.
    #[error("no column can be used: {0}")]
    NoUsableColumn(String),
    /// The split leaves one side without examples of both outcomes.
    #[error("the split leaves {side} with only one outcome; take another test fraction")]
    OneSided {
        /// `the training rows` or `the test rows`.
        side: &'static str,
    },
    /// The split by time was asked for, but rows have no moments.
    #[error("a split by time needs rows that say when they were known")]
    NoTimes,
    /// An option is out of its range.
    #[error("{0}")]
    Option(String),
    /// Somebody asked to break off.
    #[error("it was asked to stop")]
    Stopped,
    /// The algorithm gave up.
    #[error("the {algorithm} cannot be fitted: {reason}")]
    Algorithm {
        /// Which.
        algorithm: &'static str,
        /// Why.
        reason: String,
    },
}

/// Why bytes are no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelBytesError {
    /// They do not begin as a model does.
    #[error("these bytes are no model of crm-ai")]
    Foreign,
    /// They were written by another version.
    #[error("the model has format {found}, this program reads {known}; train it anew")]
    Version {
        /// The format found.
        found: u16,
        /// The format known.
        known: u16,
    },
    /// They are cut short or were changed.
    #[error("the model is damaged: {0}")]
    Damaged(String),
}
