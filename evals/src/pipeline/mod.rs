//! Questions about the pipeline: read by the parser, run, and compared with what the meant query gives.
//!
//! A case holds the question, the typed query that is meant, and the SQL that somebody wrote by hand to check that query;
//! the SQL is run by a test, not here. A question passes when what was read gives the same numbers as what was meant; one
//! that must be declined when it is; an ambiguous one when the asker gets a choice.

mod case;
mod compare;
mod predict;
mod report;
mod run;

pub use case::{PipelineCase, PipelineGates, PipelineKind, PipelineSuite, pipeline_suite};
pub use compare::{Answered, same};
pub use predict::{PredictQuestion, Predicted, predict};
pub(crate) use report::report;
pub use run::{Execution, PipelineOutcome, execute, open_asker, run_pipeline};
