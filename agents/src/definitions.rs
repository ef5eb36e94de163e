//! The agents that are shipped, one file each.

mod answer;
mod pipeline;
mod win;

pub use answer::{AnswerInput, answer};
pub use pipeline::{PipelineInput, pipeline};
pub use win::{WinInput, win};
