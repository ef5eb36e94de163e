//! What takes longer to make than whoever asks for it may wait.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinError,
};
use tokio_util::task::TaskTracker;

use super::Kept;

/// How many things are made at once: each is read with a connection of the pool and held in memory.
const AT_ONCE: usize = 4;

/// [`Kept`], made in tasks of their own: who asked may leave, and whoever asks next finds it under way or made.
///
/// There is one task for a key at most. It ends when its thing is made, or when it cannot be, as once the store is closed.
pub(crate) struct Lasting<K, V> {
    shared: Arc<Shared<K, V>>,
    tasks: TaskTracker,
}

struct Shared<K, V> {
    kept: Kept<K, V>,
    /// What is under way. The channels only close, with that.
    making: Mutex<HashMap<K, watch::Receiver<()>>>,
    places: Semaphore,
}

impl<K, V> Shared<K, V> {
    fn making(&self) -> MutexGuard<'_, HashMap<K, watch::Receiver<()>>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That a thing is under way, until this is dropped: also when its task panics.
struct Making<K: Eq + Hash, V> {
    shared: Arc<Shared<K, V>>,
    key: K,
    _over: watch::Sender<()>,
}

impl<K: Eq + Hash, V> Drop for Making<K, V> {
    fn drop(&mut self) {
        self.shared.making().remove(&self.key);
    }
}

impl<K, V> fmt::Debug for Lasting<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lasting")
            .field("kept", &self.shared.kept)
            .finish_non_exhaustive()
    }
}

impl<K, V> Lasting<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Keeps at most about `most` things, each until it is older than `fresh`.
    pub(crate) fn new(most: usize, fresh: TimeDelta) -> Self {
        Self {
            shared: Arc::new(Shared {
                kept: Kept::new(most, fresh),
                making: Mutex::new(HashMap::new()),
                places: Semaphore::new(AT_ONCE),
            }),
            tasks: TaskTracker::new(),
        }
    }

    /// The thing of a key, made when there is none that is fresh; whoever asks meanwhile waits for it. When making it fails,
    /// who had begun it is told why, and the next one makes it.
    pub(crate) async fn of<E>(
        &self,
        key: &K,
        now: DateTime<Utc>,
        make: impl Future<Output = Result<V, E>> + Send + 'static,
    ) -> Result<Arc<V>, E>
    where
        E: From<JoinError> + Send + 'static,
    {
        let place = loop {
            let mut under_way = {
                let mut making = self.shared.making();
                if let Some(known) = self.shared.kept.known(key, now) {
                    return Ok(known);
                }
                let Some(under_way) = making.get(key) else {
                    let (over, under_way) = watch::channel(());
                    making.insert(key.clone(), under_way);
                    break Making {
                        shared: Arc::clone(&self.shared),
                        key: key.clone(),
                        _over: over,
                    };
                };
                under_way.clone()
            };
            // That it closes is what is waited for.
            let _ = under_way.changed().await;
        };
        let making = self.tasks.spawn(async move {
            // Nobody closes it.
            let _permit = place.shared.places.acquire().await.ok();
            let new = Arc::new(make.await?);
            place.shared.kept.keep(&place.key, now, &new);
            Ok(new)
        });
        making.await?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::{future::join_all, poll};

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[derive(Debug, PartialEq)]
    enum Failed {
        Itself,
        Task,
    }

    impl From<JoinError> for Failed {
        fn from(_: JoinError) -> Self {
            Self::Task
        }
    }

    /// Counts how often it was made, and makes it once it may.
    struct Slow {
        begun: AtomicUsize,
        go: Semaphore,
    }

    impl Slow {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                begun: AtomicUsize::new(0),
                go: Semaphore::new(0),
            })
        }

        async fn make(self: Arc<Self>) -> Result<usize, Failed> {
            let nth = self.begun.fetch_add(1, Ordering::SeqCst);
            self.go.acquire().await.unwrap().forget();
            Ok(nth)
        }
    }

    fn lasting() -> Lasting<u8, usize> {
        Lasting::new(8, TimeDelta::minutes(10))
    }

    #[tokio::test]
    async fn it_is_made_once_though_all_who_asked_have_left() {
        let (lasting, slow) = (lasting(), Slow::new());
        for _ in 0..20 {
            let mut asker = Box::pin(lasting.of(&1, NOW, Arc::clone(&slow).make()));
            assert!(poll!(&mut asker).is_pending());
            tokio::task::yield_now().await;
        }
        assert_eq!(lasting.tasks.len(), 1, "one task, however many asked");
        slow.go.add_permits(1);
        lasting.tasks.close();
        lasting.tasks.wait().await;
        let kept = lasting.of(&1, NOW, async { Err(Failed::Itself) }).await;
        assert_eq!(kept.map(|made| *made), Ok(0), "nobody was there, and it is made");
        assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
        let later = NOW + TimeDelta::minutes(10);
        let anew = lasting.of(&1, later, async { Ok::<_, Failed>(7) }).await;
        assert_eq!(anew.map(|made| *made), Ok(7), "it was too old");
    }

    #[tokio::test]
    async fn whoever_waits_gets_what_the_first_one_made() {
        let (lasting, slow) = (lasting(), Slow::new());
        let ask = || lasting.of(&1, NOW, Arc::clone(&slow).make());
        let (first, second, ()) = tokio::join!(ask(), ask(), async { slow.go.add_permits(1) });
        assert_eq!((*first.unwrap(), *second.unwrap()), (0, 0));
    }

    #[tokio::test]
    async fn after_a_failure_or_a_panic_the_next_one_makes_it() {
        let lasting = lasting();
        let failed = lasting.of(&1, NOW, async { Err(Failed::Itself) }).await;
        assert_eq!(failed, Err(Failed::Itself));
        let broken = lasting.of(&1, NOW, async { panic!("it breaks") }).await;
        assert_eq!(broken, Err(Failed::Task));
        let made = lasting.of(&1, NOW, async { Ok::<_, Failed>(3) }).await;
        assert_eq!(made.map(|made| *made), Ok(3));
        assert!(lasting.shared.making().is_empty());
    }

    #[tokio::test]
    async fn so_many_are_made_at_once_and_the_others_after_them() {
        let (lasting, slow) = (lasting(), Slow::new());
        let keys: Vec<u8> = (0..u8::try_from(AT_ONCE).unwrap() + 2).collect();
        let mut all = Box::pin(join_all(
            keys.iter()
                .map(|key| lasting.of(key, NOW, Arc::clone(&slow).make())),
        ));
        assert!(poll!(&mut all).is_pending());
        // One thread has all the tasks: each has gone as far as it can before this goes on.
        tokio::task::yield_now().await;
        assert_eq!(slow.begun.load(Ordering::SeqCst), AT_ONCE);
        slow.go.add_permits(keys.len());
        let mut made: Vec<usize> = all.await.into_iter().map(|made| *made.unwrap()).collect();
        made.sort_unstable();
        assert_eq!(made, (0..keys.len()).collect::<Vec<_>>());
    }
}
