//! A request as tests read it.

use axum::http::{HeaderMap, request::Parts};
use serde_json::{Value, json};

/// A request that the server received.
#[derive(Debug, Clone)]
pub struct Captured {
    /// The method and the path, such as `POST /v1/chat/completions`.
    pub line: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub raw: String,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

/// A call in the history of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCall {
    /// Its id.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments.
    pub arguments: String,
}

impl Captured {
    pub(super) fn new(parts: &Parts, body: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(body).into_owned();
        Self {
            line: format!("{} {}", parts.method, parts.uri.path()),
            headers: parts.headers.clone(),
            body: serde_json::from_str(&raw).unwrap_or_default(),
            raw,
        }
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The messages.
    pub fn messages(&self) -> &[Value] {
        list(&self.body, "messages")
    }

    /// The instructions.
    pub fn system(&self) -> &str {
        self.messages()
            .iter()
            .find(|message| role(message) == "system")
            .map_or("", content)
    }

    /// What people said.
    pub fn user_texts(&self) -> Vec<&str> {
        self.messages()
            .iter()
            .filter(|message| role(message) == "user")
            .map(content)
            .collect()
    }

    /// The calls in the history, in order.
    pub fn tool_calls(&self) -> Vec<SentCall> {
        self.messages()
            .iter()
            .flat_map(|message| list(message, "tool_calls"))
            .map(call)
            .collect()
    }

    /// The results in the history: the call's id and the text.
    pub fn tool_results(&self) -> Vec<(&str, &str)> {
        self.messages()
            .iter()
            .filter(|message| role(message) == "tool")
            .map(|message| (text(message, "tool_call_id"), content(message)))
            .collect()
    }

    /// The names of the tools on offer.
    pub fn tool_names(&self) -> Vec<&str> {
        self.tools()
            .iter()
            .filter_map(|tool| tool.pointer("/function/name").and_then(Value::as_str))
            .collect()
    }

    /// The tools on offer.
    pub fn tools(&self) -> &[Value] {
        list(&self.body, "tools")
    }

    /// The code of the fence, from the notice in the instructions.
    pub fn nonce(&self) -> Option<&str> {
        let (_, after) = self.system().split_once("<data-")?;
        after
            .split([' ', '>', '`'])
            .next()
            .filter(|code| code.len() == 16)
    }

    /// The request as numbered lines for a snapshot, with placeholders for what
    /// differs from run to run.
    pub fn lines(&self) -> String {
        let nonce = self.nonce().unwrap_or("no nonce").to_owned();
        let mut lines = vec![format!(
            "model {} · max {} · tools {}",
            text(&self.body, "model"),
            self.body.get("max_completion_tokens").unwrap_or(&json!(null)),
            self.tool_names().join(", ")
        )];
        for message in self.messages() {
            lines.push(format!("=== {}", role(message)));
            lines.extend(content(message).lines().map(str::to_owned));
            for call in list(message, "tool_calls").iter().map(call) {
                lines.push(format!("-> {} {} {}", call.id, call.name, call.arguments));
            }
            if let Some(id) = message.get("tool_call_id").and_then(Value::as_str) {
                lines.push(format!("(answers {id})"));
            }
        }
        let numbered = lines.iter().enumerate().map(|(at, line)| {
            let line = without_uuids(&line.replace(&nonce, "NONCE"));
            format!("{:>3} {line}", at + 1).trim_end().to_owned()
        });
        numbered.collect::<Vec<_>>().join("\n")
    }
}

pub(super) fn role(message: &Value) -> &str {
    text(message, "role")
}

pub(super) fn content(message: &Value) -> &str {
    text(message, "content")
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn call(value: &Value) -> SentCall {
    let at = |pointer| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    SentCall {
        id: at("/id"),
        name: at("/function/name"),
        arguments: at("/function/arguments"),
    }
}

/// Ids are new in every run.
fn without_uuids(line: &str) -> String {
    let is_uuid = |word: &str| word.len() == 36 && uuid::Uuid::try_parse(word).is_ok();
    let boundary = |c: char| !(c.is_ascii_hexdigit() || c == '-');
    let mut out = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(boundary).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        out.push_str(if is_uuid(word) { "UUID" } else { word });
        let next = tail.chars().next();
        out.extend(next);
        rest = tail.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
    }
    out
}
