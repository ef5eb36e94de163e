//! How operations can fail, told for each from what it takes: a body, an id, a precondition, a key of repetition.

use utoipa::openapi::{
    ContentBuilder, OpenApi, Ref, RefOr,
    path::{Operation, Parameter, ParameterIn},
    response::{Response, ResponseBuilder},
};

/// A way to fail: its name among the components, its status, what it means.
struct Failure {
    name: &'static str,
    status: &'static str,
    means: &'static str,
    /// Which operations can fail so.
    when: fn(&Operation) -> bool,
}

const FAILURES: &[Failure] = &[
    Failure {
        name: "Malformed",
        status: "400",
        means: "The body is not JSON",
        when: has_body,
    },
    Failure {
        name: "Unauthenticated",
        status: "401",
        means: "No valid credential",
        when: always,
    },
    Failure {
        name: "Forbidden",
        status: "403",
        means: "The key lacks the scope, the role does not allow it, or X-Org-Id names another organisation",
        when: always,
    },
    Failure {
        name: "NotFound",
        status: "404",
        means: "There is no such record, or the caller may not see it",
        when: has_id,
    },
    Failure {
        name: "Conflict",
        status: "409",
        means: "Something that exists is in the way, or the same request is still being worked on",
        when: is_repeatable,
    },
    Failure {
        name: "Stale",
        status: "412",
        means: "The record has changed since it was read",
        when: has_precondition,
    },
    Failure {
        name: "TooLarge",
        status: "413",
        means: "The body is larger than the limit",
        when: has_body,
    },
    Failure {
        name: "UnsupportedMedia",
        status: "415",
        means: "The body is not JSON by its content type",
        when: has_body,
    },
    Failure {
        name: "Invalid",
        status: "422",
        means: "A value cannot be used: errors[] says which one, and what would be right",
        when: takes_values,
    },
    Failure {
        name: "PreconditionRequired",
        status: "428",
        means: "If-Match is missing",
        when: needs_precondition,
    },
    Failure {
        name: "RateLimited",
        status: "429",
        means: "Too many requests: wait as long as Retry-After says",
        when: always,
    },
    Failure {
        name: "Internal",
        status: "500",
        means: "The service failed",
        when: always,
    },
    Failure {
        name: "Unavailable",
        status: "503",
        means: "The service is not available right now",
        when: always,
    },
    Failure {
        name: "Timeout",
        status: "504",
        means: "The answer took too long",
        when: always,
    },
];

/// Adds the failures to the components of the document.
pub(super) fn declare(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for failure in FAILURES {
        let problem = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("ProblemBody")))
            .build();
        let response: Response = ResponseBuilder::new()
            .description(failure.means)
            .content("application/problem+json", problem)
            .build();
        components
            .responses
            .insert(failure.name.to_owned(), RefOr::T(response));
    }
}

/// Adds to an operation each failure that it has not told itself.
pub(super) fn add(operation: &mut Operation) {
    for failure in FAILURES {
        if (failure.when)(operation) {
            operation
                .responses
                .responses
                .entry(failure.status.to_owned())
                .or_insert_with(|| Ref::from_response_name(failure.name).into());
        }
    }
}

fn always(_: &Operation) -> bool {
    true
}

fn has_body(operation: &Operation) -> bool {
    operation.request_body.is_some()
}

fn has_id(operation: &Operation) -> bool {
    parameters(operation).any(|parameter| parameter.parameter_in == ParameterIn::Path)
}

fn has_precondition(operation: &Operation) -> bool {
    parameters(operation).any(|parameter| parameter.name == "If-Match")
}

fn needs_precondition(operation: &Operation) -> bool {
    parameters(operation).any(|parameter| {
        parameter.name == "If-Match" && parameter.required == utoipa::openapi::Required::True
    })
}

fn is_repeatable(operation: &Operation) -> bool {
    parameters(operation).any(|parameter| parameter.name == "Idempotency-Key")
}

fn takes_values(operation: &Operation) -> bool {
    has_body(operation)
        || is_repeatable(operation)
        || parameters(operation).any(|parameter| parameter.parameter_in == ParameterIn::Query)
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
}
