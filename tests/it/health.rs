//! The health of customers: who counts as one, when somebody has left, what is learned of that, and who is told what.

mod http;
mod looks;
mod said;
mod scored;
mod standing;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, Store, TenantStore,
    catalog::{ACCOUNT, CASE, CONTRACT, Object},
    history::{AccountHistory, Which},
    models::ModelKind,
    records::{Draft, Value},
};
use crm_tests::harness::TestDb;
use sqlx::PgPool;
use uuid::Uuid;

use crate::win_support::create;

/// When the past begins.
const BEGIN: &str = "2025-01-06T09:00:00Z";

/// A tenant whose time the test moves.
struct World {
    clock: Arc<FixedClock>,
    store: Store,
    tenant: TenantStore,
    owner: PgPool,
    _db: TestDb,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at(BEGIN.parse().unwrap()));
        let store = db.store_at(clock.clone()).await;
        let (tenant, _) = db.tenant_in(&store, "acme").await;
        let owner = db.owner().await;
        Self {
            clock,
            store,
            tenant,
            owner,
            _db: db,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.tenant.clock().now()
    }

    fn days(&self, days: i64) {
        self.clock.advance(TimeDelta::days(days));
    }

    async fn customer(&self, name: &str) -> Uuid {
        let draft = Draft::new(&ACCOUNT).with("name", name).with("type", "customer");
        create(&self.tenant, draft).await
    }

    async fn contract(&self, account: Uuid, days: i64, auto_renew: bool) -> Uuid {
        let end = (self.now() + TimeDelta::days(days)).date_naive();
        let draft = Draft::new(&CONTRACT)
            .with("name", "Contract")
            .with("account_id", Value::Id(account))
            .with("status", "activated")
            .with("end_date", end)
            .with("auto_renew", auto_renew);
        create(&self.tenant, draft).await
    }

    /// A case that is escalated and not solved.
    async fn trouble(&self, account: Uuid) {
        let draft = Draft::new(&CASE)
            .with("subject", "It does not work")
            .with("account_id", Value::Id(account))
            .with("is_escalated", true);
        create(&self.tenant, draft).await;
    }

    async fn set(&self, object: &'static Object, id: Uuid, field: &'static str, to: &str) {
        let mut tx = self.tenant.begin().await.unwrap();
        let draft = Draft::new(object).with(field, to);
        tx.records(object).update(id, draft, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn leave(&self, account: Uuid) {
        self.set(&ACCOUNT, account, "type", "former_customer").await;
    }

    /// A model that speaks, as far as the database knows.
    async fn model(&self, number: i32, state: &str) -> Uuid {
        let model = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO predictive_models (tenant_id, id, kind, number, state, why, artifact, trained_at, activated_at, \
                 created_at, updated_at) \
             SELECT t.id, $1, 'churn', $2, $3, 'It was trained.', 'x', $4, $4, $4, $4 FROM tenants t",
        )
        .bind(model)
        .bind(number)
        .bind(state)
        .bind(self.now())
        .execute(&self.owner)
        .await
        .unwrap();
        model
    }

    /// That a model said something of an account, now and for the last time so far.
    async fn said(&self, account: Uuid, model: Option<Uuid>, risk: f64) {
        sqlx::query("UPDATE account_scores SET is_latest = false WHERE account_id = $1")
            .bind(account)
            .execute(&self.owner)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO account_scores (tenant_id, id, account_id, model_id, state, probability, low, high, log_odds, prior, \
                 terms, as_of, scored_at) \
             SELECT t.id, $1, $2, $3, CASE WHEN $3 IS NULL THEN 'prior' ELSE 'model' END, $4, $4 / 2, ($4 + 1) / 2, -2.2, 0.1, \
                 '[]', $5, $5 FROM tenants t",
        )
        .bind(Uuid::now_v7())
        .bind(account)
        .bind(model)
        .bind(risk)
        .bind(self.now())
        .execute(&self.owner)
        .await
        .unwrap();
    }

    async fn known(&self, account: Uuid) -> AccountHistory {
        let mut tx = self.tenant.predicting().begin().await.unwrap();
        let found = tx.account_histories(Which::Ids(&[account]), None, 1).await;
        found.unwrap().pop().unwrap()
    }
}

#[tokio::test]
async fn of_too_many_customers_the_same_sample_is_learned_from_each_time() {
    let world = World::new().await;
    let mut customers = Vec::new();
    for n in 0..9 {
        customers.push(world.customer(&format!("Customer {n}")).await);
    }
    world.leave(customers[0]).await;
    world.set(&ACCOUNT, customers[1], "type", "partner").await;
    let stranger = Draft::new(&ACCOUNT)
        .with("name", "Stranger")
        .with("type", "prospect");
    create(&world.tenant, stranger).await;
    let other = Draft::new(&ACCOUNT).with("name", "Signed").with("type", "other");
    let signed = create(&world.tenant, other).await;
    world.contract(signed, 90, false).await;
    customers.push(signed);
    customers.sort_unstable();

    let mut tx = world.tenant.predicting().begin().await.unwrap();
    let all = tx.lessons(ModelKind::Churn, world.now(), 10).await.unwrap();
    let taken = tx.account_histories(all.which, None, 100).await.unwrap();
    let ids: Vec<Uuid> = taken.iter().map(AccountHistory::id).collect();
    assert_eq!(
        (ids, all.left_out),
        (customers.clone(), 0),
        "who is or was a customer, and nobody else"
    );
    let mut samples = Vec::new();
    for _ in 0..2 {
        let some = tx.lessons(ModelKind::Churn, world.now(), 4).await.unwrap();
        assert_eq!(some.left_out, 6);
        let mut page = tx.account_histories(some.which, None, 3).await.unwrap();
        let after = page.last().map(AccountHistory::id);
        page.extend(tx.account_histories(some.which, after, 3).await.unwrap());
        samples.push(page.iter().map(AccountHistory::id).collect::<Vec<_>>());
    }
    assert_eq!(samples[0].len(), 4);
    assert!(samples[0].iter().all(|id| customers.contains(id)));
    assert_eq!(samples[0], samples[1]);
}
