//! One struct per template: what must be known before it can be filled.

mod answer;
mod outside;
mod pipeline;
mod win;

pub use answer::AnswerSystem;
pub use outside::{FenceNotice, FencedPassage, Passages, ToolFailure, ToolOutput};
pub use pipeline::{PipelineEntity, PipelineSystem};
pub use win::WinSystem;
