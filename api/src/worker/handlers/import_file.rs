//! `import`: the rows of an uploaded file into records, as whoever uploaded it.

use crm_store::{
    TenantStore,
    import::{Import, ImportState},
    jobs::JobClaim,
};

use super::{Ended, JobError};
use crate::{
    imports::{
        drive::{self, Wanted},
        mapping::Mapping,
        subject::Subject,
    },
    worker::Shared,
};

/// Imports the file that the key names; after a crash from where it stood.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Some((import, grant)) = shared.store.importer(claim).await? else {
        return Ok(Ended::Unmarked);
    };
    let (Some(path), ImportState::Waiting | ImportState::Running) = (import.path.clone(), import.state)
    else {
        return Ok(Ended::Unmarked);
    };
    let file = shared.data_dir.join(&path);
    let store = shared.store.open(&grant);
    if let Err(error) = read(&store, &import, &file).await {
        // What the store could not do now it may do later; a file that cannot be read stays so.
        if let Some(passing) = error
            .downcast_ref::<crm_store::StoreError>()
            .filter(|error| is_passing(error))
        {
            return Err(passing.to_string().into());
        }
        end(&shared.store.open(&claim.grant), &import, &format!("{error:#}")).await?;
    }
    // The import has ended; a job that finds it so does nothing.
    let _ = tokio::fs::remove_file(&file).await;
    Ok(Ended::Unmarked)
}

async fn read(store: &TenantStore, import: &Import, file: &std::path::Path) -> anyhow::Result<()> {
    let subject = Subject::named(&import.object)
        .ok_or_else(|| anyhow::anyhow!("there is no object {}", import.object))?;
    let wanted = Wanted {
        subject,
        path: file.to_owned(),
        mapping: Mapping::from_request(import.mapping.as_deref(), subject.name())?,
        dry_run: false,
        rejects: None,
        import: Some((import.id, import.totals)),
    };
    Box::pin(drive::import(store, wanted, |_, _| {})).await?;
    Ok(())
}

fn is_passing(error: &crm_store::StoreError) -> bool {
    matches!(
        error,
        crm_store::StoreError::Retry(_)
            | crm_store::StoreError::Unavailable(_)
            | crm_store::StoreError::Database(_)
            | crm_store::StoreError::Conflict { .. }
    )
}

async fn end(store: &TenantStore, import: &Import, problem: &str) -> Result<(), JobError> {
    // The path of the data folder is nobody's business.
    let problem = match import.path.as_deref().and_then(|path| problem.find(path)) {
        Some(at) => problem
            .get(at..)
            .and_then(|rest| rest.split_once(':'))
            .map_or(problem, |(_, rest)| rest.trim()),
        None => problem,
    };
    let mut tx = store.begin().await?;
    tx.imports()
        .end(import.id, ImportState::Failed, Some(problem))
        .await?;
    tx.commit().await?;
    Ok(())
}
