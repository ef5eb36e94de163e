//! `erase`: everything about a person or of a tenant, for good.

use crm_rag::{TenantIndex, Wanted};
use crm_store::{
    TenantStore,
    jobs::JobClaim,
    privacy::{Erased, Plan},
};
use uuid::Uuid;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Erases what the key names.
///
/// Vectors and files go first, because they can go twice; then all rows in one transaction with the receipt. Vectors
/// that came back meanwhile go after it.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(id) = claim.key.parse::<Uuid>() else {
        return Ok(Ended::Unmarked);
    };
    let store = shared.store.open(&claim.grant);
    let mut tx = store.begin().await?;
    let plan = tx.privacy().plan(id).await?;
    let members: Vec<Uuid> = match &plan {
        Some(plan) if plan.everything => {
            let members = tx.members().list().await?;
            members.into_iter().map(|member| member.user_id.uuid()).collect()
        }
        _ => Vec::new(),
    };
    tx.commit().await?;
    let Some(plan) = plan else {
        return Ok(Ended::Unmarked);
    };
    let vectors = forget(shared, &store, &plan).await?;
    let files = remove(shared, &plan).await;

    let mut tx = store.begin().await?;
    match tx.privacy().carry_out(id, claim, vectors, files).await? {
        Erased::Lost => return Ok(Ended::Marked),
        Erased::Done { documents } => {
            tx.commit().await?;
            let again = Plan {
                documents,
                files: Vec::new(),
                ..plan
            };
            forget(shared, &store, &again).await?;
            if again.everything {
                shared.store.retire_tenant(claim, &members).await?;
            }
        }
    }
    Ok(Ended::Marked)
}

/// Takes vectors out of the index and counts them.
async fn forget(shared: &Shared, store: &TenantStore, plan: &Plan) -> Result<u64, JobError> {
    let index = TenantIndex::new(shared.engine.clone(), store.grant());
    if plan.everything {
        let count = index.count(None).await?;
        index.delete(None).await?;
        return Ok(count as u64);
    }
    let mut gone = 0;
    for document in &plan.documents {
        let wanted = Wanted::Document(*document);
        let count = index.count(Some(wanted.clone())).await?;
        if count > 0 {
            index.delete(Some(wanted)).await?;
            gone += count as u64;
        }
    }
    Ok(gone)
}

async fn remove(shared: &Shared, plan: &Plan) -> u64 {
    let mut removed = 0;
    for file in &plan.files {
        if tokio::fs::remove_file(shared.data_dir.join(file)).await.is_ok() {
            removed += 1;
        }
    }
    removed
}
