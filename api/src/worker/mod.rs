//! Background work: jobs from the queue, and upkeep.

mod handlers;
mod jobs;
mod upkeep;

use std::{sync::Arc, time::Duration};

use crm_rag::Indexer;
use crm_store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{config::Config, services::Services};

/// How long jobs have to end before they are given back.
const GRACE: Duration = Duration::from_secs(5);

/// The workers of this process.
#[derive(Debug)]
pub struct Workers {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// What a worker works with.
#[derive(Debug)]
struct Shared {
    store: Store,
    indexer: Indexer,
    engine: Arc<dyn crm_rag::VectorIndex>,
    config: crate::config::Worker,
    keep_jobs: Duration,
    /// The name in leases, new each time the process starts.
    name: String,
    stop: CancellationToken,
}

impl Workers {
    /// Starts to work.
    pub fn start(services: &Services, config: &Config) -> Self {
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            store: services.store.clone(),
            indexer: services.knowledge.indexer(),
            engine: Arc::clone(services.knowledge.engine()),
            config: config.worker.clone(),
            keep_jobs: config.retention.jobs,
            name: Uuid::now_v7().to_string(),
            stop: stop.clone(),
        });
        let tracker = TaskTracker::new();
        tracker.spawn(jobs::run(Arc::clone(&shared)));
        tracker.spawn(upkeep::sweep(Arc::clone(&shared)));
        tracker.spawn(upkeep::reconcile_all(shared));
        tracker.close();
        Self { tracker, stop }
    }

    /// Lets the jobs at hand end, gives the rest back, and stops.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tracker.wait().await;
    }
}
