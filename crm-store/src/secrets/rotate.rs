//! Sealing everything anew after a key was put in front.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{SEALED, Sealed, SealedColumn};
use crate::{Store, StoreError, TenantStore};

/// Rows of one transaction.
const BATCH: i64 = 200;

/// What a rotation did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rotated {
    /// Secrets that were sealed anew.
    pub sealed: u64,
    /// Secrets that no configured key opens; they stay as they are.
    pub unreadable: u64,
}

impl Store {
    /// Seals every secret with the first key that is not sealed with it yet.
    ///
    /// Each batch is a transaction of its own, and what is done is told by its key: broken off anywhere, it goes on
    /// where it stopped when it is run again.
    pub async fn rotate_secrets(&self) -> Result<Rotated, StoreError> {
        let mut total = Rotated::default();
        let mut last = None;
        loop {
            let grants = self.upkeep(last).await?;
            let Some(end) = grants.last() else {
                return Ok(total);
            };
            last = Some(end.tenant());
            for grant in &grants {
                let tenant = self.open(grant);
                for column in SEALED {
                    rotate(&tenant, column, &mut total).await?;
                }
            }
        }
    }
}

async fn rotate(tenant: &TenantStore, column: &SealedColumn, total: &mut Rotated) -> Result<(), StoreError> {
    let SealedColumn {
        table,
        column,
        purpose,
    } = *column;
    let mut after = Uuid::nil();
    loop {
        let mut tx = tenant.begin().await?;
        let current = tx.secrets().ok_or_else(super::no_keys)?.current_prefix()?;
        // Names of ours; a batch locks what it will write.
        let select = format!(
            "SELECT id, {column} FROM {table} WHERE id > $1 AND {column} IS NOT NULL \
             AND substr({column}, 1, {length}) <> $2 ORDER BY id LIMIT $3 FOR UPDATE",
            length = current.len(),
        );
        let rows: Vec<(Uuid, Sealed)> = sqlx::query_as(AssertSqlSafe(select))
            .bind(after)
            .bind(current)
            .bind(BATCH)
            .fetch_all(tx.conn())
            .await?;
        let Some((end, _)) = rows.last() else {
            return Ok(());
        };
        after = *end;
        let (mut ids, mut anew) = (Vec::new(), Vec::new());
        for (id, sealed) in rows {
            match tx.unseal(purpose, &sealed) {
                Ok(clear) => {
                    ids.push(id);
                    anew.push(tx.seal(purpose, clear.expose())?.0);
                }
                Err(error) => {
                    tracing::warn!(table, column, %id, %error, "a secret could not be opened and stays as it is");
                    total.unreadable += 1;
                }
            }
        }
        total.sealed += u64::try_from(ids.len()).unwrap_or(0);
        let update = format!(
            "UPDATE {table} t SET {column} = new.sealed FROM unnest($1::uuid[], $2::bytea[]) AS new (id, sealed) \
             WHERE t.id = new.id"
        );
        sqlx::query(AssertSqlSafe(update))
            .bind(ids)
            .bind(anew)
            .execute(tx.conn())
            .await?;
        tx.commit().await?;
    }
}
