//! `ETag` and `If-Match`: an update says which version it has read.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{Problem, ProblemKind};

/// A response that shows a record at a version, with that version's tag.
pub fn tagged(version: i64, shown: impl IntoResponse) -> Response {
    let mut response = shown.into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version that the caller has read. 428 without the header; 412 for a tag that was never ours.
pub fn if_match(headers: &HeaderMap) -> Result<i64, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Err(Problem::new(
            ProblemKind::PreconditionRequired,
            "send If-Match with the ETag of the record as you have read it",
        ));
    };
    let text = value.to_str().unwrap_or_default().trim();
    let tag = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    tag.parse().map_err(|_| {
        Problem::new(
            ProblemKind::Stale,
            "If-Match is not an ETag of this record: read it again and send its ETag",
        )
    })
}

/// The version in `If-Match` where the header may be left out.
pub fn if_match_given(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    headers
        .contains_key(header::IF_MATCH)
        .then(|| if_match(headers))
        .transpose()
}

/// Whether `If-None-Match` names this version: the caller has the record as it is.
pub fn is_known(headers: &HeaderMap, version: i64) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH);
    given
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == format!("\"{version}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_known_by_any_of_its_tags() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))])
        };
        for known in ["\"7\"", "W/\"7\"", "\"3\", \"7\"", "*"] {
            assert!(is_known(&headers(known), 7), "{known}");
        }
        for other in ["\"8\"", "7", "", "\"77\""] {
            assert!(!is_known(&headers(other), 7), "{other}");
        }
        assert!(!is_known(&HeaderMap::new(), 7));
    }
}
