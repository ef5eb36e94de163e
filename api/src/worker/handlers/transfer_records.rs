//! `transfer_records`: goes on with handing over what a member owned.

use crm_store::{
    behaviour::handover::TRANSFER,
    jobs::{JobClaim, NewJob},
};

use super::{Ended, JobError};
use crate::worker::Shared;

/// Hands one batch of each object over; a further job takes the next.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let mut tx = shared.store.open(&claim.grant).begin().await?;
    if tx.transfer_more(&claim.key).await? {
        tx.jobs()
            .enqueue(&NewJob::new(TRANSFER, claim.key.clone()))
            .await?;
    }
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}
