//! How failures of the store and the runs look from outside.

use axum::http::{HeaderValue, header};
use crm_store::StoreError;

use super::{Problem, ProblemKind};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { ref what, .. } => {
                let detail = what.clone();
                Self::new(ProblemKind::Conflict, detail).because(error)
            }
            StoreError::Stale { current } => Self::new(
                ProblemKind::Stale,
                format!("the record is now at version {current}: read it again, then repeat the change"),
            )
            .fact("current_version", current),
            StoreError::NotFound { what } => Self::not_found(what),
            StoreError::Invalid { field, message } => Self::field(pointer(&field), message),
            StoreError::InvalidMany(errors) => Self::fields(errors),
            StoreError::TooMuch => Self::field("/filters", error.to_string()),
            StoreError::Forbidden => Self::new(ProblemKind::Forbidden, "this key may not change that record"),
            StoreError::Refused { what, fields } => {
                let problem = Self::new(ProblemKind::Forbidden, what);
                if fields.is_empty() {
                    problem
                } else {
                    problem.fact("fields", fields)
                }
            }
            StoreError::BudgetSpent {
                name,
                limit,
                renews_at,
                ..
            } => Self::budget_spent(&name, &limit.into(), renews_at),
            StoreError::Retry(_) => {
                Self::new(ProblemKind::Conflict, "another change came in between: try again")
                    .header(header::RETRY_AFTER, HeaderValue::from_static("0"))
                    .because(error)
            }
            StoreError::Unavailable(_) => {
                Self::unavailable("the database is not available: try again").because(error)
            }
            other => Self::internal(other),
        }
    }
}

impl Problem {
    /// Bad fields of a body, all at once: 422.
    fn fields(errors: Vec<crm_store::FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.pointer.trim_start_matches('/'), one.message),
            many => format!("{} fields have values that cannot be used", many.len()),
        };
        let problem = Self::new(ProblemKind::Invalid, detail);
        errors.into_iter().fold(problem, |problem, error| {
            problem.with_field(error.pointer, error.message)
        })
    }
}

/// A field's name as a JSON pointer; names of headers stay as they are.
fn pointer(field: &str) -> String {
    if field.chars().next().is_some_and(char::is_uppercase) {
        field.to_owned()
    } else {
        format!("/{field}")
    }
}
