//! What every request passes through, outermost first: [`finish`] (request id,
//! log line, problem documents, security headers), panics, load, deadline,
//! authentication, rate limit.

pub mod auth;
pub mod body;
pub mod client;
pub mod deadline;
pub mod etag;
pub mod finish;
pub mod idempotency;
pub mod load;
pub mod page;
pub mod panic;
pub mod rate_limit;
pub mod request_id;
pub mod security_headers;
pub mod sse;
