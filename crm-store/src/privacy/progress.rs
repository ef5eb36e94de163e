//! How far the erasure of a person is: kept with it, so that whoever takes the job over goes on where it stood.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::subject::Person;
use crate::{StoreError, TenantTx};

/// Where an erasure stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Who it is. Written down at the beginning: the records that tell it are the first to go.
    pub(super) person: Person,
    /// Steps that were done. A step that was prepared for another number is not done.
    pub(super) steps: u64,
    /// The person's own records are gone; the walk over everything else has begun.
    pub(super) walking: bool,
    /// The table that the walk is in; the first one when `None`.
    pub(super) table: Option<String>,
    /// The last key of that table that was looked at.
    pub(super) after: Option<String>,
    /// Rows that went, by place.
    pub(super) deleted: BTreeMap<String, u64>,
    /// Rows in which the person was blanked out, by place.
    pub(super) changed: BTreeMap<String, u64>,
}

/// One step of an erasure: small enough for a short transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Take these documents out of the index first: rows that are gone cannot be looked up any more.
    pub documents: Vec<Uuid>,
    pub(super) number: u64,
    pub(super) work: Work,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Work {
    /// These rows go, with what hangs on them.
    Delete { table: String, ids: Vec<Uuid> },
    /// Everything of the person's own is gone.
    Walk,
    /// The person is blanked out of these rows, given by their keys; the walk goes on behind `after`, or in the table
    /// after this one when that is `None`.
    Blank {
        table: String,
        keys: Vec<String>,
        after: Option<String>,
        /// The next table, when this one is done.
        next: Option<String>,
    },
}

/// The progress of an erasure that waits, locked until the end of the transaction.
pub(super) async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<Option<Progress>, StoreError> {
    read(
        tx,
        id,
        "SELECT progress FROM erasures WHERE id = $1 AND state = 'waiting' AND progress IS NOT NULL FOR UPDATE",
    )
    .await
}

/// The progress of an erasure that waits.
pub(super) async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<Progress>, StoreError> {
    read(
        tx,
        id,
        "SELECT progress FROM erasures WHERE id = $1 AND state = 'waiting' AND progress IS NOT NULL",
    )
    .await
}

async fn read(tx: &mut TenantTx, id: Uuid, sql: &'static str) -> Result<Option<Progress>, StoreError> {
    let json: Option<serde_json::Value> = sqlx::query_scalar(sql).bind(id).fetch_optional(tx.conn()).await?;
    json.map(serde_json::from_value)
        .transpose()
        .map_err(|_| StoreError::Corrupt {
            what: format!("the progress of the erasure {id}"),
        })
}

/// Writes down how far it is.
pub(super) async fn set(tx: &mut TenantTx, id: Uuid, progress: &Progress) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query("UPDATE erasures SET progress = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(sqlx::types::Json(progress))
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}
