//! The agents that are shipped, one file each.

mod answer;
mod pipeline;

pub use answer::{AnswerInput, answer};
pub use pipeline::{PipelineInput, pipeline};
