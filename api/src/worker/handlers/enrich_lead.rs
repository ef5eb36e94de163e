//! `enrich_lead`: what a lead's mail domain and words say of it becomes suggestions.

use crm_store::jobs::JobClaim;
use crm_tools::enrichment::enrich;
use uuid::Uuid;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Looks through the lead that the key names. Doing it twice finds the same.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    if let Ok(lead) = claim.key.parse::<Uuid>() {
        enrich(&shared.store.open(&claim.grant), lead).await?;
    }
    Ok(Ended::Unmarked)
}
