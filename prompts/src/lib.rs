//! The words that models are given, and their size.
//!
//! To add a prompt: a file under `templates/`, a line in `TEMPLATES`, a struct
//! in `inputs/` that names every variable, and a snapshot in `tests/it/prompts.rs`.
//!
//! Invariants: this crate knows no domain type, so agents map theirs to the
//! inputs here; a missing variable is an error, never an empty string; text from
//! outside enters a prompt only through [`Fence`].

pub mod fence;
pub mod inputs;
pub mod prompt;
pub mod tokens;

pub use fence::{Fence, Fenced};
pub use prompt::{Prompt, PromptError, Prompts};
pub use tokens::TokenCounter;
