//! What is expensive to make, kept for a while and made once, however many ask for it at the same time.

mod lasting;

pub(crate) use lasting::Lasting;

use std::{fmt, hash::Hash, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;

/// Something made, and when.
type Dated<V> = (DateTime<Utc>, Arc<V>);

/// Things by their keys. The ones that nobody asks for give way, and whoever asks for any lets go of all that are too old.
pub(crate) struct Kept<K, V> {
    made: Cache<K, Dated<V>>,
    fresh: TimeDelta,
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("fresh", &self.fresh)
            .finish_non_exhaustive()
    }
}

impl<K: Eq + Hash + Clone, V> Kept<K, V> {
    /// Keeps at most about `most` things, each until it is older than `fresh`.
    pub(crate) fn new(most: usize, fresh: TimeDelta) -> Self {
        Self {
            made: Cache::new(most),
            fresh,
        }
    }

    /// The thing of a key, made when there is none that is fresh. Whoever asks meanwhile waits for it; when making it fails
    /// or its maker goes away, the next one makes it.
    pub(crate) async fn of<E>(
        &self,
        key: &K,
        now: DateTime<Utc>,
        make: impl Future<Output = Result<V, E>>,
    ) -> Result<Arc<V>, E> {
        self.forget(now);
        match self.made.get_value_or_guard_async(key).await {
            Ok((_, known)) => Ok(known),
            Err(place) => {
                let new = Arc::new(make.await?);
                // It is only not kept when somebody took it away meanwhile.
                let _ = place.insert((now, Arc::clone(&new)));
                Ok(new)
            }
        }
    }

    /// The thing of a key, if there is one that is fresh.
    fn known(&self, key: &K, now: DateTime<Utc>) -> Option<Arc<V>> {
        self.forget(now);
        self.made.get(key).map(|(_, known)| known)
    }

    /// Keeps what was made at a moment.
    fn keep(&self, key: &K, now: DateTime<Utc>, made: &Arc<V>) {
        self.made.insert(key.clone(), (now, Arc::clone(made)));
    }

    /// Lets go of what is too old.
    fn forget(&self, now: DateTime<Utc>) {
        self.made
            .retain(|_, (since, _)| now.signed_duration_since(*since) < self.fresh);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Barrier;

    use super::*;

    #[tokio::test]
    async fn it_is_made_once_for_all_who_ask_and_anew_when_it_is_old() {
        let kept: Kept<u8, usize> = Kept::new(8, TimeDelta::minutes(10));
        let (made, now) = (AtomicUsize::new(0), DateTime::UNIX_EPOCH);
        let together = Barrier::new(2);
        let slowly = || async {
            together.wait().await;
            Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst))
        };
        // The maker waits until somebody else has asked.
        let ask = || kept.of(&1, now, slowly());
        let (first, second, ()) = tokio::join!(ask(), ask(), async {
            together.wait().await;
        });
        assert_eq!((*first.unwrap(), *second.unwrap()), (0, 0));
        let soon = now + TimeDelta::minutes(9);
        let at_once = async { Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst)) };
        assert_eq!(*kept.of(&1, soon, at_once).await.unwrap(), 0);
        let later = now + TimeDelta::minutes(10);
        let anew = async { Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst)) };
        assert_eq!(*kept.of(&1, later, anew).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_too_old_is_let_go_by_whoever_asks_for_something_else() {
        let kept: Kept<u8, u8> = Kept::new(8, TimeDelta::minutes(10));
        let now = DateTime::UNIX_EPOCH;
        let one = kept.of(&1, now, async { Ok::<_, ()>(1) }).await.unwrap();
        let held = Arc::downgrade(&one);
        drop(one);
        let soon = now + TimeDelta::minutes(9);
        kept.of(&2, soon, async { Ok::<_, ()>(2) }).await.unwrap();
        assert!(held.upgrade().is_some(), "it is fresh");
        let later = now + TimeDelta::minutes(10);
        kept.of(&3, later, async { Ok::<_, ()>(3) }).await.unwrap();
        assert!(held.upgrade().is_none());
        let known = kept.of(&2, later, async { Err("nobody makes it again") }).await;
        assert_eq!(known.map(|made| *made), Ok(2));
    }

    #[tokio::test]
    async fn after_a_failure_the_next_one_makes_it() {
        let kept: Kept<u8, u8> = Kept::new(8, TimeDelta::minutes(10));
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(kept.of(&1, now, async { Err(7) }).await, Err(7));
        assert_eq!(
            kept.of(&1, now, async { Ok::<_, u8>(3) }).await.map(|made| *made),
            Ok(3)
        );
    }
}
