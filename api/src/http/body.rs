//! Reading JSON bodies, query strings and paths so that errors say where.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use futures::StreamExt;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{Problem, ProblemKind, state::AppState};

/// A JSON body, with the hash of its bytes for idempotency.
#[derive(Debug)]
pub struct Json<T> {
    /// The value.
    pub value: T,
    /// SHA-256 of the body as it came.
    pub hash: [u8; 32],
}

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Problem::new(
                ProblemKind::UnsupportedMedia,
                "send content-type: application/json",
            ));
        }
        let bytes = read(request, state.config.http.body_limit).await?;
        Ok(Self {
            value: parse(&bytes)?,
            hash: Sha256::digest(&bytes).into(),
        })
    }
}

/// Reads a field of a change that is there, also when it is null: `serde(default, deserialize_with = "present")`.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn is_json(request: &Request) -> bool {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || (kind.len() > 5
            && kind
                .get(kind.len() - 5..)
                .is_some_and(|end| end.eq_ignore_ascii_case("+json")))
}

/// Reads the body up to `limit` bytes. A length that is told beforehand is refused beforehand.
pub(crate) async fn read(request: Request, limit: usize) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        Problem::new(
            ProblemKind::TooLarge,
            format!("the body may have at most {limit} bytes (http.body_limit)"),
        )
        .fact("limit_bytes", limit)
    };
    let told = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if told.is_some_and(|told: usize| told > limit) {
        return Err(too_large());
    }
    let mut stream = request.into_body().into_data_stream();
    let mut bytes = Vec::with_capacity(told.unwrap_or(0).min(limit));
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::new(ProblemKind::Malformed, "the body ended before it was complete").because(error)
        })?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads JSON. What is not JSON is 400; JSON that does not fit is 422 with a pointer.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let place = error.valid_up_to();
        return Err(Problem::new(
            ProblemKind::Malformed,
            format!("the body is not UTF-8: see byte {place}"),
        ));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(
            ProblemKind::Malformed,
            "the body is empty; a JSON object is needed",
        ));
    }
    // Otherwise serde would read the elements of a list as the fields of an object, in their order.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Problem::field("", "must be a JSON object, not a list"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_data() {
            let (pointer, message) = name_the_field(pointer, &inner);
            return Problem::field(pointer, message);
        }
        not_json(&inner, pointer)
    })?;
    deserializer
        .end()
        .map_err(|error| not_json(&error, String::new()))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error, pointer: String) -> Problem {
    let (line, column) = (error.line(), error.column());
    let problem = Problem::new(
        ProblemKind::Malformed,
        format!("the body is not valid JSON: see line {line}, column {column}"),
    );
    problem.with_field(pointer, plain(error))
}

/// The path of a bad field as RFC 6901 writes it.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", escape(key)),
        Segment::Enum { variant } => format!("{pointer}/{}", escape(variant)),
        Segment::Unknown => pointer,
    })
}

/// A missing field is reported by serde at its parent: point at the field itself.
fn name_the_field(pointer: String, error: &serde_json::Error) -> (String, String) {
    let message = plain(error);
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(field) => (format!("{pointer}/{field}"), "is required".to_owned()),
        None => (pointer, message),
    }
}

/// serde's words without the place, which the pointer says better.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ")
        .and_then(|at| text.get(..at))
        .unwrap_or(&text)
        .to_owned()
}

/// The query string; an unknown or bad parameter is 422 and named.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let axum::extract::Query(value) = axum::extract::Query::from_request_parts(parts, state)
            .await
            .map_err(|error| {
                // `Failed to deserialize query string: limit: invalid digit found in string`
                let text = error.body_text();
                let text = text.split_once(": ").map_or(text.as_str(), |(_, text)| text);
                let (name, message) = text.split_once(": ").unwrap_or(("", text));
                Problem::field(format!("?{name}"), message)
            })?;
        Ok(Self(value))
    }
}

/// Ids in the path; what is no id names no record: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Problem::not_found("record"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read by serde")]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read by serde")]
        count: u8,
    }

    fn refusal(text: &[u8]) -> (ProblemKind, Option<String>, String) {
        let problem = parse::<Outer>(text).unwrap_err();
        let body = problem.body("r");
        (
            problem.kind(),
            body.errors.first().map(|error| error.pointer.clone()),
            body.detail,
        )
    }

    #[test]
    fn a_bad_field_has_a_pointer() {
        let (kind, pointer, _) = refusal(br#"{"list":[{"count":1},{"count":"x"}]}"#);
        assert_eq!(
            (kind, pointer.as_deref()),
            (ProblemKind::Invalid, Some("/list/1/count"))
        );
        let (_, pointer, detail) = refusal(br#"{"list":[{}]}"#);
        assert_eq!(pointer.as_deref(), Some("/list/0/count"));
        assert!(detail.ends_with("is required"), "{detail}");
        let (_, pointer, detail) = refusal(br#"{"list":[],"lsit":[]}"#);
        assert_eq!(pointer.as_deref(), Some("/lsit"));
        assert!(detail.contains("unknown field `lsit`"), "{detail}");
    }

    #[test]
    fn a_list_is_no_object() {
        let (kind, _, detail) = refusal(br#" [[{"count":1}]]"#);
        assert_eq!(kind, ProblemKind::Invalid);
        assert!(detail.contains("JSON object"), "{detail}");
    }

    #[test]
    fn what_is_not_json_says_where() {
        let (kind, pointer, detail) = refusal(b"{\"list\":[{\"count\":1}\n,");
        assert_eq!(kind, ProblemKind::Malformed);
        assert_eq!(pointer.as_deref(), Some("/list"));
        assert!(detail.contains("line 2"), "{detail}");
        assert_eq!(refusal(b"{\"list\":[]} x").0, ProblemKind::Malformed);
        assert_eq!(refusal(b"").0, ProblemKind::Malformed);
        assert!(refusal(b"{\"list\":\"\xff\"}").2.contains("byte 9"));
    }
}
