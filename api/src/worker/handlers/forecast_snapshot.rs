//! `forecast_snapshot`: keeps once a week what is forecast, so that it can be compared with what comes.

use crm_store::jobs::JobClaim;
use crm_tools::forecast::{Forecaster, keep};

use super::{Ended, JobError};
use crate::worker::Shared;

/// Keeps what is forecast of this quarter and the next, and plans the next time.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let store = shared.store.open(&claim.grant);
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
