//! One struct per template: what must be known before it can be filled.

mod answer;
mod outside;

pub use answer::AnswerSystem;
pub use outside::{FenceNotice, FencedPassage, Passages, ToolFailure, ToolOutput};
