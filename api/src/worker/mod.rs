//! Background work: jobs from the queue, and upkeep.

mod handlers;
mod jobs;
mod records;
mod sums;
mod upkeep;

use std::{path::PathBuf, sync::Arc, time::Duration};

use crm_rag::Indexer;
use crm_store::{Store, jobs::Keys, webhooks::DeliveryPolicy};
use crm_tools::predictions::Predictor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{AppError, config::Config, http::finish::chain, outbound::Outbound, services::Services};

/// How long jobs have to end before they are given back.
const GRACE: Duration = Duration::from_secs(5);

/// The workers of this process.
#[derive(Debug)]
pub struct Workers {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// Jobs of one lane do not hold up those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// They use this machine.
    Work,
    /// They mostly wait for other machines.
    Network,
    /// They learn models: all cores for minutes.
    Learn,
    /// They score single records, soon after each changed.
    Score,
    /// They score all records of a tenant, at night or after a training.
    ScoreAll,
}

impl Lane {
    const ALL: [Self; 5] = [
        Self::Work,
        Self::Network,
        Self::Learn,
        Self::Score,
        Self::ScoreAll,
    ];

    /// Jobs at the same time.
    const fn places(self, config: &crate::config::Worker) -> usize {
        match self {
            Self::Work => config.concurrency.get() as usize,
            Self::Network => 8,
            // A process learns one model at a time: whoever waits for it takes nobody's place.
            Self::Learn => 1,
            Self::Score | Self::ScoreAll => 2,
        }
    }

    /// The lane whose kinds of jobs it takes.
    const fn kinds_of(self) -> Self {
        match self {
            Self::ScoreAll => Self::Score,
            own => own,
        }
    }

    /// Which jobs of those kinds: a record that changed does not wait until all of two other tenants are scored.
    const fn keys(self) -> Keys {
        match self {
            Self::Score => Keys::One,
            Self::ScoreAll => Keys::All,
            Self::Work | Self::Network | Self::Learn => Keys::Any,
        }
    }
}

/// What a worker works with.
#[derive(Debug)]
struct Shared {
    store: Store,
    indexer: Indexer,
    engine: Arc<dyn crm_rag::VectorIndex>,
    predictor: Arc<Predictor>,
    config: crate::config::Worker,
    keep_jobs: Duration,
    /// Where uploads and exports lie.
    data_dir: PathBuf,
    webhooks: Webhooks,
    mails: Mails,
    /// The name in leases, new each time the process starts.
    name: String,
    stop: CancellationToken,
}

/// Where mails go, and where their links lead.
#[derive(Debug)]
struct Mails {
    folder: PathBuf,
    base_url: String,
}

/// How tenants' servers are told.
#[derive(Debug)]
struct Webhooks {
    outbound: Outbound,
    policy: DeliveryPolicy,
}

impl Shared {
    /// Puts the index in order, which may take minutes: a process that stops does not wait for it.
    async fn optimize(&self) {
        tokio::select! {
            done = self.engine.optimize() => if let Err(error) = done {
                tracing::warn!(error = chain(&error), "the index cannot be optimised");
            },
            () = self.stop.cancelled() => {}
        }
    }
}

impl Workers {
    /// Starts to work.
    pub fn start(services: &Services, config: &Config) -> Result<Self, AppError> {
        let outbound = Outbound::new(config.webhooks.timeout, config.webhooks.allow_private)
            .map_err(|error| AppError::Busy(format!("no client for webhooks: {error}")))?;
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            store: services.store.clone(),
            indexer: services.knowledge.indexer(),
            engine: Arc::clone(services.knowledge.engine()),
            predictor: Arc::clone(&services.predictor),
            config: config.worker.clone(),
            keep_jobs: config.retention.jobs,
            data_dir: config.data.dir.clone(),
            webhooks: Webhooks {
                outbound,
                policy: config.webhooks.policy(),
            },
            mails: Mails {
                folder: config.data.dir.join("mail"),
                base_url: config
                    .http
                    .public_url
                    .clone()
                    .unwrap_or_else(|| format!("http://{}:{}", config.http.host, config.http.port)),
            },
            name: Uuid::now_v7().to_string(),
            stop: stop.clone(),
        });
        let tracker = TaskTracker::new();
        for lane in Lane::ALL {
            tracker.spawn(jobs::run(Arc::clone(&shared), lane));
        }
        tracker.spawn(records::run(Arc::clone(&shared)));
        tracker.spawn(upkeep::sweep(Arc::clone(&shared)));
        tracker.spawn(upkeep::forget(Arc::clone(&shared)));
        tracker.spawn(upkeep::plan_lost(Arc::clone(&shared)));
        tracker.spawn(sums::fold(Arc::clone(&shared)));
        tracker.spawn(sums::compare(Arc::clone(&shared)));
        tracker.spawn(upkeep::reconcile_all(shared));
        tracker.close();
        Ok(Self { tracker, stop })
    }

    /// Lets the jobs at hand end, gives the rest back, and stops.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tracker.wait().await;
    }
}
