//! What a tool is.

use std::future::Future;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{ToolCtx, ToolError};

/// What a tool does to the world; decides whether a human must agree first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Reads only; runs at once.
    Read,
    /// Changes the tenant's records; follows the tenant's approval policy.
    Write,
    /// Leaves the system through the outbox; follows the approval policy too.
    External,
}

/// What a call settles a run with: code wrote the words and every number in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The answer in words.
    pub text: String,
    /// The answer as a card: a JSON object that pages draw.
    pub card: serde_json::Value,
    /// Whether the answer is that there is none.
    pub abstained: bool,
}

/// A typed function that an agent may call.
///
/// A tool never calls a model and never chooses a tenant. It opens and commits
/// its own transactions; the size of its output is cut to [`Tool::OUTPUT_CAP`]
/// by the registry before a model sees it.
pub trait Tool: Send + Sync + 'static {
    /// The name that models and event logs use.
    const NAME: &'static str;
    /// What the tool does to the world.
    const EFFECT: Effect;
    /// The most bytes of JSON that go back to the model.
    const OUTPUT_CAP: usize = 32 * 1024;
    /// The arguments; `#[serde(deny_unknown_fields)]`, with a doc comment on each field.
    type Args: DeserializeOwned + JsonSchema + Send;
    /// The result, a JSON object; agents' floors read it back by type.
    type Output: Serialize + DeserializeOwned + Send;

    /// One or two sentences for the model: when to call this, what comes back.
    fn description(&self) -> &str;

    /// One line for people on what came of a call, such as `5 passages`.
    fn summary(&self, output: &Self::Output) -> String {
        let _ = output;
        "done".to_owned()
    }

    /// The answer, when this call is all that the asker waits for: the run ends with it and no model adds a word.
    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        let _ = output;
        None
    }

    /// Does the work.
    fn call(
        &self,
        ctx: &ToolCtx,
        args: Self::Args,
    ) -> impl Future<Output = Result<Self::Output, ToolError>> + Send;
}

/// A tool as a model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolSpec {
    /// The tool's name.
    pub name: String,
    /// When to call it and what comes back.
    pub description: String,
    /// JSON Schema of the arguments, in the subset that providers accept.
    pub parameters: serde_json::Value,
    /// What it does to the world. Not sent to providers.
    pub effect: Effect,
}
