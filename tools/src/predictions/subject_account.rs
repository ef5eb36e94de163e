//! Customers as something that can be scored: by whether they leave.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Dataset,
    features::{ACCOUNT_FEATURES, Accounts, Belief, Feature, Kind, Usual, UsualHistory, account_dataset},
};
use crm_store::{
    StoreError, TenantTx,
    history::{AccountHistory, Which},
    models::ModelKind,
};
use uuid::Uuid;

use super::subject::Subject;

impl Subject for AccountHistory {
    const KIND: ModelKind = ModelKind::Churn;
    type Of = Accounts;
    /// A customer has all its deals, cases and messages: far more is known of it than of a deal.
    const MOST: u32 = 10_000;

    fn features() -> &'static [Feature<Accounts>] {
        &ACCOUNT_FEATURES
    }

    async fn page(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        tx.account_histories(which, after, most).await
    }

    async fn outlines(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        tx.account_outlines(which, after, most).await
    }

    fn usual(these: &[Self], _window: TimeDelta, now: DateTime<Utc>) -> UsualHistory {
        UsualHistory::of_accounts(these, now)
    }

    fn dataset(these: &[Self], usual: &UsualHistory, _window: TimeDelta, now: DateTime<Utc>) -> Dataset {
        account_dataset(these, usual, now)
    }

    fn id(&self) -> Uuid {
        Self::id(self)
    }

    fn has_ended(&self, now: DateTime<Utc>) -> bool {
        !self.is_customer(now)
    }

    fn at(&self, now: DateTime<Utc>) -> <Accounts as Kind>::At<'_> {
        Self::at(self, now)
    }

    fn prior(&self, _now: DateTime<Utc>, usual: &Usual) -> Belief {
        usual.account_belief()
    }
}
