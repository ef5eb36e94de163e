//! `win_digest`: tells feed and webhooks once a week which deals moved most.

use crm_store::{jobs::JobClaim, movers::WEEK};
use crm_tools::predictions::tell_movers;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Deals that moved by less are no news.
const LEAST: f64 = 0.05;
/// The most deals that a digest tells of.
const MOST: i64 = 20;

/// Tells what moved in the last week, and plans the next digest.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let mut tx = shared.store.open(&claim.grant).begin().await?;
    let since = tx.now() - WEEK;
    let movers = tx.win_movers(since, LEAST, MOST).await?;
    tell_movers(&mut tx, &movers).await?;
    tx.plan_win_digest().await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}
