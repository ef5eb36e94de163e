//! Grants for the service's own upkeep of every tenant.

use crate::{Grant, Store, StoreError, ids::TenantId};

/// Tenants of one page.
const PAGE: i64 = 200;

impl Store {
    /// Opens the tenants after `after` for upkeep such as comparing the index
    /// with the articles, as a job. Empty when there are no more.
    ///
    /// Like claiming a job, this is for background work: a request has no use for it.
    pub async fn upkeep(&self, after: Option<TenantId>) -> Result<Vec<Grant>, StoreError> {
        let mut tx = self.system().await?;
        let tenants = tx.tenants().list(after, PAGE).await?;
        tx.commit().await?;
        Ok(tenants
            .into_iter()
            .map(|tenant| Grant::upkeep(tenant.id))
            .collect())
    }
}
