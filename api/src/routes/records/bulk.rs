//! `POST /v1/{plural}/bulk`: many records at once, each judged on its own.

use axum::Json as JsonBody;
use crm_store::{
    StoreError, TenantTx,
    access::{Access, Verb},
    catalog::Object,
    records::{MAX_ROWS, Outcome, Row, Upserted},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::allowed::{On, Write};
use crate::{
    Problem,
    http::{
        body::Json,
        idempotency::{Entered, Once},
    },
    problem::FieldError,
};

/// Rows to be written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rows {
    rows: Vec<Value>,
}

/// What became of the rows.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct BulkResult {
    /// Each row, in the order in which they came.
    data: Vec<BulkRow>,
    /// Rows that made a record.
    created: usize,
    /// Rows that changed one.
    updated: usize,
    /// Rows whose record was like that already.
    unchanged: usize,
    /// Rows that were written by an earlier request with the same Idempotency-Key.
    repeated: usize,
    /// Rows that were not written.
    failed: usize,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkRow {
    /// Its place, from 0 on.
    row: usize,
    /// `created`, `updated`, `unchanged`, `repeated` or `failed`.
    #[schema(example = "created")]
    status: &'static str,
    /// The record, when the row was written; none for a repeated row that named none.
    id: Option<Uuid>,
    /// The record's version now.
    version: Option<i64>,
    /// Why it was not written.
    #[schema(example = "email: must be an e-mail address")]
    detail: Option<String>,
    /// The status that a request of its own would have had.
    #[schema(example = 201)]
    code: u16,
    /// The bad fields.
    errors: Vec<FieldError>,
}

/// Writes rows, once.
pub(super) async fn handler(
    caller: On<Write>,
    once: Once,
    body: Json<Rows>,
) -> Result<JsonBody<BulkResult>, Problem> {
    let object = caller.object;
    let rows = body.value.rows;
    if !(1..=MAX_ROWS).contains(&rows.len()) {
        return Err(Problem::field(
            "/rows",
            format!("must be 1 to {MAX_ROWS} rows; these are {}", rows.len()),
        ));
    }
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    // Who may do neither is told once, not for every row.
    if !access.can(object, Verb::Update) {
        access.require(object, Verb::Create)?;
    }
    let entered = once.enter(&mut tx, &body.hash).await?;
    let outcomes = write(&mut tx, object, rows, &access).await?;
    let result = match entered {
        Entered::First => {
            once.done(&mut tx, 200, None).await?;
            tx.commit().await?;
            BulkResult::of(outcomes)
        }
        // What was written stays as it is now; the transaction, which tells what is wrong with the others, goes.
        Entered::Before { .. } => BulkResult::of(outcomes).repeated(),
    };
    Ok(JsonBody(result))
}

/// Writes the rows that can be; the others keep their places.
async fn write(
    tx: &mut TenantTx,
    object: &'static Object,
    rows: Vec<Value>,
    access: &Access,
) -> Result<Vec<Result<Upserted, StoreError>>, Problem> {
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut good = Vec::with_capacity(rows.len());
    for row in rows {
        let row = match row {
            Value::Object(fields) => Row::from_json(object, &fields, access),
            _ => Err(StoreError::invalid("", "must be an object of fields")),
        };
        match row {
            Ok(row) => {
                good.push(row);
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(Err(error))),
        }
    }
    let mut written = tx.records(object).upsert(good).await?.into_iter();
    let missing = || Err(StoreError::NotFound { what: object.name });
    Ok(outcomes
        .into_iter()
        .map(|outcome| outcome.or_else(|| written.next()).unwrap_or_else(missing))
        .collect())
}

impl BulkResult {
    fn of(outcomes: Vec<Result<Upserted, StoreError>>) -> Self {
        let mut result = Self::default();
        for (row, outcome) in outcomes.into_iter().enumerate() {
            let told = match outcome {
                Ok(written) => BulkRow::written(row, &written),
                Err(error) => BulkRow::failed(row, &error.into()),
            };
            *result.count(told.status) += 1;
            result.data.push(told);
        }
        result
    }

    fn repeated(mut self) -> Self {
        for row in &mut self.data {
            if row.status == FAILED {
                continue;
            }
            // The version, and the id of a new record, are those of a write that did not stay.
            row.version = None;
            row.id = row.id.filter(|_| row.status != CREATED);
            row.status = "repeated";
            row.code = 200;
        }
        Self {
            repeated: self.created + self.updated + self.unchanged,
            created: 0,
            updated: 0,
            unchanged: 0,
            ..self
        }
    }

    fn count(&mut self, status: &str) -> &mut usize {
        match status {
            CREATED => &mut self.created,
            "updated" => &mut self.updated,
            "unchanged" => &mut self.unchanged,
            _ => &mut self.failed,
        }
    }
}

const CREATED: &str = "created";
const FAILED: &str = "failed";

impl BulkRow {
    fn written(row: usize, written: &Upserted) -> Self {
        let (status, code) = match written.outcome {
            Outcome::Created => (CREATED, 201),
            Outcome::Updated => ("updated", 200),
            Outcome::Unchanged => ("unchanged", 200),
        };
        Self {
            row,
            status,
            id: Some(written.record.id),
            version: Some(written.record.version),
            detail: None,
            code,
            errors: Vec::new(),
        }
    }

    fn failed(row: usize, problem: &Problem) -> Self {
        let body = problem.body("");
        let errors = body.errors.into_iter().map(|error| FieldError {
            pointer: format!("/rows/{row}{}", error.pointer.trim_end_matches('/')),
            message: error.message,
        });
        Self {
            row,
            status: FAILED,
            id: None,
            version: None,
            detail: Some(body.detail),
            code: body.status,
            errors: errors.collect(),
        }
    }
}
