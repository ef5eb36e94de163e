//! Jobs: claimed when Postgres says that there are some, else now and then.

use std::{sync::Arc, time::Instant};

use crm_store::{
    Heard, Listener, StoreError,
    jobs::{JOBS_CHANNEL, JobClaim},
};
use tokio::{sync::Semaphore, time};
use tokio_util::task::TaskTracker;

use super::{
    GRACE, Lane, Shared,
    handlers::{self, Ended, JobError},
};
use crate::{http::finish::chain, metrics};

/// Claims and works until the process stops.
pub(super) async fn run(shared: Arc<Shared>, lane: Lane) {
    let places = Arc::new(Semaphore::new(lane.places(&shared.config)));
    let kinds = handlers::kinds(lane);
    let running = TaskTracker::new();
    let mut listener = None;
    while !shared.stop.is_cancelled() {
        match claim(&shared, lane, &kinds, &places).await {
            Ok(claims) if claims.is_empty() => wait(&shared, &mut listener, &places, &running).await,
            Ok(claims) => {
                for claim in claims {
                    // There is a place: no more were claimed than are free.
                    let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                        break;
                    };
                    let shared = Arc::clone(&shared);
                    running.spawn(async move {
                        work(&shared, claim).await;
                        drop(place);
                    });
                }
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "jobs cannot be claimed");
                pause(&shared).await;
            }
        }
    }
    running.close();
    running.wait().await;
}

async fn claim(
    shared: &Shared,
    lane: Lane,
    kinds: &[&str],
    places: &Semaphore,
) -> Result<Vec<JobClaim>, StoreError> {
    let free = i64::try_from(places.available_permits()).unwrap_or(0);
    if free == 0 {
        return Ok(Vec::new());
    }
    let mut tx = shared.store.system().await?;
    let claims = tx
        .jobs()
        .claim_keys(&shared.name, kinds, lane.keys(), free, shared.config.lease)
        .await?;
    tx.commit().await?;
    Ok(claims)
}

/// Waits until there may be something to claim and somebody to work on it.
async fn wait(
    shared: &Shared,
    listener: &mut Option<Listener>,
    places: &Arc<Semaphore>,
    running: &TaskTracker,
) {
    if places.available_permits() == 0 {
        tokio::select! {
            place = places.acquire() => drop(place),
            () = shared.stop.cancelled() => {}
        }
        return;
    }
    if listener.is_none() {
        match shared.store.listen(&[JOBS_CHANNEL]).await {
            // Something may have been enqueued while nobody listened: look once more.
            Ok(opened) => {
                *listener = Some(opened);
                return;
            }
            Err(error) => tracing::warn!(error = chain(&error), "nobody listens for jobs"),
        }
    }
    let Some(open) = listener.as_mut() else {
        return pause(shared).await;
    };
    let lost = tokio::select! {
        heard = open.next() => match heard {
            Ok(Heard::Message { .. } | Heard::Gap) => false,
            Err(error) => {
                tracing::warn!(error = chain(&error), "the listener for jobs was lost");
                true
            }
        },
        () = time::sleep(shared.config.poll) => false,
        () = shared.stop.cancelled() => false,
    };
    if lost {
        *listener = None;
        if running.is_empty() {
            pause(shared).await;
        }
    }
}

async fn pause(shared: &Shared) {
    tokio::select! {
        () = time::sleep(shared.config.poll) => {}
        () = shared.stop.cancelled() => {}
    }
}

/// Does one job and keeps its lease meanwhile.
async fn work(shared: &Shared, claim: JobClaim) {
    let started = Instant::now();
    let job = perform(shared, &claim);
    let outcome = tokio::select! {
        done = job => match done {
            Ok(()) => "done",
            Err(error) => {
                let words = chain(error.as_ref());
                tracing::warn!(job_id = %claim.id, kind = claim.kind, tenant = %claim.grant.tenant(), attempt = claim.attempt, error = words, "a job failed");
                give_back(shared, &claim, Some(&words)).await;
                "failed"
            }
        },
        () = keep_lease(shared, claim.clone()) => "lost",
        () = stopped(shared) => {
            give_back(shared, &claim, None).await;
            "given_back"
        }
    };
    metrics::job(&claim.kind, outcome, started.elapsed());
}

/// Has the job's handler do it, and marks it done where the handler does not.
async fn perform(shared: &Shared, claim: &JobClaim) -> Result<(), JobError> {
    if handlers::run(shared, claim).await? == Ended::Unmarked {
        let mut tx = shared.store.system().await?;
        tx.jobs().complete(claim).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Comes a while after the process was told to stop.
async fn stopped(shared: &Shared) {
    shared.stop.cancelled().await;
    time::sleep(GRACE).await;
}

/// Ends only when the lease was lost.
async fn keep_lease(shared: &Shared, mut claim: JobClaim) {
    loop {
        time::sleep(shared.config.lease / 3).await;
        let extended = async {
            let mut tx = shared.store.system().await?;
            let kept = tx.jobs().extend(&mut claim, shared.config.lease).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(kept)
        };
        match extended.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(error = chain(&error), "a lease could not be extended"),
        }
    }
}

async fn give_back(shared: &Shared, claim: &JobClaim, error: Option<&str>) {
    let given = async {
        let mut tx = shared.store.system().await?;
        match error {
            Some(error) => {
                tx.jobs().fail(claim, error).await?;
            }
            None => tx.jobs().release(claim).await?,
        }
        tx.commit().await
    };
    if let Err(error) = given.await {
        // Its lease runs out, and another worker takes it.
        tracing::warn!(error = chain(&error), "a job could not be given back");
    }
}
