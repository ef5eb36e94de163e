//! The health of customers: who counts as one, when somebody has left, what is learned of that, and who is told what.

mod http;
mod scored;
mod standing;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, Store, TenantStore,
    catalog::{ACCOUNT, CASE, CONTRACT, Object},
    history::{AccountHistory, Which},
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

    async fn known(&self, account: Uuid) -> AccountHistory {
        let mut tx = self.tenant.predicting().begin().await.unwrap();
        let found = tx.account_histories(Which::Ids(&[account]), None, 1).await;
        found.unwrap().pop().unwrap()
    }
}
