//! Win probabilities, lead scores and what is said of them.
//!
//! Training and scoring are done by jobs, over all records of a tenant. A score is kept with its terms; whoever reads it
//! is told what they rest on, as far as they may see that.

pub mod change;
pub mod levers;
pub mod movers;
pub mod next_steps;
pub mod playbook;
pub mod plays;
pub mod reasons;
pub mod sight;
pub mod similar;
pub mod terms;
