//! `relink_records`: finishes a conversion or a merge with the records that its actor could not see.

use crm_store::jobs::JobClaim;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Links what the key names.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let mut tx = shared.store.open(&claim.grant).begin().await?;
    tx.relink(&claim.key).await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}
