//! Win probabilities, lead scores and what is said of them.
//!
//! Training and scoring are done by jobs, over all records of a tenant. A score is kept with its terms, each with its
//! sentence and the records that it rests on; whoever reads it is shown of that what they may see.

pub mod reasons;
pub mod sight;
pub mod terms;
