//! Keeping the sums of records: what writers left is moved into them, and now and then they are compared with the records.

use std::{sync::Arc, time::Duration};

use crm_store::StoreError;

use super::{
    Shared,
    upkeep::{Whom, each_tenant, every},
};

/// How often sums are compared with the records, each time of every tenant, beginning with the start of the process.
const COMPARE: Duration = Duration::from_hours(24);

/// Moves differences into the sums until the process stops.
pub(super) async fn fold(shared: Arc<Shared>) {
    let complaint = "the sums of records cannot be brought up to date";
    every(&shared, shared.config.sweep, complaint, || fold_all(&shared)).await;
}

async fn fold_all(shared: &Shared) -> Result<(), StoreError> {
    // Where it fails the differences stay, and questions add them up.
    let complaint = "a tenant's sums cannot be brought up to date";
    each_tenant(shared, Whom::SumsBehind, complaint, |grant| async move {
        let done = shared.store.open(&grant).sum_up().await?;
        if done.rebuilt {
            tracing::info!(tenant = %grant.tenant(), "the sums were made anew in the tenant's zone");
        }
        Ok(())
    })
    .await
}

/// Compares the sums with the records until the process stops. Those that differ are made anew.
pub(super) async fn compare(shared: Arc<Shared>) {
    every(&shared, COMPARE, "the sums of records cannot be compared", || {
        compare_all(&shared)
    })
    .await;
}

async fn compare_all(shared: &Shared) -> Result<(), StoreError> {
    each_tenant(shared, Whom::All, "a tenant's sums cannot be compared", |grant| async move {
        let tenant = shared.store.open(&grant);
        let drifts = tenant.check_sums().await?;
        if !drifts.is_empty() {
            tracing::error!(tenant = %grant.tenant(), ?drifts, "sums differ from the records and are made anew");
            tenant.rebuild_sums().await?;
        }
        Ok(())
    })
    .await
}
