//! A whole tenant: every table, then its name and the people whom nobody else has.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    delete::count,
    schema::{DERIVED, KEPT, Table},
};
use crate::{Store, StoreError, TenantTx, jobs::JobClaim};

/// Empties every table of the tenant: those that others refer to when the others are empty.
pub(super) async fn empty(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    claim: &JobClaim,
    deleted: &mut BTreeMap<String, u64>,
) -> Result<(), StoreError> {
    sqlx::query("SET LOCAL statement_timeout = 0")
        .execute(tx.conn())
        .await?;
    let mut left: Vec<&String> = tables
        .keys()
        .filter(|name| KEPT.iter().all(|(kept, _)| kept != name))
        .collect();
    while !left.is_empty() {
        let before = left.len();
        let mut stuck = Vec::new();
        for name in left {
            let own = if name == "jobs" {
                format!(" WHERE id <> '{}'", claim.id)
            } else {
                String::new()
            };
            sqlx::query("SAVEPOINT empty").execute(tx.conn()).await?;
            let gone = sqlx::query(AssertSqlSafe(format!("DELETE FROM {name}{own}")))
                .execute(tx.conn())
                .await;
            match gone.map_err(StoreError::from) {
                Ok(gone) => {
                    sqlx::query("RELEASE SAVEPOINT empty").execute(tx.conn()).await?;
                    count(deleted, name, gone.rows_affected());
                }
                Err(StoreError::Conflict { .. } | StoreError::Invalid { .. }) => {
                    sqlx::query("ROLLBACK TO SAVEPOINT empty")
                        .execute(tx.conn())
                        .await?;
                    stuck.push(name);
                }
                Err(error) => return Err(error),
            }
        }
        if stuck.len() == before {
            let names: Vec<&str> = stuck.iter().map(|name| name.as_str()).collect();
            return Err(StoreError::Corrupt {
                what: format!("rows that refer to each other in {}", names.join(", ")),
            });
        }
        left = stuck;
    }
    // Records that went left differences in tables that were empty by then.
    for name in DERIVED {
        let gone = sqlx::query(AssertSqlSafe(format!("DELETE FROM {name}")))
            .execute(tx.conn())
            .await?;
        count(deleted, name, gone.rows_affected());
    }
    // Postgres would set references to null, not delete; what came back in later passes is counted there.
    Ok(())
}

impl Store {
    /// Takes the name off a tenant whose rows are gone, and off people who were its members and nobody else's.
    pub async fn retire_tenant(&self, claim: &JobClaim, members: &[Uuid]) -> Result<(), StoreError> {
        let mut tx = self.system().await?;
        let now = tx.now();
        let tenant = claim.grant.tenant().uuid();
        sqlx::query(
            "UPDATE tenants SET slug = $2, name = 'erased', status = 'suspended', settings = '{}', features = '{}', \
                 business_hours = '{}', version = version + 1, updated_at = $3 WHERE id = $1",
        )
        .bind(tenant)
        .bind(format!("erased-{}", tenant.simple()))
        .bind(now)
        .execute(tx.conn())
        .await?;
        sqlx::query(
            "DELETE FROM credentials c WHERE c.user_id = ANY ($1) \
                 AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = c.user_id)",
        )
        .bind(members)
        .execute(tx.conn())
        .await?;
        sqlx::query(
            "UPDATE users u SET email = 'erased-' || u.id || '@invalid', name = 'erased', updated_at = $2 \
             WHERE u.id = ANY ($1) AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = u.id)",
        )
        .bind(members)
        .bind(now)
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }
}
