//! `answer`: answers a question from the knowledge base, with citations.

use crm_prompts::{Prompts, inputs::AnswerSystem};
use crm_tools::ToolRegistry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Agent, RunError};

/// A longer question is a document; whoever has one should say what they want to know of it.
const MAX_QUESTION_CHARS: usize = 8_000;

/// What `answer` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerInput {
    /// The question, in any language.
    #[schemars(length(min = 1, max = 8_000))]
    pub question: String,
}

/// The agent, with its tools `search_knowledge` and `get_article` in `tools`.
pub fn answer(tools: ToolRegistry) -> Result<Agent, RunError> {
    let prompts = Prompts::new()?;
    // The same words for every tenant: rendered once.
    let system = prompts.render(&AnswerSystem::default())?;
    Ok(Agent::new(
        "answer",
        "Answers a question from the knowledge base, with citations.",
        tools,
        move |input| {
            let AnswerInput { question } = input;
            let question = question.trim();
            let chars = question.chars().count();
            if chars == 0 {
                return Err(invalid("must not be empty"));
            }
            if chars > MAX_QUESTION_CHARS {
                return Err(invalid(&format!(
                    "has {chars} characters; at most {MAX_QUESTION_CHARS} are allowed"
                )));
            }
            Ok((system.clone(), question.to_owned()))
        },
    ))
}

fn invalid(message: &str) -> RunError {
    RunError::InvalidInput {
        pointer: "/question".to_owned(),
        message: message.to_owned(),
    }
}
