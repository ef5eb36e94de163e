//! What can go wrong in the store, by what the caller does next.

mod constraints;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgDatabaseError;

use self::constraints::CONSTRAINTS;

/// A failed call of the store. Absence is not an error: it is `Ok(None)`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something with this name exists, or is still in use: choose another, or let go first.
    #[error("{what}")]
    Conflict {
        /// What is in the way, for people.
        what: String,
        /// The constraint that said so.
        constraint: String,
    },
    /// Someone else changed the record first: read it again.
    #[error("the record has changed since it was read; its version is {current}")]
    Stale {
        /// The version that it has now.
        current: i64,
    },
    /// The record to change does not exist, or this actor may not see it.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// A value cannot be stored: mend the field.
    #[error("{field}: {message}")]
    Invalid {
        /// The field, as the API names it.
        field: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// Values that cannot be stored, all of a body at once: mend the fields.
    #[error("{} fields have values that cannot be stored", .0.len())]
    InvalidMany(Vec<FieldError>),
    /// The question reads more than can be read in its time: ask for less.
    #[error("{0}", TOO_MUCH)]
    TooMuch,
    /// The actor may not do this.
    #[error("this actor may not do that")]
    Forbidden,
    /// The actor's role does not allow it: somebody with another role can.
    #[error("{what}")]
    Refused {
        /// What is not allowed, for people.
        what: String,
        /// The fields that it is about, as the API names them; none when it is about the object.
        fields: Vec<String>,
    },
    /// A budget has no room for the call: wait until it renews, or raise it.
    #[error("the budget {name} is spent")]
    BudgetSpent {
        /// The budget.
        budget: crate::ids::BudgetId,
        /// Its name.
        name: String,
        /// What it allows in a period.
        limit: crate::prices::NanoUsd,
        /// When it has room again; never, when `None`.
        renews_at: Option<DateTime<Utc>>,
    },
    /// Two transactions were in each other's way: run the whole transaction again.
    #[error("the transaction gave way to another one")]
    Retry(#[source] sqlx::Error),
    /// Postgres cannot be reached or is overloaded: try later.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database has another schema than this program expects: migrate.
    #[error("the database has schema {found}, this program needs {expected}: run `crm-ai migrate`")]
    Schema {
        /// The last migration that was applied; 0 is an empty database.
        found: i64,
        /// The last migration that this program knows.
        expected: i64,
    },
    /// A migration failed; nothing of it was applied.
    #[error("a migration failed")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// A secret cannot be sealed or opened: mend the keys of the configuration.
    #[error("{what}")]
    Secrets {
        /// What is missing.
        what: String,
    },
    /// A stored value does not read back as what it should be.
    #[error("a stored value is damaged: {what}")]
    Corrupt {
        /// Which one.
        what: String,
    },
    /// A bug in this crate or a database that was changed behind its back.
    #[error("a database statement failed")]
    Database(#[source] sqlx::Error),
}

/// What a question that reads too much is told, for programs; people are told in their language.
const TOO_MUCH: &str = "this question reads more than can be read in its time; ask for fewer days, one owner or one stage, \
                        or group by less";

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) to the value, such as `/email` or `/custom/size`.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    /// Something that is wrong with a field of a record.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            pointer: format!("/{}", field.replace('~', "~0").replace('/', "~1")),
            message: message.into(),
        }
    }
}

impl StoreError {
    /// The same error about a part of what the caller sent: bad fields are named below that part.
    pub(crate) fn within(self, part: &str) -> Self {
        match self {
            Self::InvalidMany(errors) => Self::InvalidMany(
                errors
                    .into_iter()
                    .map(|error| FieldError {
                        pointer: format!("/{part}{}", error.pointer),
                        message: error.message,
                    })
                    .collect(),
            ),
            Self::Invalid { field, message } => Self::Invalid {
                field: format!("{part}/{field}"),
                message,
            },
            other => other,
        }
    }

    /// A value that the caller must mend.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }

    /// What the actor's role does not allow, in words.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::Refused {
            what: what.into(),
            fields: Vec::new(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let known = database
                    .try_downcast_ref::<PgDatabaseError>()
                    .and_then(from_postgres);
                known.unwrap_or_else(|| Self::by_class(error))
            }
            sqlx::Error::ColumnDecode { index, .. } => Self::Corrupt {
                what: format!("column {index}"),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// What is left once the caller's own mistakes are sorted out: the state of the server.
    fn by_class(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .unwrap_or_default();
        match code.as_ref() {
            "40001" | "40P01" | "55P03" => Self::Retry(error),
            // Connections, resources, shutdown, a statement that ran out of time.
            code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57") => {
                Self::Unavailable(error)
            }
            _ => Self::Database(error),
        }
    }
}

/// The one place where a constraint becomes a sentence for the caller.
fn from_postgres(error: &PgDatabaseError) -> Option<StoreError> {
    let constraint = error.constraint().unwrap_or_default();
    let known = CONSTRAINTS.iter().find(|(name, ..)| *name == constraint);
    let field = || {
        known.map_or_else(
            || guess_field(error, constraint),
            |(_, field, _)| (*field).to_owned(),
        )
    };
    let words = |default: &str| known.map_or(default, |(.., words)| words).to_owned();
    match error.code() {
        "23505" => Some(StoreError::Conflict {
            what: words(if constraint.ends_with("_external_id_key") {
                "a record with this external_id exists already"
            } else {
                "this exists already"
            }),
            constraint: constraint.to_owned(),
        }),
        // The same code for a reference to nothing and for a record that is still referred to.
        "23503" if error.message().starts_with("update or delete") => Some(StoreError::Conflict {
            what: "other records still refer to this one".to_owned(),
            constraint: constraint.to_owned(),
        }),
        "23503" => Some(StoreError::invalid(field(), words("there is no such record"))),
        "23514" => Some(StoreError::invalid(field(), words("this value is not allowed"))),
        "23502" => Some(StoreError::invalid(
            error.column().unwrap_or_default(),
            "is required",
        )),
        // A NUL character, in text and in JSON; a number out of range.
        "22021" | "22P05" => Some(StoreError::invalid(
            "text",
            "contains the character NUL, which cannot be stored",
        )),
        "22003" | "22008" => Some(StoreError::invalid("number", "is out of range")),
        // Row-level security refused a write; a plain lack of rights is a bug of ours.
        "42501" if error.message().contains("row-level security") => Some(StoreError::Forbidden),
        _ => None,
    }
}

/// `articles_owner_id_fkey` on `articles` is about `owner_id`.
fn guess_field(error: &PgDatabaseError, constraint: &str) -> String {
    let inner = error
        .table()
        .and_then(|table| constraint.strip_prefix(table))
        .unwrap_or(constraint);
    let inner = inner.trim_start_matches('_');
    ["_fkey", "_check", "_key"]
        .iter()
        .find_map(|end| inner.strip_suffix(end))
        .unwrap_or(inner)
        .to_owned()
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migration(error)
    }
}
