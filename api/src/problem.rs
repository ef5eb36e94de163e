//! What a client is told when something is wrong: `application/problem+json`.
//!
//! Type, title and status of each kind never change; `detail` is a sentence
//! that we wrote. Causes go to the log, once, in [`crate::http::finish`], and
//! never to the client.

mod kind;
mod runs;
mod store;

use std::{error::Error as StdError, sync::Arc};

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::money::Money;

pub use self::kind::ProblemKind;

/// Something that a client did wrong, or that went wrong on our side.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: ProblemKind,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    extra: Option<(&'static str, serde_json::Value)>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// One bad field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body, or `?name` of a query parameter, or a header's name.
    #[schema(example = "/title")]
    pub pointer: String,
    /// What is wrong and what would be right.
    #[schema(example = "must have 1 to 300 characters")]
    pub message: String,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "/problems/invalid",
    "title": "The request has values that cannot be used",
    "status": 422,
    "detail": "title: must have 1 to 300 characters",
    "request_id": "0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f",
    "errors": [{"pointer": "/title", "message": "must have 1 to 300 characters"}]
}))]
pub struct ProblemBody {
    /// What kind of problem this is; stable, to be switched on.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The same for every problem of this type.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// The id to name when you ask for help.
    pub request_id: String,
    /// The bad fields, if fields are at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// More facts, by type of problem.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Problem {
    /// A problem of this kind with a sentence for this case.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Parts {
            kind,
            detail,
            errors: Vec::new(),
            headers: Vec::new(),
            extra: None,
            cause: None,
        }))
    }

    /// Nothing is there, or the caller may not know that it is.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            ProblemKind::NotFound,
            format!("there is no such {what}, or this key may not see it"),
        )
    }

    /// One bad field: 422.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let (pointer, message) = (pointer.into(), message.into());
        let name = pointer.trim_start_matches(['/', '?']);
        let detail = if name.is_empty() {
            message.clone()
        } else {
            format!("{name}: {message}")
        };
        Self::new(ProblemKind::Invalid, detail).with_field(pointer, message)
    }

    /// Something failed on our side; the cause is for the log alone.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(
            ProblemKind::Internal,
            "the service failed; try again, and name the request id if it stays so",
        )
        .because(cause)
    }

    /// A part that the service needs is not there.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Unavailable, detail).header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// A budget has no room: 402 with which one and when it renews.
    pub fn budget_spent(name: &str, limit: &Money, renews_at: Option<DateTime<Utc>>) -> Self {
        let renews_at = renews_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let when = renews_at
            .as_ref()
            .map_or("it does not renew".to_owned(), |at| format!("it renews at {at}"));
        Self::new(
            ProblemKind::BudgetSpent,
            format!("the budget {name} is spent; {when}"),
        )
        .fact(
            "budget",
            serde_json::json!({"name": name, "limit": limit, "renews_at": renews_at}),
        )
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(Arc::from(cause.into()));
        self
    }

    /// Adds a bad field.
    #[must_use]
    pub fn with_field(mut self, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError {
            pointer: pointer.into(),
            message: message.into(),
        });
        self
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Adds a fact that programs can read.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<serde_json::Value>) -> Self {
        self.0.extra = Some((name, value.into()));
        self
    }

    /// What kind it is.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// The sentence for this case.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Why it happened, for the log.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }

    /// The document for the client.
    pub fn body(&self, request_id: &str) -> ProblemBody {
        ProblemBody {
            kind: self.0.kind.type_uri(),
            title: self.0.kind.title(),
            status: self.0.kind.status().as_u16(),
            detail: self.0.detail.clone(),
            request_id: request_id.to_owned(),
            errors: self.0.errors.clone(),
            extra: self
                .0
                .extra
                .clone()
                .map(|(name, value)| [(name.to_owned(), value)].into_iter().collect()),
        }
    }
}

impl IntoResponse for Problem {
    /// The body is written by [`crate::http::finish`], which knows the request id.
    fn into_response(self) -> Response {
        let mut response = self.0.kind.status().into_response();
        for (name, value) in &self.0.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
