//! `forecast_snapshot`: keeps once a week what is forecast, so that it can be compared with what comes; and for data that were
//! brought along, once, what would have been forecast before.

use chrono::Days;
use crm_store::{forecast_snapshots::BEFORE, jobs::JobClaim};
use crm_tools::forecast::{Forecaster, keep, keep_before};

use super::{Ended, JobError};
use crate::worker::Shared;

/// How far back it is told what would have been forecast.
const BACK: Days = Days::new(366);

/// Keeps what is forecast of this quarter and the next, and plans the next time; or what the key names.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let store = shared.store.open(&claim.grant);
    if claim.key == BEFORE {
        let today = store.clock().now().date_naive();
        let since = today.checked_sub_days(BACK).unwrap_or(today);
        let kept = keep_before(&store, since).await?;
        tracing::info!(tenant = %claim.grant.tenant(), kept, "what would have been forecast before was kept");
        return Ok(Ended::Unmarked);
    }
    // Once a week nothing that was kept for readers is of use.
    let kept = keep(&Forecaster::default(), &store).await?;
    tracing::info!(tenant = %claim.grant.tenant(), kept, "forecasts were kept");
    let mut tx = store.begin().await?;
    tx.plan_forecast_snapshot().await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}
