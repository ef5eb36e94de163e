//! The rules that every request to a model must keep.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Captured, KEY,
    captured::{call, content, list, role, text},
};

/// Bytes of a whole request.
const REQUEST_CAP: usize = 1024 * 1024;
/// Bytes of one tool result, with its fences.
const RESULT_CAP: usize = 64 * 1024;
/// Bytes of the instructions.
const SYSTEM_CAP: usize = 16 * 1024;

/// What `request` breaks; `markers` are strings of other tenants.
pub(super) fn violations(request: &Captured, markers: &[String]) -> Vec<String> {
    let mut broken = Vec::new();
    envelope(request, &mut broken);
    history(request, &mut broken);
    tools(request, &mut broken);
    sizes(request, &mut broken);
    fences(request, &mut broken);
    for marker in markers
        .iter()
        .filter(|marker| request.raw.contains(marker.as_str()))
    {
        broken.push(format!("it contains `{marker}`, which belongs to another tenant"));
    }
    broken
}

fn envelope(request: &Captured, broken: &mut Vec<String>) {
    let mut must = |good: bool, rule: &str| {
        if !good {
            broken.push(rule.to_owned());
        }
    };
    must(
        request.line == "POST /v1/chat/completions",
        "it goes to another path than chat completions",
    );
    must(
        request.header("authorization") == Some(&format!("Bearer {KEY}")),
        "it does not carry the key",
    );
    must(
        request.header("content-type") == Some("application/json"),
        "it is not sent as JSON",
    );
    must(request.body.is_object(), "its body is not an object");
    must(!text(&request.body, "model").is_empty(), "it names no model");
    must(
        request.body.get("stream") == Some(&Value::Bool(true)),
        "it does not stream",
    );
    must(
        request.body.pointer("/stream_options/include_usage") == Some(&Value::Bool(true)),
        "it does not ask for usage",
    );
    must(
        request
            .body
            .get("max_completion_tokens")
            .or_else(|| request.body.get("max_tokens"))
            .is_some_and(Value::is_u64),
        "it does not limit the answer",
    );
}

/// Every call has exactly one answer, and every answer its call.
fn history(request: &Captured, broken: &mut Vec<String>) {
    let messages = request.messages();
    if messages.first().map(role) != Some("system")
        || messages.iter().filter(|m| role(m) == "system").count() != 1
    {
        broken.push("it does not have exactly one system message, at the start".to_owned());
    }
    if !matches!(messages.last().map(role), Some("user" | "tool")) {
        broken.push("its last message is neither a person's nor a tool's".to_owned());
    }
    let mut seen: HashSet<String> = HashSet::new();
    let mut open: HashSet<String> = HashSet::new();
    for message in messages {
        if role(message) == "tool" {
            let id = text(message, "tool_call_id");
            if !open.remove(id) {
                broken.push(format!("the tool result `{id}` answers no open call"));
            }
            continue;
        }
        unanswered(&mut open, broken);
        for call in list(message, "tool_calls").iter().map(call) {
            if !seen.insert(call.id.clone()) || call.id.is_empty() {
                broken.push(format!("the call id `{}` is empty or used twice", call.id));
            }
            if !serde_json::from_str::<Value>(&call.arguments).is_ok_and(|arguments| arguments.is_object()) {
                broken.push(format!("the arguments of `{}` are not a JSON object", call.id));
            }
            let good_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            if !(1..=64).contains(&call.name.len()) || !call.name.chars().all(good_name) {
                broken.push(format!("the call `{}` has a name that providers refuse", call.id));
            }
            open.insert(call.id);
        }
        let has_content = message.get("content").is_some_and(Value::is_string);
        if !has_content && list(message, "tool_calls").is_empty() {
            broken.push(format!("a message of role `{}` is empty", role(message)));
        }
    }
    unanswered(&mut open, broken);
}

fn unanswered(open: &mut HashSet<String>, broken: &mut Vec<String>) {
    for id in open.drain() {
        broken.push(format!("the call `{id}` has no result before the next message"));
    }
}

fn tools(request: &Captured, broken: &mut Vec<String>) {
    let mut names: HashSet<&str> = HashSet::new();
    for tool in request.tools() {
        let function = tool.get("function").unwrap_or(&Value::Null);
        let name = text(function, "name");
        if text(tool, "type") != "function" || name.is_empty() || !names.insert(name) {
            broken.push(format!("the tool `{name}` is no function, or there twice"));
        }
        if text(function, "description").is_empty() {
            broken.push(format!("the tool `{name}` has no description"));
        }
        match function.get("parameters").map(crm_tools::schema::check) {
            Some(Ok(())) => {}
            Some(Err(error)) => broken.push(format!("the tool `{name}`: {error}")),
            None => broken.push(format!("the tool `{name}` has no parameters")),
        }
    }
    if request.body.get("tools").is_some() && request.tools().is_empty() {
        broken.push("its list of tools is empty".to_owned());
    }
}

fn sizes(request: &Captured, broken: &mut Vec<String>) {
    let mut must = |what: &str, bytes: usize, cap: usize| {
        if bytes > cap {
            broken.push(format!("{what} has {bytes} bytes; {cap} are allowed"));
        }
    };
    must("it", request.raw.len(), REQUEST_CAP);
    must("its system message", request.system().len(), SYSTEM_CAP);
    for (id, result) in request.tool_results() {
        must(&format!("the result `{id}`"), result.len(), RESULT_CAP);
    }
}

/// All text of tools stands in fences with one code, each of which is closed.
fn fences(request: &Captured, broken: &mut Vec<String>) {
    let Some(nonce) = request.nonce() else {
        broken.push("its instructions do not name the code of the fence".to_owned());
        return;
    };
    let (opening, closing) = (format!("<data-{nonce} source=\""), format!("</data-{nonce}>"));
    for (id, result) in request.tool_results() {
        let mut depth = 0_i32;
        let mut fenced = 0;
        for line in result.lines() {
            if line.starts_with(&opening) {
                depth += 1;
                fenced += 1;
            } else if line == closing {
                depth -= 1;
            } else if line.contains(nonce) {
                broken.push(format!(
                    "the result `{id}` has the code of the fence inside the fence"
                ));
            }
            if !(0..=1).contains(&depth) {
                broken.push(format!(
                    "the fences of the result `{id}` are nested or not opened"
                ));
                return;
            }
        }
        if depth != 0 || fenced == 0 {
            broken.push(format!(
                "the result `{id}` has no fence, or one that is not closed"
            ));
        }
    }
    let outside = request
        .messages()
        .iter()
        .filter(|message| matches!(role(message), "user" | "assistant"));
    if outside.map(content).any(|content| content.contains(nonce)) {
        broken.push("the code of the fence stands outside the fences".to_owned());
    }
}
