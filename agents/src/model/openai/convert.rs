//! A request for a turn, in the provider's words. Pure: no I/O.

use std::collections::HashSet;

use async_openai::types::chat::{
    ChatCompletionMessageToolCall, ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestAssistantMessageContent, ChatCompletionRequestMessage,
    ChatCompletionRequestSystemMessage, ChatCompletionRequestSystemMessageContent,
    ChatCompletionRequestToolMessage, ChatCompletionRequestToolMessageContent,
    ChatCompletionRequestUserMessage, ChatCompletionRequestUserMessageContent, ChatCompletionStreamOptions,
    ChatCompletionTool, ChatCompletionTools, CreateChatCompletionRequest, FunctionCall, FunctionObject,
};
use crm_prompts::{Fence, PromptError, Prompts, inputs::FenceNotice};
use crm_tools::ToolSpec;
use serde_json::{Value, json};

use super::{OutputLimit, render};
use crate::model::{ChatRequest, Entry, ToolCall};

/// Characters of unreadable arguments that are shown to the model again.
const SHOWN_ARGUMENTS: usize = 500;

/// What of the configuration shows in a request.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) model: String,
    pub(super) output_limit: OutputLimit,
    pub(super) max_output_tokens: u32,
    pub(super) strict_tools: bool,
}

/// Renders `request`; text from outside goes behind `fence`.
pub(super) fn request(
    prompts: &Prompts,
    fence: &Fence,
    options: &Options,
    request: &ChatRequest,
) -> Result<CreateChatCompletionRequest, PromptError> {
    let notice = prompts.render(&FenceNotice {
        nonce: fence.nonce().to_owned(),
    })?;
    let mut messages = vec![system(format!("{}\n\n{notice}", request.system.trim_end()))];
    for entry in &request.transcript {
        messages.push(match entry {
            Entry::User { text } => user(text.clone()),
            Entry::Assistant { text, tool_calls } => assistant(text, tool_calls),
            Entry::ToolResult {
                call_id,
                tool,
                result,
            } => ChatCompletionRequestMessage::Tool(ChatCompletionRequestToolMessage {
                content: ChatCompletionRequestToolMessageContent::Text(render::tool_result(
                    prompts, fence, tool, result,
                )?),
                tool_call_id: call_id.clone(),
            }),
        });
    }
    let limit = Some(request.max_output_tokens.min(options.max_output_tokens));
    let (max_completion_tokens, max_tokens) = match options.output_limit {
        OutputLimit::MaxCompletionTokens => (limit, None),
        OutputLimit::MaxTokens => (None, limit),
    };
    let tools: Vec<ChatCompletionTools> = request
        .tools
        .iter()
        .map(|spec| tool(spec, options.strict_tools))
        .collect();
    #[expect(deprecated, reason = "older compatible servers know only `max_tokens`")]
    Ok(CreateChatCompletionRequest {
        model: options.model.clone(),
        messages,
        stream: Some(true),
        stream_options: Some(ChatCompletionStreamOptions {
            include_usage: Some(true),
            include_obfuscation: None,
        }),
        max_completion_tokens,
        max_tokens,
        // An empty list is refused by providers.
        tools: (!tools.is_empty()).then_some(tools),
        ..CreateChatCompletionRequest::default()
    })
}

/// The ids of all calls so far.
pub(super) fn call_ids(request: &ChatRequest) -> HashSet<String> {
    let calls = request.transcript.iter().filter_map(|entry| match entry {
        Entry::Assistant { tool_calls, .. } => Some(tool_calls),
        _ => None,
    });
    calls.flatten().map(|call| call.id.clone()).collect()
}

/// The texts of a request, to count them.
pub(super) fn texts(wire: &CreateChatCompletionRequest) -> impl Iterator<Item = &str> {
    wire.messages.iter().filter_map(|message| match message {
        ChatCompletionRequestMessage::System(ChatCompletionRequestSystemMessage {
            content: ChatCompletionRequestSystemMessageContent::Text(text),
            ..
        })
        | ChatCompletionRequestMessage::User(ChatCompletionRequestUserMessage {
            content: ChatCompletionRequestUserMessageContent::Text(text),
            ..
        })
        | ChatCompletionRequestMessage::Assistant(ChatCompletionRequestAssistantMessage {
            content: Some(ChatCompletionRequestAssistantMessageContent::Text(text)),
            ..
        })
        | ChatCompletionRequestMessage::Tool(ChatCompletionRequestToolMessage {
            content: ChatCompletionRequestToolMessageContent::Text(text),
            ..
        }) => Some(text.as_str()),
        _ => None,
    })
}

fn system(text: String) -> ChatCompletionRequestMessage {
    ChatCompletionRequestMessage::System(ChatCompletionRequestSystemMessage {
        content: ChatCompletionRequestSystemMessageContent::Text(text),
        name: None,
    })
}

fn user(text: String) -> ChatCompletionRequestMessage {
    ChatCompletionRequestMessage::User(ChatCompletionRequestUserMessage {
        content: ChatCompletionRequestUserMessageContent::Text(text),
        name: None,
    })
}

fn assistant(text: &str, calls: &[ToolCall]) -> ChatCompletionRequestMessage {
    let calls: Vec<_> = calls
        .iter()
        .map(|call| {
            ChatCompletionMessageToolCalls::Function(ChatCompletionMessageToolCall {
                id: call.id.clone(),
                function: FunctionCall {
                    name: sendable_name(&call.name),
                    arguments: sendable_arguments(call),
                },
            })
        })
        .collect();
    // Without calls a message must have content, be it empty.
    let content = (!text.is_empty() || calls.is_empty())
        .then(|| ChatCompletionRequestAssistantMessageContent::Text(text.to_owned()));
    ChatCompletionRequestMessage::Assistant(ChatCompletionRequestAssistantMessage {
        content,
        tool_calls: (!calls.is_empty()).then_some(calls),
        ..ChatCompletionRequestAssistantMessage::default()
    })
}

/// A name that the model made up may be one that providers refuse to hear again.
pub(super) fn sendable_name(name: &str) -> String {
    let sane = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().take(64).map(sane).collect();
    if name.is_empty() {
        "unknown".to_owned()
    } else {
        name
    }
}

/// Some servers fail on a history whose arguments are not an object.
fn sendable_arguments(call: &ToolCall) -> String {
    match serde_json::from_str::<Value>(&call.arguments) {
        Ok(Value::Object(_)) => call.arguments.clone(),
        _ if call.arguments.trim().is_empty() => "{}".to_owned(),
        _ => {
            let shown: String = call.arguments.chars().take(SHOWN_ARGUMENTS).collect();
            json!({ "unreadable": shown }).to_string()
        }
    }
}

fn tool(spec: &ToolSpec, strict: bool) -> ChatCompletionTools {
    ChatCompletionTools::Function(ChatCompletionTool {
        function: FunctionObject {
            name: spec.name.clone(),
            description: Some(spec.description.clone()),
            parameters: Some(spec.parameters.clone()),
            strict: strict.then_some(true),
        },
    })
}
