//! `refresh_sharing_rule`: opens the records that a new or changed sharing rule is about.

use crm_store::jobs::JobClaim;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Finds the records of the rule that the key names. A rule that is gone needs nothing.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(rule) = claim.key.parse() else {
        return Ok(Ended::Unmarked);
    };
    let mut tx = shared.store.open(&claim.grant).begin().await?;
    tx.sharing_rules().refresh(rule).await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}
