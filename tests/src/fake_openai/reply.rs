//! What the server says.

use crm_agents::model::scripted::Gate;
use serde_json::{Value, json};

/// One answer to one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A stream of events.
    Stream {
        /// The pieces, in order.
        chunks: Vec<Chunk>,
        /// The bytes are sent in pieces of these sizes, over and over; as they
        /// come when empty.
        split: Vec<usize>,
        /// The `Content-Type`.
        content_type: String,
    },
    /// A whole response at once.
    Whole {
        /// The status.
        status: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// Nothing, for ever.
    Hang,
}

/// A piece of a stream.
#[derive(Debug, Clone)]
pub enum Chunk {
    /// Bytes to send.
    Bytes(Vec<u8>),
    /// Waits until the test opens the gate.
    Gate(Gate),
    /// Drops the connection.
    Drop,
    /// Says nothing more, for ever.
    Hang,
}

/// A stream of these pieces.
pub fn sse(chunks: impl IntoIterator<Item = Chunk>) -> Reply {
    Reply::Stream {
        chunks: chunks.into_iter().collect(),
        split: Vec::new(),
        content_type: "text/event-stream; charset=utf-8".to_owned(),
    }
}

impl Reply {
    /// A plain answer with usage, word by word.
    pub fn text(text: &str) -> Self {
        let words = text.split_inclusive(' ').map(ev_text);
        sse(words.chain([ev_finish("stop"), ev_usage(100, 20), ev_done()]))
    }

    /// One tool call with usage.
    pub fn call(id: &str, name: &str, arguments: &Value) -> Self {
        let call = ev_tool_call(0, id, name, &arguments.to_string());
        sse([call, ev_finish("tool_calls"), ev_usage(80, 10), ev_done()])
    }

    /// An error as `OpenAI` words it.
    pub fn error(status: u16, code: &str) -> Self {
        let body = json!({"error": {"message": format!("no: {code}"), "type": "error", "param": null, "code": code}});
        Self::Whole {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string(),
        }
    }

    /// A page of HTML, as proxies send it.
    pub fn html(status: u16) -> Self {
        Self::Whole {
            status,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: "<html><body><h1>Bad Gateway</h1></body></html>".to_owned(),
        }
    }

    /// The same with a header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same stream in pieces of other sizes.
    #[must_use]
    pub fn split_into(mut self, sizes: Vec<usize>) -> Self {
        if let Self::Stream { split, .. } = &mut self {
            *split = sizes;
        }
        self
    }
}

/// A piece of text.
pub fn ev_text(text: &str) -> Chunk {
    ev_json(&chunk(&json!({"content": text}), None))
}

/// A tool call, its arguments in three pieces.
pub fn ev_tool_call(index: usize, id: &str, name: &str, arguments: &str) -> Chunk {
    let call = |value: Value| frame(&chunk(&json!({"tool_calls": [value]}), None).to_string());
    let mut bytes = call(json!({"index": index, "id": id, "type": "function",
        "function": {"name": name, "arguments": ""}}));
    let chars: Vec<char> = arguments.chars().collect();
    for piece in chars.chunks(chars.len().div_ceil(3).max(1)) {
        let piece: String = piece.iter().collect();
        bytes.push_str(&call(json!({"index": index, "function": {"arguments": piece}})));
    }
    Chunk::Bytes(bytes.into_bytes())
}

/// Why the model stopped.
pub fn ev_finish(reason: &str) -> Chunk {
    ev_json(&chunk(&json!({}), Some(reason)))
}

/// What it used, in a chunk without choices.
pub fn ev_usage(prompt_tokens: u64, completion_tokens: u64) -> Chunk {
    let mut value = chunk(&json!({}), None);
    if let Some(map) = value.as_object_mut() {
        map.insert("choices".to_owned(), json!([]));
        map.insert(
            "usage".to_owned(),
            json!({"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens}),
        );
    }
    ev_json(&value)
}

/// The end.
pub fn ev_done() -> Chunk {
    ev_raw(&frame("[DONE]"))
}

/// An event with this JSON.
pub fn ev_json(value: &Value) -> Chunk {
    ev_raw(&frame(&value.to_string()))
}

/// These bytes as they are.
pub fn ev_raw(bytes: &str) -> Chunk {
    Chunk::Bytes(bytes.as_bytes().to_vec())
}

/// Waits for `gate`.
pub fn ev_gate(gate: &Gate) -> Chunk {
    Chunk::Gate(gate.clone())
}

/// Drops the connection.
pub fn ev_drop() -> Chunk {
    Chunk::Drop
}

/// Says nothing more.
pub fn ev_hang() -> Chunk {
    Chunk::Hang
}

fn frame(data: &str) -> String {
    format!("data: {data}\n\n")
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-4o-mini",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": null})
}
