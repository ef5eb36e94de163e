//! A panic in a handler is one failed request, not a lost connection.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::Problem;

/// Turns what was thrown into a problem; the log gets the words.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub fn caught(thrown: Box<dyn Any + Send + 'static>) -> Response {
    let words = thrown
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| thrown.downcast_ref::<&str>().copied())
        .unwrap_or("something without words");
    Problem::internal(format!("a handler panicked: {words}")).into_response()
}
