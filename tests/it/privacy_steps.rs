//! An erasure goes in short transactions, is taken up where it stood, and is receipted when nothing is left.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use crm_store::{
    FixedClock, Store, TenantStore, catalog,
    jobs::JobClaim,
    privacy::{ERASE_JOB, Plan, Receipt, Subject},
    records::Draft,
};
use crm_tests::harness::TestDb;
use sqlx::PgPool;
use uuid::Uuid;

use crate::privacy_support::found;

const MAIL: &str = "zebulon@marker.example";

struct World {
    db: TestDb,
    store: Store,
    acme: TenantStore,
    clock: Arc<FixedClock>,
    owner: PgPool,
    contact: Uuid,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at(
            chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        ));
        let store = db.store_at(clock.clone()).await;
        let acme = db.tenant_in(&store, "acme").await.0;
        let owner = db.owner().await;
        let mut tx = acme.begin().await.unwrap();
        let draft = Draft::new(&catalog::CONTACT)
            .with("first_name", "Zebulon")
            .with("last_name", "Quagmire")
            .with("email", MAIL);
        let contact = tx.records(&catalog::CONTACT).create(draft).await.unwrap().id;
        let other = Draft::new(&catalog::CASE)
            .with("subject", "Another")
            .with("description", format!("{MAIL} told me"));
        tx.records(&catalog::CASE).create(other).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            db,
            store,
            acme,
            clock,
            owner,
            contact,
        }
    }

    async fn ask(&self, subject: Subject) -> Uuid {
        let mut tx = self.acme.begin().await.unwrap();
        let id = tx.privacy().erase(&subject).await.unwrap().id;
        tx.commit().await.unwrap();
        id
    }

    async fn claim(&self, worker: &str) -> JobClaim {
        let mut tx = self.store.system().await.unwrap();
        let mut claims = tx
            .jobs()
            .claim(worker, &[ERASE_JOB], 1, Duration::from_mins(1))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        claims.pop().unwrap()
    }

    /// Does up to so many steps as the worker does them. Returns how many there were.
    async fn steps(&self, claim: &JobClaim, id: Uuid, most: usize) -> usize {
        let store = self.store.open(&claim.grant);
        let mut tx = store.begin().await.unwrap();
        let plan = tx.privacy().plan(id).await.unwrap();
        assert!(matches!(plan, Some(Plan::Person { .. })), "{plan:?}");
        let structure = tx.privacy().structure().await.unwrap();
        tx.commit().await.unwrap();
        for done in 0..most {
            let mut tx = store.begin().await.unwrap();
            let step = tx.privacy().next_step(id, &structure).await.unwrap();
            tx.commit().await.unwrap();
            let Some(step) = step else { return done };
            // Twice, as two workers would that both believe to have the job: the second time does nothing.
            for _ in 0..2 {
                let mut tx = store.begin().await.unwrap();
                tx.privacy()
                    .do_step(id, claim, &step, 1, &structure)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        }
        most
    }

    async fn state(&self, id: Uuid) -> (String, Option<Receipt>, bool) {
        let (state, receipt, clean): (String, Option<String>, bool) = sqlx::query_as(
            "SELECT state, receipt, subject IS NULL AND progress IS NULL FROM erasures WHERE id = $1",
        )
        .bind(id)
        .fetch_one(&self.owner)
        .await
        .unwrap();
        (
            state,
            receipt.map(|text| serde_json::from_str(&text).unwrap()),
            clean,
        )
    }
}

#[tokio::test]
async fn whoever_takes_an_erasure_over_goes_on_where_it_stood() {
    let world = World::new().await;
    let many = 1_200;
    sqlx::query(
        "INSERT INTO activities (tenant_id, id, type, subject, contact_id, occurred_at, created_at, updated_at) \
         SELECT $1, gen_random_uuid(), 'call', 'Called Zebulon Quagmire', $2, now(), now(), now() FROM generate_series(1, $3)",
    )
    .bind(world.acme.grant().tenant().uuid())
    .bind(world.contact)
    .bind(many)
    .execute(&world.owner)
    .await
    .unwrap();
    let id = world.ask(Subject::Email(MAIL.to_owned())).await;
    let left = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM activities")
            .fetch_one(&world.owner)
            .await
            .unwrap()
    };

    let first = world.claim("first").await;
    assert_eq!(world.steps(&first, id, 1).await, 1);
    assert_eq!(left().await, i64::from(many) - 500, "a step is bounded");
    // It gets as far as the contact and dies: who the person was is known still, and nothing is receipted.
    assert_eq!(world.steps(&first, id, 3).await, 3);
    let contacts: i64 = sqlx::query_scalar("SELECT count(*) FROM contacts")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!((left().await, contacts), (0, 0));
    assert_eq!(world.state(id).await, ("waiting".to_owned(), None, false));
    assert!(!found(&world.owner, None, "zebulon").await.is_empty());

    world.clock.advance(TimeDelta::minutes(5));
    let second = world.claim("second").await;
    assert!(
        world.steps(&second, id, 10_000).await > 20,
        "one for each table with text"
    );
    // The first one wakes up and believes that it is done.
    for (claim, finished) in [(&first, false), (&second, true)] {
        let mut tx = world.store.open(&claim.grant).begin().await.unwrap();
        let done = tx.privacy().finish(id, claim).await.unwrap();
        assert_eq!(done, finished, "{claim:?}");
        if done {
            tx.commit().await.unwrap();
        }
    }
    let (state, receipt, clean) = world.state(id).await;
    assert_eq!((state.as_str(), clean), ("done", true));
    let receipt = receipt.unwrap();
    let place = |name: &str| {
        receipt
            .places
            .iter()
            .find(|place| place.place == name)
            .map(|place| (place.deleted, place.changed))
    };
    assert_eq!(place("activities"), Some((1_200, 0)), "{receipt:#?}");
    assert_eq!(place("contacts"), Some((1, 0)));
    assert_eq!(place("cases"), Some((0, 1)));
    for text in ["zebulon", "quagmire"] {
        assert_eq!(
            found(&world.owner, None, text).await,
            Vec::<String>::new(),
            "{text}"
        );
    }
    drop(world.db);
}

#[tokio::test]
async fn a_lead_and_the_contact_that_it_became_are_one_person() {
    let world = World::new().await;
    sqlx::query(
        "INSERT INTO leads (tenant_id, id, last_name, first_name, email, status, is_converted, converted_contact_id, converted_at, created_at, updated_at) \
         VALUES ($1, gen_random_uuid(), 'Quagmire', 'Zeb', 'zeb@elsewhere.example', 'converted', true, $2, now(), now(), now())",
    )
    .bind(world.acme.grant().tenant().uuid())
    .bind(world.contact)
    .execute(&world.owner)
    .await
    .unwrap();
    let mut tx = world.acme.begin().await.unwrap();
    let case = Draft::new(&catalog::CASE).with("subject", "Asked by zeb@elsewhere.example");
    tx.records(&catalog::CASE).create(case).await.unwrap();
    tx.commit().await.unwrap();
    let id = world.ask(Subject::Contact(world.contact)).await;
    let claim = world.claim("worker").await;
    world.steps(&claim, id, 10_000).await;
    let mut tx = world.store.open(&claim.grant).begin().await.unwrap();
    assert!(tx.privacy().finish(id, &claim).await.unwrap());
    tx.commit().await.unwrap();
    for text in [MAIL, "zeb@elsewhere.example", "quagmire"] {
        assert_eq!(
            found(&world.owner, None, text).await,
            Vec::<String>::new(),
            "{text}"
        );
    }
}
