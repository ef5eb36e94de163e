//! Calibrated probabilities and the reasons for them, from rows of numbers and categories.
//!
//! [`train`] takes a [`Dataset`] of what was known at some moment and how it ended, chooses an algorithm on later rows,
//! calibrates it, measures it on rows it has never seen, and gives a [`Model`] and its [`Card`]. [`Model::predict`] gives a
//! [`Prediction`]: a probability, its interval, and terms that add up to its log-odds. Invariants: nothing here does I/O, asks
//! for the time or draws from an unseeded generator; the same rows, options and seed give the same bytes.

mod bytes;
mod calibrate;
mod card;
mod choose;
mod encode;
mod error;
pub mod features;
mod fit;
pub mod forecast;
mod infer;
mod judge;
mod later;
mod learn;
pub mod metrics;
mod model;
mod options;
mod prediction;
mod report;
mod split;
mod table;
mod train;
pub mod volume;

pub use card::{Algorithm, Candidate, Card, Drift, Effect, Factor, Measures, Period, Subjects, Unusable};
pub use error::{ModelBytesError, TrainError};
pub use infer::{InferError, Inferred, MOST_CELLS, Reading, TextTable, infer};
pub use judge::{Verdict, is_better};
pub use metrics::Bin;
pub use model::Model;
pub use options::{Counts, Minimum, Prior, Split, Step, Stop, TrainOptions};
pub use prediction::{Prediction, Term, TermKind};
pub use table::{Column, ColumnKind, Dataset, Row, Value};
pub use train::{Trained, train};
