//! `index_article`: brings an article's passages in the index up to date.

use crm_store::jobs::JobClaim;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Indexes the article that the key names.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    shared.indexer.job(&shared.store, claim).await?;
    Ok(Ended::Marked)
}
