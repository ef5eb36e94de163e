//! Win probabilities, lead scores and what is said of them.
//!
//! Training and scoring are done by jobs, over all records of a tenant. A score is kept with its terms; whoever reads it
//! is told what they rest on, as far as they may see that.

mod active;
pub mod alike;
mod artifact;
pub mod book;
mod cause;
pub mod change;
mod drift;
mod error;
mod examples;
mod heard;
mod judge;
mod keep;
mod labels;
pub mod leads;
pub mod levers;
mod missing;
pub mod movers;
pub mod next_steps;
pub mod playbook;
pub mod plays;
pub mod reasons;
mod say;
mod score;
mod shown;
pub mod sight;
pub mod similar;
pub mod spoken;
mod subject;
mod subject_account;
pub mod terms;
mod train;

pub use active::{Active, Predictor};
pub use cause::tell_movers;
pub use drift::drift;
pub use error::PredictError;
pub use examples::{Examples, examples};
pub use heard::hear;
pub use labels::labels;
pub use missing::missing;
pub use score::{Scored, Why, score_all, score_one, train_again};
pub(crate) use shown::rests_on_few;
pub use shown::{ScoringModel, Shown, shown, unspoken};
pub use train::{EVERY, MINIMUM, Occasion, Outcome, options, train};
