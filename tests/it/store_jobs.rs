//! Background work: one waiting job per key, leases, fairness, crashes.

mod fairness;

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, TimeZone, Utc};
use crm_store::{
    Actor, Clock, FixedClock, Heard, Store, TenantStore,
    jobs::{Failed, JOBS_CHANNEL, JobClaim, JobState, NewJob},
};
use crm_tests::harness::TestDb;
use serde_json::{Value, json};

const KIND: &str = "index_article";
const LEASE: Duration = Duration::from_mins(1);

struct World {
    db: TestDb,
    clock: Arc<FixedClock>,
    store: Store,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at(Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).unwrap()));
        let store = db.store_at(Arc::clone(&clock) as Arc<dyn Clock>).await;
        Self { db, clock, store }
    }

    async fn tenant(&self, slug: &str) -> TenantStore {
        self.db.tenant_in(&self.store, slug).await.0
    }

    async fn claim(&self, worker: &str, limit: i64) -> Vec<JobClaim> {
        let mut tx = self.store.system().await.unwrap();
        let claims = tx.jobs().claim(worker, &[KIND], limit, LEASE).await.unwrap();
        tx.commit().await.unwrap();
        claims
    }

    async fn complete(&self, claim: &JobClaim) -> bool {
        let mut tx = self.store.system().await.unwrap();
        let done = tx.jobs().complete(claim).await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    async fn fail(&self, claim: &JobClaim) -> Failed {
        let mut tx = self.store.system().await.unwrap();
        let failed = tx.jobs().fail(claim, "no luck").await.unwrap();
        tx.commit().await.unwrap();
        failed
    }

    fn later(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

async fn enqueue(store: &TenantStore, keys: &[&str]) {
    let mut tx = store.begin().await.unwrap();
    for key in keys {
        tx.jobs().enqueue(&NewJob::new(KIND, *key)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn keys(claims: &[JobClaim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.key.as_str()).collect()
}

#[tokio::test]
async fn a_claim_opens_the_jobs_tenant_as_the_job() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a"]).await;

    let claims = world.claim("w1", 10).await;

    assert_eq!(keys(&claims), ["a"]);
    assert_eq!(claims[0].grant.tenant(), acme.grant().tenant());
    assert_eq!(claims[0].grant.actor(), Actor::Job(claims[0].id));
    assert_eq!(world.claim("w2", 10).await, [], "it is taken");
    let mut tx = world.store.open(&claims[0].grant).begin().await.unwrap();
    assert_eq!(
        tx.jobs().get(claims[0].id).await.unwrap().unwrap().state,
        JobState::Leased
    );
    assert!(
        tx.jobs().complete(&claims[0]).await.unwrap(),
        "together with what the job wrote"
    );
    tx.commit().await.unwrap();
    world.later(3600);
    assert_eq!(world.claim("w1", 10).await, []);
}

#[tokio::test]
async fn equal_jobs_that_wait_are_one() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a", "a", "b"]).await;
    enqueue(&acme, &["a"]).await;
    let mut tx = acme.begin().await.unwrap();
    tx.jobs()
        .enqueue_all(KIND, &["b".to_owned(), "c".to_owned(), "c".to_owned()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let claims = world.claim("w1", 10).await;
    let mut keys = keys(&claims);
    keys.sort_unstable();
    assert_eq!(keys, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_change_while_the_job_is_taken_is_done_afterwards() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a"]).await;
    let first = world.claim("w1", 10).await;

    enqueue(&acme, &["a"]).await;

    assert_eq!(
        world.claim("w2", 10).await,
        [],
        "two workers never have the same key"
    );
    assert!(world.complete(&first[0]).await);
    assert_eq!(
        keys(&world.claim("w2", 10).await),
        ["a"],
        "the later change is not lost"
    );
}

#[tokio::test]
async fn a_change_that_is_not_committed_yet_keeps_workers_off_the_waiting_job() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a"]).await;
    let mut changing = acme.begin().await.unwrap();
    changing.jobs().enqueue(&NewJob::new(KIND, "a")).await.unwrap();

    assert_eq!(
        world.claim("w1", 10).await,
        [],
        "or it would read the record before the change"
    );
    changing.commit().await.unwrap();

    assert_eq!(keys(&world.claim("w1", 10).await), ["a"]);
}

#[tokio::test]
async fn a_job_fails_with_doubling_pauses_until_it_is_dead() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let mut tx = acme.begin().await.unwrap();
    tx.jobs()
        .enqueue(&NewJob {
            max_attempts: 3,
            ..NewJob::new(KIND, "a")
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();

    for (attempt, pause) in [(1, 1), (2, 2)] {
        let claim = world.claim("w1", 1).await.remove(0);
        assert_eq!(claim.attempt, attempt);
        let at = world.clock.now() + TimeDelta::seconds(pause);
        assert_eq!(world.fail(&claim).await, Failed::Retry { at });
        world.later(pause - 1);
        assert_eq!(world.claim("w1", 1).await, [], "not before its time");
        world.later(1);
    }
    let last = world.claim("w1", 1).await.remove(0);
    assert_eq!(world.fail(&last).await, Failed::Dead);
    world.later(7200);
    assert_eq!(world.claim("w1", 1).await, []);
    let mut tx = acme.begin().await.unwrap();
    let dead = tx.jobs().dead(10).await.unwrap();
    assert_eq!((dead.len(), dead[0].last_error.as_deref()), (1, Some("no luck")));
    assert_eq!(tx.jobs().backlog(KIND).await.unwrap().dead, 1);
    drop(tx);

    let mut tx = world.store.system().await.unwrap();
    assert_eq!(tx.jobs().revive(acme.grant().tenant(), KIND).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(world.claim("w1", 1).await.remove(0).attempt, 1);
}

#[tokio::test]
async fn a_job_whose_worker_died_is_taken_again_and_the_dead_worker_is_refused() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a"]).await;
    let lost = world.claim("w1", 1).await.remove(0);
    world.later(59);
    assert_eq!(world.claim("w2", 1).await, []);
    world.later(2);

    let again = world.claim("w2", 1).await.remove(0);

    assert_eq!((again.id, again.attempt), (lost.id, 2));
    let mut late = lost.clone();
    let mut tx = world.store.system().await.unwrap();
    assert!(!tx.jobs().extend(&mut late, LEASE).await.unwrap());
    tx.commit().await.unwrap();
    assert!(!world.complete(&lost).await);
    assert_eq!(world.fail(&lost).await, Failed::Lost);
    assert!(world.complete(&again).await);
}

#[tokio::test]
async fn a_job_that_kills_its_workers_dies_in_the_end() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let mut tx = acme.begin().await.unwrap();
    tx.jobs()
        .enqueue(&NewJob {
            max_attempts: 2,
            ..NewJob::new(KIND, "a")
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.claim("w1", 1).await.len(), 1);
        world.later(61);
    }
    assert_eq!(world.claim("w1", 1).await, []);
    let mut tx = acme.begin().await.unwrap();
    assert_eq!(
        tx.jobs().dead(10).await.unwrap()[0].last_error.as_deref(),
        Some("the worker was lost")
    );
}

#[tokio::test]
async fn a_lease_can_be_kept_and_a_job_be_given_back() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a"]).await;
    let mut claim = world.claim("w1", 1).await.remove(0);
    for _ in 0..3 {
        world.later(50);
        let mut tx = world.store.system().await.unwrap();
        assert!(tx.jobs().extend(&mut claim, LEASE).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(world.claim("w2", 1).await, []);

    let mut tx = world.store.system().await.unwrap();
    tx.jobs().release(&claim).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(
        world.claim("w2", 1).await.remove(0).attempt,
        1,
        "giving back is no failure"
    );
}

#[tokio::test]
async fn a_failed_job_gives_way_to_a_later_one_for_its_key() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a"]).await;
    let claim = world.claim("w1", 1).await.remove(0);
    enqueue(&acme, &["a"]).await;
    assert_eq!(world.fail(&claim).await, Failed::Replaced);
    assert_eq!(world.claim("w1", 10).await.len(), 1);
}

#[tokio::test]
async fn what_a_waiting_job_was_asked_to_do_stays_asked() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let add = async |payload: Value, days: i64| {
        let job = NewJob {
            payload,
            run_at: Some(world.clock.now() + TimeDelta::days(days)),
            ..NewJob::new(KIND, "a")
        };
        let mut tx = acme.begin().await.unwrap();
        tx.jobs().enqueue(&job).await.unwrap();
        tx.commit().await.unwrap();
    };
    add(json!({"asked": true, "by": "x"}), 0).await;
    add(json!({}), 7).await;
    add(json!({"by": "y"}), 7).await;
    let claim = world.claim("w1", 1).await.remove(0);
    assert_eq!(claim.payload, json!({"asked": true, "by": "y"}));
}

#[tokio::test]
async fn listeners_hear_of_a_job_when_its_transaction_commits() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let mut listener = world.store.listen(&[JOBS_CHANNEL]).await.unwrap();

    let mut rolled_back = acme.begin().await.unwrap();
    rolled_back
        .jobs()
        .enqueue(&NewJob::new(KIND, "never"))
        .await
        .unwrap();
    drop(rolled_back);
    enqueue(&acme, &["a"]).await;

    let heard = tokio::time::timeout(Duration::from_mins(2), listener.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        heard,
        Heard::Message {
            channel: JOBS_CHANNEL.to_owned(),
            payload: String::new()
        }
    );
    assert_eq!(keys(&world.claim("w1", 10).await), ["a"]);
}

#[tokio::test]
async fn jobs_that_are_done_are_forgotten_after_a_while() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    enqueue(&acme, &["a", "b"]).await;
    let claims = world.claim("w1", 2).await;
    world.complete(&claims[0]).await;
    world.later(100);
    let mut tx = world.store.system().await.unwrap();
    assert_eq!(tx.jobs().purge(world.clock.now()).await.unwrap(), 1);
    assert_eq!(tx.jobs().backlog(KIND).await.unwrap().leased, 1);
}
