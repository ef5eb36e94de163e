//! Tool results as a model reads them: fenced, and without what it cannot use.

use crm_prompts::{
    Fence, PromptError, Prompts,
    inputs::{FencedPassage, Passages, ToolFailure, ToolOutput},
};
use crm_tools::{NumberedPassage, passages_in};
use serde_json::Value;

use super::convert::sendable_name;
use crate::model::ToolResult;

/// The text of one tool message.
pub(super) fn tool_result(
    prompts: &Prompts,
    fence: &Fence,
    tool: &str,
    result: &ToolResult,
) -> Result<String, PromptError> {
    // The name may be one that the model made up.
    let tool = &sendable_name(tool);
    match result {
        ToolResult::Ok { output } => match passages_in(output) {
            passages if passages.is_empty() => prompts.render(&ToolOutput {
                tool: tool.clone(),
                fenced: fence.wrap(tool, &output.to_string()),
            }),
            passages => prompts.render(&Passages {
                message: message(output),
                passages: passages.iter().map(|passage| fenced(fence, passage)).collect(),
            }),
        },
        ToolResult::Error { message } => prompts.render(&ToolFailure {
            tool: tool.clone(),
            fenced: fence.wrap(tool, message),
        }),
    }
}

/// The tool's own sentence on its passages, and that some were left out.
fn message(output: &Value) -> String {
    let said = |key| output.get(key).and_then(Value::as_str);
    let message = said("message").unwrap_or("Passages:");
    match said(crm_tools::cut::NOTE) {
        Some(cut) => format!("{message} ({cut})"),
        None => message.to_owned(),
    }
}

/// Scores, spans and most ids say nothing to a model and cost tokens.
fn fenced(fence: &Fence, numbered: &NumberedPassage) -> FencedPassage {
    let passage = &numbered.passage;
    let mut path = vec![passage.title.as_str()];
    path.extend(
        passage
            .headings
            .iter()
            .map(String::as_str)
            .filter(|heading| *heading != passage.title),
    );
    let article = passage
        .external_id
        .clone()
        .unwrap_or_else(|| passage.article_id.to_string());
    let source = format!(
        "{} | article {article} | version {}",
        path.join(" / "),
        passage.version
    );
    FencedPassage {
        number: numbered.number,
        fenced: fence.wrap(&source, &passage.text),
    }
}
