//! `win`: tells how likely a deal is won, why, and what to do next.

use chrono::NaiveDate;
use crm_prompts::{Prompts, inputs::WinSystem};
use crm_tools::ToolRegistry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Agent, RunError};

/// A longer text is no question about a deal.
const MAX_QUESTION_CHARS: usize = 2_000;

/// What `win` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WinInput {
    /// The question.
    #[schemars(length(min = 1, max = 2_000))]
    pub question: String,
    /// The record that it is about, as `opportunity:<id>`; none when the question names the deal.
    #[serde(default)]
    pub record: Option<String>,
}

/// The agent, with the tools of [`crm_tools::win`] in `tools`. `today` is told to models.
pub fn win(
    tools: ToolRegistry,
    today: impl Fn() -> NaiveDate + Send + Sync + 'static,
) -> Result<Agent, RunError> {
    let prompts = Prompts::new()?;
    Ok(Agent::new(
        "win",
        "Tells how likely a deal is won, why, what was like it, and what to do next.",
        tools,
        move |input: &WinInput| {
            let question = input.question.trim();
            let chars = question.chars().count();
            if chars == 0 {
                return Err(invalid("/question", "must not be empty".to_owned()));
            }
            if chars > MAX_QUESTION_CHARS {
                return Err(invalid(
                    "/question",
                    format!("has {chars} characters; at most {MAX_QUESTION_CHARS} are allowed"),
                ));
            }
            if input.record.as_deref().is_some_and(|record| !is_record(record)) {
                return Err(invalid(
                    "/record",
                    "must name a record as opportunity:<id>".to_owned(),
                ));
            }
            let system = prompts.render(&WinSystem {
                today: today().to_string(),
                record: input.record.clone(),
            })?;
            Ok((system, question.to_owned()))
        },
    )
    .silent())
}

/// Whether a text is an object's name and an id. It is told to models, so nothing else may be in it.
fn is_record(record: &str) -> bool {
    record.split_once(':').is_some_and(|(object, id)| {
        (1..=40).contains(&object.len())
            && object
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && id.len() == 36
            && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    })
}

fn invalid(pointer: &str, message: String) -> RunError {
    RunError::InvalidInput {
        pointer: pointer.to_owned(),
        message,
    }
}
