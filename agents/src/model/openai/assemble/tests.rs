use serde_json::json;

use super::*;

fn text(piece: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {"content": piece}}]}).to_string()
}

fn calls(deltas: &Value) -> String {
    json!({"choices": [{"index": 0, "delta": {"tool_calls": deltas}, "finish_reason": null}]}).to_string()
}

fn finish(reason: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}).to_string()
}

fn turn(taken: &[&str], chunks: &[String], end: End) -> Result<(String, Turn), ModelError> {
    let mut assembler = Assembler::new(taken.iter().map(|&id| id.to_owned()).collect());
    let mut said = String::new();
    for chunk in chunks {
        if let Some(ModelEvent::TextDelta(text)) = assembler.chunk(chunk)? {
            said.push_str(&text);
        }
    }
    Ok((said, assembler.end(end)?))
}

fn called(taken: &[&str], chunks: &[String]) -> Vec<(String, String, String)> {
    let (_, turn) = turn(taken, chunks, End::Done).unwrap();
    turn.calls
        .into_iter()
        .map(|call| (call.id, call.name, call.arguments))
        .collect()
}

fn triple(id: &str, name: &str, arguments: &str) -> (String, String, String) {
    (id.to_owned(), name.to_owned(), arguments.to_owned())
}

#[test]
fn pieces_of_several_calls_come_together() {
    let chunks = [
        calls(&json!([{"index": 0, "id": "a", "function": {"name": "search", "arguments": ""}}])),
        calls(&json!([{"index": 0, "function": {"arguments": "{\"q\":"}}])),
        calls(&json!([{"index": 1, "id": "b", "function": {"name": "read", "arguments": "{}"}}])),
        calls(&json!([{"index": 0, "function": {"arguments": "1}"}}])),
        finish("tool_calls"),
    ];

    assert_eq!(
        called(&[], &chunks),
        [triple("a", "search", "{\"q\":1}"), triple("b", "read", "{}")]
    );
}

#[test]
fn servers_that_leave_the_index_at_zero_or_out_are_understood() {
    let all_zero = [
        calls(&json!([{"index": 0, "id": "a", "function": {"name": "x", "arguments": "1"}}])),
        calls(&json!([{"index": 0, "id": "b", "function": {"name": "y", "arguments": "2"}}])),
        finish("stop"),
    ];
    let none = [
        calls(&json!([{"id": "a", "function": {"name": "x", "arguments": "1"}}])),
        calls(&json!([{"function": {"arguments": "2"}}])),
        finish("tool_calls"),
    ];

    assert_eq!(
        called(&[], &all_zero),
        [triple("a", "x", "1"), triple("b", "y", "2")]
    );
    assert_eq!(called(&[], &none), [triple("a", "x", "12")]);
}

#[test]
fn an_id_that_is_taken_or_missing_is_replaced() {
    let chunks = [
        calls(&json!([{"index": 0, "id": "call_0", "function": {"name": "x", "arguments": "{"}}])),
        calls(&json!([{"index": 0, "id": "call_0", "function": {"arguments": "}"}}])),
        calls(&json!([{"index": 1, "function": {"name": "y"}}])),
        finish("tool_calls"),
    ];

    assert_eq!(
        called(&["call_0"], &chunks),
        [triple("call_0-1", "x", "{}"), triple("call-1", "y", "")]
    );
}

#[test]
fn usage_comes_with_a_chunk_without_choices() {
    let usage =
        json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11,
        "prompt_tokens_details": {"cached_tokens": 4}}})
        .to_string();

    let (said, turn) = turn(&[], &[text("Hi"), finish("stop"), usage], End::Done).unwrap();

    assert_eq!(said, "Hi");
    assert_eq!(turn.reason, StopReason::Stop);
    assert_eq!(
        turn.usage,
        Some(TokenUsage {
            input_tokens: 9,
            output_tokens: 2,
            cached_input_tokens: 4,
            estimated: false
        })
    );
}

#[test]
fn an_answer_without_an_end_is_an_error() {
    assert!(matches!(
        turn(&[], &[text("Hi")], End::Closed),
        Err(ModelError::Unavailable(_))
    ));
    assert!(matches!(
        turn(&[], &[text("Hi")], End::Done),
        Err(ModelError::Protocol(_))
    ));
    assert!(matches!(turn(&[], &[], End::Done), Err(ModelError::Protocol(_))));
    assert!(turn(&[], &[text("Hi"), finish("stop")], End::Closed).is_ok());
}

#[test]
fn a_call_that_the_limit_cut_off_is_no_call() {
    let chunks = [
        calls(&json!([{"index": 0, "id": "a", "function": {"name": "x", "arguments": "{\"q\": \"par"}}])),
        finish("length"),
    ];

    let (_, turn) = turn(&[], &chunks, End::Done).unwrap();

    assert_eq!(
        turn,
        Turn {
            calls: vec![],
            reason: StopReason::Length,
            usage: None
        }
    );
}

#[test]
fn a_chunk_that_breaks_the_protocol_is_an_error() {
    let fails = |chunk: &str| Assembler::new(HashSet::new()).chunk(chunk).unwrap_err();

    assert!(matches!(fails("<html>"), ModelError::Protocol(_)));
    assert!(matches!(
        fails(r#"{"error": {"message": "x", "code": 429}}"#),
        ModelError::RateLimited { .. }
    ));
    assert!(matches!(
        fails(r#"{"error": "overloaded"}"#),
        ModelError::Unavailable(_)
    ));
    assert!(matches!(
        fails(r#"{"error": {"message": "x", "code": "context_length_exceeded"}}"#),
        ModelError::ContextLength
    ));
    assert!(matches!(
        turn(&[], &[finish("tool_calls")], End::Done),
        Err(ModelError::Protocol(_))
    ));
}

#[test]
fn an_endless_turn_is_cut_off() {
    let mut assembler = Assembler::new(HashSet::new());
    let piece = text(&"x".repeat(100_000));

    let refused = (0..20).find_map(|_| assembler.chunk(&piece).err());

    assert!(matches!(refused, Some(ModelError::Protocol(_))));
}

#[test]
fn more_calls_than_any_turn_needs_are_refused() {
    let many: Vec<Value> = (0..40)
        .map(|index| json!({"index": index, "function": {"name": "x"}}))
        .collect();

    let refused = Assembler::new(HashSet::new())
        .chunk(&calls(&many.into()))
        .unwrap_err();

    assert!(matches!(refused, ModelError::Protocol(_)));
}
