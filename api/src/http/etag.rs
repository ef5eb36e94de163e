//! `ETag` and `If-Match`: an update says which version it has read.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{Problem, ProblemKind};

/// The tag of a record's version.
pub fn of(version: i64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{version}\"")).ok()
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
