//! `erase`: everything about a person or of a tenant, for good.

use crm_rag::{TenantIndex, Wanted};
use crm_store::{TenantStore, jobs::JobClaim, privacy::Plan};
use uuid::Uuid;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Erases what the key names.
///
/// A person goes in steps, each with a transaction of its own: its documents leave the index first, because rows that
/// are gone cannot be looked up any more. The receipt comes when nothing is left. A tenant goes at once.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(id) = claim.key.parse::<Uuid>() else {
        return Ok(Ended::Unmarked);
    };
    let store = shared.store.open(&claim.grant);
    let mut tx = store.begin().await?;
    let plan = tx.privacy().plan(id).await?;
    tx.commit().await?;
    let index = TenantIndex::new(shared.engine.clone(), store.grant());
    match plan {
        None => Ok(Ended::Unmarked),
        Some(Plan::Aftermath) => {
            index.delete(None).await?;
            Ok(Ended::Unmarked)
        }
        Some(Plan::Person { files }) => {
            let removed = remove(shared, &files).await;
            person(&store, &index, claim, id, removed).await?;
            Ok(Ended::Marked)
        }
        Some(Plan::Tenant { files }) => {
            let removed = remove(shared, &files).await;
            tenant(shared, &store, &index, claim, id, removed).await?;
            Ok(Ended::Marked)
        }
    }
}

/// Goes on where the erasure stands, to its end.
async fn person(
    store: &TenantStore,
    index: &TenantIndex,
    claim: &JobClaim,
    id: Uuid,
    files: u64,
) -> Result<(), JobError> {
    let mut tx = store.begin().await?;
    tx.privacy().files_removed(id, files).await?;
    let structure = tx.privacy().structure().await?;
    tx.commit().await?;
    loop {
        let mut tx = store.begin().await?;
        let step = tx.privacy().next_step(id, &structure).await?;
        tx.commit().await?;
        let Some(step) = step else { break };
        let vectors = forget(index, &step.documents).await?;
        let mut tx = store.begin().await?;
        tx.privacy()
            .do_step(id, claim, &step, vectors, &structure)
            .await?;
        tx.commit().await?;
    }
    let mut tx = store.begin().await?;
    if tx.privacy().finish(id, claim).await? {
        tx.commit().await?;
    }
    Ok(())
}

async fn tenant(
    shared: &Shared,
    store: &TenantStore,
    index: &TenantIndex,
    claim: &JobClaim,
    id: Uuid,
    files: u64,
) -> Result<(), JobError> {
    let vectors = index.count(None).await?;
    index.delete(None).await?;
    let mut tx = store.begin().await?;
    let members = tx.members().list().await?;
    let members: Vec<Uuid> = members.into_iter().map(|member| member.user_id.uuid()).collect();
    if !tx
        .privacy()
        .erase_tenant(id, claim, vectors as u64, files)
        .await?
    {
        return Ok(());
    }
    tx.commit().await?;
    // What came meanwhile; what comes later, the job for the aftermath takes out.
    index.delete(None).await?;
    shared.store.retire_tenant(claim, &members).await?;
    Ok(())
}

/// Takes documents out of the index and counts their passages.
async fn forget(index: &TenantIndex, documents: &[Uuid]) -> Result<u64, JobError> {
    if documents.is_empty() {
        return Ok(0);
    }
    let wanted = Wanted::Documents(documents.to_vec());
    let count = index.count(Some(wanted.clone())).await?;
    if count > 0 {
        index.delete(Some(wanted)).await?;
    }
    Ok(count as u64)
}

async fn remove(shared: &Shared, files: &[String]) -> u64 {
    let mut removed = 0;
    for file in files {
        if tokio::fs::remove_file(shared.data_dir.join(file)).await.is_ok() {
            removed += 1;
        }
    }
    removed
}
