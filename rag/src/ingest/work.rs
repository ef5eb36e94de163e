//! The indexing worker's turn.

use std::time::Duration;

use crm_store::Store;
use crm_store::articles::INDEX_JOB;
use crm_store::jobs::JobClaim;
use futures::StreamExt;

use super::{AT_ONCE, Indexer, Outcome};
use crate::RagError;

/// How long a worker has for one article; the longest takes a minute on two cores.
const LEASE: Duration = Duration::from_mins(5);

/// What one turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worked {
    /// Jobs that were done.
    pub done: usize,
    /// Jobs that failed and wait for another attempt.
    pub failed: usize,
}

impl Indexer {
    /// Claims up to `limit` waiting jobs and does them. Zero means there is nothing to do.
    ///
    /// A failed job goes back with its reason and waits longer each time; the failure
    /// is no error of the turn.
    pub async fn work(&self, store: &Store, worker: &str, limit: i64) -> Result<Worked, RagError> {
        let mut tx = store.system().await?;
        let claims = tx.jobs().claim(worker, &[INDEX_JOB], limit, LEASE).await?;
        tx.commit().await?;
        let mut turn = Worked::default();
        let mut jobs = futures::stream::iter(claims)
            .map(|taken| async move { (self.job(store, &taken).await, taken) })
            .buffer_unordered(AT_ONCE);
        while let Some((outcome, job)) = jobs.next().await {
            let Err(error) = outcome else {
                turn.done += 1;
                continue;
            };
            tracing::warn!(job_id = %job.id, attempt = job.attempt, error = &error as &dyn std::error::Error, "an article could not be indexed");
            let mut tx = store.system().await?;
            tx.jobs().fail(&job, &error.to_string()).await?;
            tx.commit().await?;
            turn.failed += 1;
        }
        Ok(turn)
    }

    /// Does one claimed job, as the job.
    pub async fn job(&self, store: &Store, claim: &JobClaim) -> Result<Outcome, RagError> {
        let store = store.open(&claim.grant);
        let Ok(article) = claim.key.parse() else {
            // Nothing to index can have such a key; the job is done.
            return self.finish(&store, Some(claim), Outcome::Removed).await;
        };
        self.index_article(&store, article, Some(claim)).await
    }
}
