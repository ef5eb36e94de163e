//! Inputs of `outside/`: how text from outside reaches a model.

use serde::Serialize;

use crate::{Fenced, Prompt};

/// Tells a model how to know text from outside; stands at the end of the instructions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FenceNotice {
    /// The code of the fence.
    pub nonce: String,
}

impl Prompt for FenceNotice {
    const TEMPLATE: &'static str = "outside/notice";
}

/// Passages that a tool found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passages {
    /// What the tool says about them.
    pub message: String,
    /// The passages, best first.
    pub passages: Vec<FencedPassage>,
}

/// One passage with the number that an answer cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FencedPassage {
    /// The number.
    pub number: u32,
    /// The text.
    pub fenced: Fenced,
}

impl Prompt for Passages {
    const TEMPLATE: &'static str = "outside/passages";
}

/// Any other output of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolOutput {
    /// The tool's name.
    pub tool: String,
    /// The output, as JSON.
    pub fenced: Fenced,
}

impl Prompt for ToolOutput {
    const TEMPLATE: &'static str = "outside/tool_output";
}

/// A call that failed in a way that the model can mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolFailure {
    /// The tool's name.
    pub tool: String,
    /// What was wrong; it may quote the model's own arguments, so it is fenced too.
    pub fenced: Fenced,
}

impl Prompt for ToolFailure {
    const TEMPLATE: &'static str = "outside/tool_error";
}
