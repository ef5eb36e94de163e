//! Which tenants have readers here, and the one connection that hears of news.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crm_store::{
    Grant, Heard, Store, StoreError,
    feed::{FEED_CHANNEL, Topic},
};
use tokio::{
    sync::{Notify, Semaphore, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::AT_ONCE;
use crate::http::finish::chain;

/// How long to wait before listening again.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the readers of a tenant. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FeedHub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tenants: Mutex<HashMap<Topic, watch::Sender<()>>>,
    /// Somebody reads, so somebody must listen.
    wanted: Notify,
    places: Semaphore,
}

impl Default for FeedHub {
    fn default() -> Self {
        Self(Arc::new(Inner {
            tenants: Mutex::default(),
            wanted: Notify::new(),
            places: Semaphore::new(AT_ONCE),
        }))
    }
}

impl FeedHub {
    /// Changes whenever the tenant may have news.
    pub(super) fn watch(&self, grant: &Grant) -> watch::Receiver<()> {
        let mut tenants = self.0.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.retain(|_, waker| waker.receiver_count() > 0);
        let receiver = tenants
            .entry(Topic::of(grant))
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe();
        drop(tenants);
        self.0.wanted.notify_one();
        receiver
    }

    /// Room for asking the database.
    pub(super) fn places(&self) -> &Semaphore {
        &self.0.places
    }

    /// Wakes the readers of one tenant, or of all.
    fn wake(&self, topic: Option<Topic>) {
        let tenants = self.0.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        match topic {
            Some(topic) => {
                if let Some(waker) = tenants.get(&topic) {
                    waker.send_replace(());
                }
            }
            None => tenants.values().for_each(|waker| {
                waker.send_replace(());
            }),
        }
    }

    /// Listens from the first reader on, until `stop`.
    pub async fn run(self, store: Store, stop: CancellationToken) {
        stop.run_until_cancelled(async {
            self.0.wanted.notified().await;
            loop {
                if let Err(error) = self.listen(&store).await {
                    tracing::warn!(
                        error = chain(&error),
                        "news of the feed cannot be heard; trying again"
                    );
                }
                sleep(PAUSE).await;
            }
        })
        .await;
    }

    async fn listen(&self, store: &Store) -> Result<(), StoreError> {
        let mut listener = store.listen(&[FEED_CHANNEL]).await?;
        // Something may have happened while nobody listened.
        self.wake(None);
        loop {
            match listener.next().await? {
                Heard::Gap => self.wake(None),
                Heard::Message { payload, .. } => {
                    let topic = Topic::announced(&payload);
                    if topic.is_none() {
                        tracing::warn!("a notification of the feed names no tenant; everybody looks");
                    }
                    self.wake(topic);
                }
            }
        }
    }
}
