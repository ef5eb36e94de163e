//! The agents that are shipped, one file each.

mod answer;

pub use answer::{AnswerInput, answer};
