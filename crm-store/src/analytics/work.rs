//! Which tenants have differences to move into the sums, or sums to make anew.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{Grant, Store, StoreError, ids::TenantId};

/// Tenants of one page.
const PAGE: i64 = 200;

/// The tenants after `$1` with something to do, `$2` at the most. Each list is gone through from tenant to tenant, so that
/// those without work cost nothing.
fn with_work() -> String {
    let lists = ["opportunity_deltas", "activity_deltas", "opportunity_touched"].map(|list| {
        let first = |after: &str| {
            format!(
                "SELECT d.tenant_id FROM {list} d WHERE d.tenant_id > {after} ORDER BY d.tenant_id LIMIT 1"
            )
        };
        format!(
            "(WITH RECURSIVE w AS (({}) UNION ALL SELECT ({}) FROM w WHERE w.tenant_id IS NOT NULL) \
             SELECT tenant_id FROM w WHERE tenant_id IS NOT NULL LIMIT $2)",
            first("$1"),
            first("w.tenant_id")
        )
    });
    format!(
        "SELECT x.tenant_id FROM ({} UNION SELECT s.tenant_id FROM sum_states s JOIN tenants t ON t.id = s.tenant_id \
         WHERE s.tenant_id > $1 AND (s.zone <> t.timezone OR s.accounts_at IS DISTINCT FROM s.folded_at)) x ORDER BY x.tenant_id LIMIT $2",
        lists.join(" UNION ")
    )
}

impl Store {
    /// Opens the tenants after `after` whose sums have something to do, as a job. Empty when there are no more.
    pub async fn tenants_to_sum_up(&self, after: Option<TenantId>) -> Result<Vec<Grant>, StoreError> {
        let mut tx = self.system().await?;
        let tenants: Vec<TenantId> = sqlx::query_scalar(AssertSqlSafe(with_work()))
            .bind(after.map_or(Uuid::nil(), TenantId::uuid))
            .bind(PAGE)
            .fetch_all(tx.conn())
            .await?;
        tx.commit().await?;
        Ok(tenants.into_iter().map(Grant::upkeep).collect())
    }
}
