//! The kinds of problems: a closed list, part of the contract.

use axum::http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident, $status:ident, $slug:literal, $title:literal;)+) => {
        /// A kind of problem. Type, title and status of each are fixed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemKind {
            $($(#[$doc])* $name,)+
        }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)+
                }
            }

            /// The stable `type`.
            pub const fn type_uri(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("/problems/", $slug),)+
                }
            }

            /// The fixed `title`.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)+
                }
            }
        }
    };
}

kinds! {
    /// The body or a parameter cannot be read at all.
    Malformed, BAD_REQUEST, "malformed", "The request cannot be read";
    /// No credential, or one that is not valid.
    Unauthenticated, UNAUTHORIZED, "unauthenticated", "A valid API key is needed";
    /// A budget has no room.
    BudgetSpent, PAYMENT_REQUIRED, "budget-spent", "The budget is spent";
    /// The key lacks a scope, or the organisation does not fit the key.
    Forbidden, FORBIDDEN, "forbidden", "This key may not do that";
    /// The `X-Org-Id` header names another organisation than the key's.
    WrongOrganisation, FORBIDDEN, "wrong-organisation", "The key belongs to another organisation";
    /// No such record or path.
    NotFound, NOT_FOUND, "not-found", "There is no such thing";
    /// The path exists, not with this method.
    MethodNotAllowed, METHOD_NOT_ALLOWED, "method-not-allowed", "This method is not possible here";
    /// Another record is in the way.
    Conflict, CONFLICT, "conflict", "Something that exists is in the way";
    /// The same idempotency key is being worked on.
    InFlight, CONFLICT, "request-in-flight", "The same request is still being worked on";
    /// The record has changed since it was read.
    Stale, PRECONDITION_FAILED, "stale", "The record has changed since it was read";
    /// The body is larger than the limit.
    TooLarge, PAYLOAD_TOO_LARGE, "too-large", "The request is too large";
    /// The body is not JSON by its content type.
    UnsupportedMedia, UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be JSON";
    /// Values that cannot be used.
    Invalid, UNPROCESSABLE_ENTITY, "invalid", "The request has values that cannot be used";
    /// The same idempotency key with another request.
    KeyReused, UNPROCESSABLE_ENTITY, "idempotency-key-reused", "This Idempotency-Key was used for another request";
    /// `If-Match` is needed.
    PreconditionRequired, PRECONDITION_REQUIRED, "precondition-required", "If-Match is needed";
    /// Too many requests.
    RateLimited, TOO_MANY_REQUESTS, "rate-limited", "Too many requests";
    /// A bug or a broken part of ours.
    Internal, INTERNAL_SERVER_ERROR, "internal", "The service failed";
    /// Overload, start, stop, or a dependency that is away.
    Unavailable, SERVICE_UNAVAILABLE, "unavailable", "The service is not available right now";
    /// The answer took too long.
    Timeout, GATEWAY_TIMEOUT, "timeout", "The answer took too long";
}
