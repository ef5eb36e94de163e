//! The policy of `pipeline`: read the question by rules, then run the query that it comes to.

use crm_tools::{
    Tool,
    pipeline::{
        Decline, DeclineArgs, NoAnswer, ReadQuestion, ReadQuestionArgs, ReadQuestionOutput, RunQuery,
        RunQueryArgs,
    },
    semantic::{Language, PipelineQuery},
};
use serde::Serialize;

use super::Said;
use crate::{
    definitions::PipelineInput,
    model::{ChatRequest, Entry, StopReason, ToolCall, ToolResult},
};

/// What the ids of the floor's own calls begin with: what a model did before is not gone on from.
const OWN: &str = "offline-pipeline-";

/// What this turn says.
pub(super) fn turn(request: &ChatRequest) -> Said {
    let Ok(input) = serde_json::from_value::<PipelineInput>(request.input.clone()) else {
        return Said::Text(String::new(), StopReason::Abstained);
    };
    let own: Vec<(&str, &ToolResult)> = request
        .transcript
        .iter()
        .filter_map(|entry| match entry {
            Entry::ToolResult {
                call_id,
                tool,
                result,
            } if call_id.starts_with(OWN) => Some((tool.as_str(), result)),
            _ => None,
        })
        .collect();
    match own.as_slice() {
        [] => call(
            ReadQuestion::NAME,
            1,
            &ReadQuestionArgs {
                question: input.question,
                previous: input.previous,
                language: input.language,
                is_last_word: true,
            },
        ),
        [(_, read)] => match reading(read) {
            Some((query, language)) => call(
                RunQuery::NAME,
                2,
                &RunQueryArgs {
                    query,
                    language: Some(language),
                },
            ),
            None => decline(NoAnswer::Unclear, input.language, 2),
        },
        [(_, read), more @ ..] => {
            // It was read, and what it comes to cannot be asked.
            let language = reading(read).map(|(_, language)| language);
            decline(NoAnswer::Senseless, language.or(input.language), more.len() + 2)
        }
    }
}

fn reading(result: &ToolResult) -> Option<(PipelineQuery, Language)> {
    let ToolResult::Ok { output } = result else {
        return None;
    };
    let read: ReadQuestionOutput = serde_json::from_value(output.clone()).ok()?;
    Some((read.query?, read.language))
}

fn decline(reason: NoAnswer, language: Option<Language>, number: usize) -> Said {
    let args = DeclineArgs { reason, language };
    call(Decline::NAME, number, &args)
}

fn call(name: &str, number: usize, args: &impl Serialize) -> Said {
    Said::Call(ToolCall {
        id: format!("{OWN}{number}"),
        name: name.to_owned(),
        arguments: serde_json::to_string(args).unwrap_or_default(),
    })
}
