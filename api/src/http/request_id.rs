//! The id that ties a response, its log lines and its problems together.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header in requests and responses.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the caller's, when it is usable, else a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Takes the caller's id, or makes one.
    pub fn of(headers: &HeaderMap) -> Self {
        let given = headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_usable(text));
        Self(given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a header.
    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

/// Nothing that could break a log line, and nothing endless.
fn is_usable(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &'static str) -> String {
        RequestId::of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_static(value))])).0
    }

    #[test]
    fn a_usable_id_is_kept_and_another_is_replaced() {
        assert_eq!(of("req-1.a:b_C"), "req-1.a:b_C");
        for bad in ["", "a b", "x\"y", "{\"a\":1}"] {
            assert!(of(bad).parse::<Uuid>().is_ok(), "{bad}");
        }
        assert!(RequestId::of(&HeaderMap::new()).0.parse::<Uuid>().is_ok());
    }
}
