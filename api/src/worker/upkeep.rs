//! What must happen now and then: cleaning up, measuring, and comparing the
//! index with Postgres once at the start.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use crm_rag::Repair;
use crm_store::{Grant, StoreError, articles::INDEX_JOB, changes::INDEX_RECORD};
use crm_tools::predictions;
use tokio::time::{self, MissedTickBehavior};

use super::Shared;
use crate::{http::finish::chain, metrics};

/// Cleans up and measures until the process stops.
pub(super) async fn sweep(shared: Arc<Shared>) {
    let mut ticks = time::interval(shared.config.sweep);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shared.stop.cancelled() => return,
        }
        if let Err(error) = clean(&shared).await {
            tracing::warn!(error = chain(&error), "the clean-up failed");
        }
    }
}

async fn clean(shared: &Shared) -> Result<(), StoreError> {
    let mut tx = shared.store.system().await?;
    let keys = tx.purge_idempotency_keys().await?;
    let before = TimeDelta::from_std(shared.keep_jobs)
        .ok()
        .and_then(|keep| tx.now().checked_sub_signed(keep));
    let jobs = match before {
        Some(before) => tx.jobs().purge(before).await?,
        None => 0,
    };
    let articles = tx.jobs().backlog(INDEX_JOB).await?;
    let records = tx.jobs().backlog(INDEX_RECORD).await?;
    let now = tx.now();
    tx.commit().await?;
    let waiting = [articles.oldest, records.oldest]
        .into_iter()
        .flatten()
        .min()
        .and_then(|oldest| (now - oldest).to_std().ok())
        .unwrap_or(Duration::ZERO);
    metrics::oldest_job(waiting);
    if keys + jobs > 0 {
        tracing::debug!(keys, jobs, "cleaned up");
    }
    Ok(())
}

/// How often tenants forget what they do not keep.
const FORGET: Duration = Duration::from_hours(6);
/// The rest between two batches of one tenant.
const REST: Duration = Duration::from_millis(50);

/// Lets every tenant forget what it does not keep, one after the other, until the process stops.
pub(super) async fn forget(shared: Arc<Shared>) {
    every(&shared, FORGET, "what is old cannot be forgotten", || {
        forget_all(&shared)
    })
    .await;
}

/// How often it is looked for predictions whose job failed too often.
const PLAN: Duration = Duration::from_hours(1);

/// Plans again trainings and scorings that no job waits for any more, until the process stops: a bad hour ends no tenant's
/// predictions for good.
pub(super) async fn plan_lost(shared: Arc<Shared>) {
    every(&shared, PLAN, "lost predictions cannot be planned", || {
        plan_all(&shared)
    })
    .await;
}

async fn plan_all(shared: &Shared) -> Result<(), StoreError> {
    let complaint = "a tenant's lost predictions cannot be planned";
    each_tenant(shared, Whom::LostPredictions, complaint, |grant| async move {
        let mut tx = shared.store.open(&grant).begin().await?;
        let again = tx.models().plan_lost(predictions::EVERY).await?;
        tx.commit().await?;
        if !again.is_empty() {
            tracing::warn!(tenant = %grant.tenant(), ?again, "predictions that nobody worked on were planned again");
        }
        Ok(())
    })
    .await
}

/// For which tenants something is done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom {
    /// For all of them.
    All,
    /// For those whose records changed since they were summed up.
    SumsBehind,
    /// For those with a training or scoring that no job waits for any more.
    LostPredictions,
}

impl Whom {
    /// The next of them after the one whose turn was last.
    async fn next(self, shared: &Shared, last: Option<&Grant>) -> Result<Vec<Grant>, StoreError> {
        let after = last.map(Grant::tenant);
        match self {
            Self::All => shared.store.upkeep(after).await,
            Self::SumsBehind => shared.store.tenants_to_sum_up(after).await,
            Self::LostPredictions => shared.store.tenants_with_lost_predictions(after).await,
        }
    }
}

/// Does something for tenants, one after the other. What fails for one is told, and the others have their turn.
pub(super) async fn each_tenant<F: Future<Output = Result<(), StoreError>>>(
    shared: &Shared,
    whom: Whom,
    complaint: &str,
    work: impl Fn(Grant) -> F,
) -> Result<(), StoreError> {
    let mut last = None;
    loop {
        let grants = whom.next(shared, last.as_ref()).await?;
        let Some(latest) = grants.last() else {
            return Ok(());
        };
        last = Some(*latest);
        for grant in grants {
            let tenant = grant.tenant();
            if let Err(error) = work(grant).await {
                tracing::warn!(%tenant, error = chain(&error), "{complaint}");
            }
        }
    }
}

/// Does something at once and then again and again, until the process stops; a round that is under way then is broken off.
pub(super) async fn every<F: Future<Output = Result<(), StoreError>>>(
    shared: &Shared,
    rest: Duration,
    complaint: &str,
    mut work: impl FnMut() -> F,
) {
    let mut ticks = time::interval(rest);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let round = async {
            ticks.tick().await;
            work().await
        };
        tokio::select! {
            done = round => if let Err(error) = done {
                tracing::warn!(error = chain(&error), "{complaint}");
            },
            () = shared.stop.cancelled() => return,
        }
    }
}

async fn forget_all(shared: &Shared) -> Result<(), StoreError> {
    let complaint = "a tenant's old things cannot be forgotten";
    each_tenant(shared, Whom::All, complaint, |grant| async move {
        if let Err(error) = remove_exports(shared, &grant).await {
            tracing::warn!(tenant = %grant.tenant(), error = chain(&error), "a tenant's old exports cannot be removed");
        }
        let forgotten = shared.store.open(&grant).forget_old(REST).await?;
        if forgotten.total() > 0 {
            tracing::info!(
                tenant = %grant.tenant(),
                feed = forgotten.feed,
                deliveries = forgotten.deliveries,
                login_history = forgotten.login_history,
                run_transcripts = forgotten.run_transcripts,
                messages = forgotten.messages,
                audit_values = forgotten.audit_values,
                scores = forgotten.scores,
                "old things were forgotten"
            );
        }
        Ok(())
    })
    .await
}

/// Removes the files of exports whose time is over, and says so of the exports.
async fn remove_exports(shared: &Shared, grant: &Grant) -> Result<(), StoreError> {
    let mut tx = shared.store.open(grant).begin().await?;
    for file in tx.privacy().expire().await? {
        match tokio::fs::remove_file(shared.data_dir.join(&file)).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                // It stays an export that can be fetched no longer and whose file is tried again.
                tracing::warn!(file, %error, "the file of an export cannot be removed");
                return Ok(());
            }
        }
    }
    tx.commit().await
}

/// Compares every tenant's index with its articles and records, one tenant after the other:
/// loading an embedded index does not bring back what a crash lost.
pub(super) async fn reconcile_all(shared: Arc<Shared>) {
    let mut after = None;
    let mut whole = true;
    loop {
        let grants = match shared.store.upkeep(after).await {
            Ok(grants) => grants,
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "the tenants cannot be listed for reconciling"
                );
                return;
            }
        };
        let Some(last) = grants.last() else { break };
        after = Some(last.tenant());
        for grant in &grants {
            let tenant = shared.store.open(grant);
            let done = tokio::select! {
                // Thousands of records may differ after a change of the model: jobs take their turns.
                done = shared.indexer.reconcile_with(&tenant, Repair::Later) => done,
                () = shared.stop.cancelled() => return,
            };
            match done {
                Ok(found) if found.repaired + found.removed + found.records.drifted() > 0 => {
                    tracing::info!(tenant = %grant.tenant(), repaired = found.repaired, removed = found.removed, records = found.records.drifted(), "the index was repaired");
                }
                Ok(_) => {}
                Err(error) => {
                    whole = false;
                    tracing::warn!(tenant = %grant.tenant(), error = chain(&error), "the index cannot be compared");
                }
            }
        }
    }
    if whole && let Err(error) = shared.engine.filled() {
        tracing::warn!(error = chain(&error), "the index cannot be marked as filled");
    }
    shared.optimize().await;
}
