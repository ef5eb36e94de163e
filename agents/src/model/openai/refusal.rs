//! What a provider's error means to the caller.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;

use crate::model::ModelError;

/// A failure on the provider's side, without any of its text: error messages
/// repeat prompts.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderFailure {
    #[error("the provider answered with status {status}")]
    Status { status: u16 },
    #[error("the provider reported an error in mid-stream")]
    InStream,
    #[error("the connection ended before the answer did")]
    Dropped,
    #[error("the provider was silent for {0:?}")]
    Silent(Duration),
}

/// The error object that most servers send.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    message: String,
    /// A word, or a status: servers differ.
    #[serde(default)]
    code: Value,
    #[serde(default, rename = "type")]
    kind: Value,
}

/// An answer that is not a success.
pub(super) fn from_response(status: u16, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> ModelError {
    let body = serde_json::from_slice::<Value>(body).ok();
    let error = body.as_ref().map(read).unwrap_or_default();
    tracing::warn!(
        status,
        code = %word(&error.code),
        kind = %word(&error.kind),
        json = body.is_some(),
        "the model's provider refused a request"
    );
    let retry_after = retry_after(headers, now);
    match status {
        400 | 413 | 422 if error.is_context_length() => ModelError::ContextLength,
        413 => ModelError::ContextLength,
        // Waiting does not fill an account.
        429 if word(&error.code) == "insufficient_quota" => ModelError::Rejected { status },
        429 => ModelError::RateLimited { retry_after },
        503 if retry_after.is_some() => ModelError::RateLimited { retry_after },
        408 | 409 | 425 | 500.. => ModelError::Unavailable(Box::new(ProviderFailure::Status { status })),
        300..400 => ModelError::Protocol(format!("it redirects with status {status}; check the base URL")),
        _ => ModelError::Rejected { status },
    }
}

/// An error object in place of a chunk.
pub(super) fn from_chunk(error: &Value) -> ModelError {
    let error = ErrorBody::deserialize(error).unwrap_or_default();
    tracing::warn!(code = %word(&error.code), kind = %word(&error.kind), "the model's provider failed in mid-stream");
    if error.is_context_length() {
        return ModelError::ContextLength;
    }
    match (
        error.code.as_u64(),
        word(&error.code).as_str(),
        word(&error.kind).as_str(),
    ) {
        (Some(429), _, _) | (_, "rate_limit_exceeded", _) | (_, _, "rate_limit_error") => {
            ModelError::RateLimited { retry_after: None }
        }
        (Some(status @ 400..500), _, _) => ModelError::Rejected {
            status: u16::try_from(status).unwrap_or(400),
        },
        _ => ModelError::Unavailable(Box::new(ProviderFailure::InStream)),
    }
}

/// `{"error": {..}}`, `{"error": "text"}`, or the object itself.
fn read(body: &Value) -> ErrorBody {
    match body.get("error") {
        Some(Value::String(message)) => ErrorBody {
            message: message.clone(),
            ..ErrorBody::default()
        },
        Some(error) => ErrorBody::deserialize(error).unwrap_or_default(),
        None => ErrorBody::deserialize(body).unwrap_or_default(),
    }
}

impl ErrorBody {
    /// `OpenAI` names it by code, llama.cpp by type; vLLM and others say it in
    /// words alone, so for them there is only the message to go by.
    fn is_context_length(&self) -> bool {
        let named = [
            "context_length_exceeded",
            "exceed_context_size_error",
            "string_above_max_length",
        ];
        let said = ["maximum context length", "context window", "prompt is too long"];
        let message = self.message.to_lowercase();
        named.contains(&word(&self.code).as_str())
            || named.contains(&word(&self.kind).as_str())
            || said.iter().any(|words| message.contains(words))
    }
}

/// A code as a word that is safe to log: it is short and has no spaces.
fn word(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    text.chars()
        .take(60)
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .collect()
}

/// Seconds or a date. The provider's own clock counts, where it tells it.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = |text: &str| {
        DateTime::parse_from_rfc2822(text)
            .ok()
            .map(|date| date.with_timezone(&Utc))
    };
    let until = date(text)?;
    let now = headers
        .get(DATE)
        .and_then(|text| text.to_str().ok())
        .and_then(date)
        .unwrap_or(now);
    Some((until - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn after(value: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        retry_after(&headers, "2026-11-21T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(after("7", None), Some(Duration::from_secs(7)));
        assert_eq!(after("0.25", None), Some(Duration::from_millis(250)));
        assert_eq!(
            after("Sat, 21 Nov 2026 10:00:30 GMT", None),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            after(
                "Sat, 21 Nov 2026 11:00:30 GMT",
                Some("Sat, 21 Nov 2026 11:00:00 GMT")
            ),
            Some(Duration::from_secs(30))
        );
        assert_eq!(after("Sat, 21 Nov 2026 09:00:00 GMT", None), Some(Duration::ZERO));
        assert_eq!(after("-3", None), None);
        assert_eq!(after("soon", None), None);
    }

    #[test]
    fn a_code_that_is_a_sentence_does_not_reach_the_log() {
        assert_eq!(word(&Value::from("invalid_api_key")), "invalid_api_key");
        assert_eq!(word(&Value::from("my secret prompt")), "my");
        assert_eq!(word(&Value::from(40_303)), "40303");
    }
}
