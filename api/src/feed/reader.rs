//! One reader's task: from the database into the hands of its connection.

use std::time::Duration;

use crm_store::{
    StoreError, TenantStore,
    feed::{FeedCursor, FeedItem, Read},
};
use crm_tools::predictions::hear;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{BATCH, LONGEST, PACE, PATIENCE, WAITING};
use crate::{http::finish::chain, state::AppState};

/// How often a reader tries in a row before it gives up.
const TRIES: u32 = 5;
/// And what it waits in between.
const PAUSE: Duration = Duration::from_millis(500);

/// Where a reader starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With what happens from now on.
    Now,
    /// After an event that it has got.
    After(FeedCursor),
}

/// What a connection passes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// The reader is in place: whatever happens from here on, it hears.
    Ready(FeedCursor),
    /// Events were missed for good: read the records anew. The reader goes on from here.
    Reset(FeedCursor),
    /// Something happened.
    Event(Box<FeedItem>),
}

/// Follows the feed as an actor, of these objects or of all. The stream ends when the connection does, when it does
/// not keep up, when the service stops, and after half an hour, so that credentials are shown again.
pub fn follow(
    state: &AppState,
    store: TenantStore,
    start: Start,
    objects: Option<Vec<String>>,
) -> mpsc::Receiver<Vec<Frame>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let reader = Reader {
        state: state.clone(),
        woken: state.feed.watch(store.grant()),
        store,
        objects,
        sender,
    };
    let ending = state.ending.clone();
    state.tasks.spawn(async move {
        ending.run_until_cancelled(reader.run(start)).await;
    });
    receiver
}

struct Reader {
    state: AppState,
    store: TenantStore,
    woken: watch::Receiver<()>,
    objects: Option<Vec<String>>,
    sender: mpsc::Sender<Vec<Frame>>,
}

impl Reader {
    async fn run(mut self, start: Start) {
        let end = Instant::now() + LONGEST;
        let mut place = match start {
            Start::After(place) => place,
            Start::Now => match self.patiently(None).await {
                Some(Found::Place(place)) if self.send(vec![Frame::Ready(place.clone())]).await => place,
                _ => return,
            },
        };
        loop {
            self.woken.mark_unchanged();
            let looked = Instant::now();
            let Some(found) = self.patiently(Some(&place)).await else {
                return;
            };
            let (frames, next, more) = match found {
                Found::Place(fresh) => (vec![Frame::Reset(fresh.clone())], fresh, true),
                Found::Items { items, next, more } => (
                    items
                        .into_iter()
                        .map(|item| Frame::Event(Box::new(item)))
                        .collect::<Vec<_>>(),
                    next,
                    more,
                ),
            };
            place = next;
            if !frames.is_empty() && !self.send(frames).await {
                return;
            }
            if !more {
                tokio::select! {
                    changed = self.woken.changed() => if changed.is_err() { return },
                    () = self.sender.closed() => return,
                    () = sleep_until(end) => return,
                }
            }
            sleep_until(looked + PACE).await;
        }
    }

    /// Hands a batch to the connection. False when it is gone or does not keep up.
    async fn send(&self, frames: Vec<Frame>) -> bool {
        matches!(timeout(PATIENCE, self.sender.send(frames)).await, Ok(Ok(())))
    }

    /// Asks, and asks again where the database is busy or away for a moment.
    async fn patiently(&self, place: Option<&FeedCursor>) -> Option<Found> {
        for _ in 0..TRIES {
            match self.look(place).await {
                Ok(found) => return Some(found),
                Err(error) => {
                    tracing::warn!(error = chain(&error), "the feed cannot be read");
                }
            }
            sleep(PAUSE).await;
        }
        None
    }

    async fn look(&self, place: Option<&FeedCursor>) -> Result<Found, StoreError> {
        // Never closed: no place is no reason to wait for ever.
        let _place = self.state.feed.places().acquire().await.ok();
        let mut tx = self.store.begin().await?;
        let found = match place {
            None => Found::Place(tx.feed().now().await?),
            Some(place) => match tx.feed().read(place, self.objects.as_deref(), BATCH).await? {
                Read::Reset(fresh) => Found::Place(fresh),
                Read::Batch(mut batch) => {
                    hear(&mut tx, &mut batch.items).await?;
                    Found::Items {
                        items: batch.items,
                        next: batch.next,
                        more: batch.more,
                    }
                }
            },
        };
        tx.commit().await?;
        Ok(found)
    }
}

enum Found {
    Place(FeedCursor),
    Items {
        items: Vec<FeedItem>,
        next: FeedCursor,
        more: bool,
    },
}
