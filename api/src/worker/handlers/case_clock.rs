//! `case_clock`: marks what is late of a case when one of its clocks runs out.

use crm_store::{behaviour::case::clock_job, jobs::JobClaim};

use super::{Ended, JobError};
use crate::worker::Shared;

/// Looks at the case that the key names, and comes back when its other clock runs out.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(case) = claim.key.parse() else {
        return Ok(Ended::Unmarked);
    };
    let mut tx = shared.store.open(&claim.grant).begin().await?;
    let next = tx.case_clocks().look(case).await?;
    if let Some(next) = next {
        tx.jobs().enqueue(&clock_job(case, next)).await?;
    }
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}
