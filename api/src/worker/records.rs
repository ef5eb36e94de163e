//! `index_record`: brings records in the index up to date, many at once and behind what people wait for.
//!
//! Not one of the handlers, because an import leaves twenty thousand of these jobs: a batch of them shares one call to
//! the embedder and one transaction. The claim takes turns between tenants, the embedder does questions and articles
//! first, and a lease covers a whole turn, so that a worker that dies loses nothing and delays little.

use std::sync::Arc;

use crm_rag::records::TURN;
use crm_store::jobs::JOBS_CHANNEL;
use tokio::time;

use super::{GRACE, Shared};
use crate::http::finish::chain;

/// Passages that were written since the index was last put in order, from which it is worth it.
const MANY: usize = 2_000;

/// Works until the process stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut listener = None;
    let mut written = 0;
    while !shared.stop.is_cancelled() {
        let turn = tokio::select! {
            turn = shared.indexer.work_records(&shared.store, &shared.name, TURN) => turn,
            // Whoever takes the jobs over does again what was begun; nothing is done twice.
            () = stopped(&shared) => break,
        };
        match turn {
            Ok(turn) if turn.done + turn.failed > 0 => {
                written += turn.done;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = chain(&error), "records cannot be indexed"),
        }
        if written >= MANY {
            written = 0;
            shared.optimize().await;
            continue;
        }
        if listener.is_none() {
            match shared.store.listen(&[JOBS_CHANNEL]).await {
                // Something may have been enqueued while nobody listened: look once more.
                Ok(opened) => {
                    listener = Some(opened);
                    continue;
                }
                Err(error) => tracing::warn!(error = chain(&error), "nobody listens for records"),
            }
        }
        let lost = match listener.as_mut() {
            None => pause(&shared).await,
            Some(open) => tokio::select! {
                heard = open.next() => heard.is_err(),
                lost = pause(&shared) => lost,
            },
        };
        if lost {
            listener = None;
        }
    }
}

/// Comes a while after the process was told to stop: most turns end by themselves until then.
async fn stopped(shared: &Shared) {
    shared.stop.cancelled().await;
    time::sleep(GRACE).await;
}

async fn pause(shared: &Shared) -> bool {
    tokio::select! {
        () = time::sleep(shared.config.poll) => {}
        () = shared.stop.cancelled() => {}
    }
    false
}
