//! What was known of deals, leads and accounts at a moment, and what is told of it as features.

mod access;
mod bad;
mod bound;
mod came;
mod converted;
mod demo;
mod ends;
mod leak;
mod mix;
mod moves;
mod names;
mod offer;
mod plans;
mod rights;
mod stages;
mod values;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{ACCOUNT_FEATURES, DEAL_FEATURES, Feature, Kind, LEAD_FEATURES, Usual, UsualHistory},
};
use crm_store::{
    FixedClock, Grant, Store, StoreError, TenantStore,
    auth::MemberToBe,
    catalog::Object,
    history::{AccountHistory, DealHistory, LeadHistory, Which},
    records::Draft,
    scores::ALL_RECORDS,
};
use crm_tests::harness::TestDb;
use serde_json::{Map, Value as Json};
use sqlx::PgPool;
use uuid::Uuid;

/// A tenant with its administrator, on a clock of the test.
struct World {
    _db: TestDb,
    store: Store,
    clock: Arc<FixedClock>,
    admin: TenantStore,
    grant: Grant,
    owner: PgPool,
}

impl World {
    async fn new(start: DateTime<Utc>) -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at(start));
        let store = db.store_at(Arc::clone(&clock) as Arc<dyn crm_store::Clock>).await;
        let (admin, grant) = db.tenant_in(&store, "acme").await;
        let owner = db.owner().await;
        Self {
            _db: db,
            store,
            clock,
            admin,
            grant,
            owner,
        }
    }

    fn tenant(&self) -> Uuid {
        self.grant.tenant().uuid()
    }

    fn now(&self) -> DateTime<Utc> {
        crm_store::Clock::now(&*self.clock)
    }

    fn pass(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours));
    }

    async fn person(&self, name: &str, role: &str) -> (Uuid, TenantStore) {
        let email = format!("{name}@acme.test");
        let member = MemberToBe {
            email: &email,
            name,
            role,
            password: None,
        };
        self.store.ensure_member("acme", &member).await.unwrap();
        let grant = self.store.operate("acme", Some(&email)).await.unwrap().unwrap();
        (grant.actor().id(), self.store.open(&grant))
    }

    /// The tenant as its jobs see it.
    async fn job(&self) -> TenantStore {
        let grant = self.store.operate("acme", None).await.unwrap().unwrap();
        self.store.open(&grant)
    }
}

fn body(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(members) => members,
        other => panic!("{other} is no body"),
    }
}

async fn try_create(store: &TenantStore, object: &'static Object, json: Json) -> Result<Uuid, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let draft = Draft::from_json(object, &body(json), &access)?;
    let record = tx.records(object).create(draft).await?;
    tx.commit().await?;
    Ok(record.id)
}

async fn create(store: &TenantStore, object: &'static Object, json: Json) -> Uuid {
    let shown = json.to_string();
    match try_create(store, object, json).await {
        Ok(id) => id,
        Err(error) => panic!("{} {shown}: {error:?}", object.name),
    }
}

async fn try_update(
    store: &TenantStore,
    object: &'static Object,
    id: Uuid,
    json: Json,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let draft = Draft::from_json(object, &body(json), &access)?;
    tx.records(object).update(id, draft, None).await?;
    tx.commit().await
}

async fn update(store: &TenantStore, object: &'static Object, id: Uuid, json: Json) {
    let shown = json.to_string();
    if let Err(error) = try_update(store, object, id, json).await {
        panic!("{} {shown}: {error:?}", object.name);
    }
}

/// Everything that is known of a tenant.
struct Known {
    deals: Vec<DealHistory>,
    leads: Vec<LeadHistory>,
    accounts: Vec<AccountHistory>,
    usual: UsualHistory,
}

impl Known {
    async fn load(store: &TenantStore) -> Self {
        let mut tx = store.begin().await.unwrap();
        let deals = tx.deal_histories(Which::All, None, 5_000).await.unwrap();
        let leads = tx.lead_histories(Which::All, None, 5_000).await.unwrap();
        let accounts = tx.account_histories(Which::All, None, 5_000).await.unwrap();
        Self {
            usual: UsualHistory::new(&deals, &leads),
            deals,
            leads,
            accounts,
        }
    }

    fn deal(&self, id: Uuid) -> &DealHistory {
        self.deals.iter().find(|deal| deal.id() == id).unwrap()
    }
}

fn value_of(deal: &DealHistory, at: DateTime<Utc>, usual: &Usual, name: &str) -> Value {
    let feature = DEAL_FEATURES.iter().find(|feature| feature.name == name).unwrap();
    feature.value(&deal.at(at), usual)
}

/// No two features of a kind have one name, all have words, and none tells of what a person is or says of another.
#[test]
fn nothing_personal_is_a_feature() {
    fn all<K: Kind>(features: &[Feature<K>]) -> Vec<String> {
        features
            .iter()
            .flat_map(|feature| {
                assert!(
                    !feature.label.is_empty() && !feature.rests_on.is_empty(),
                    "{feature:?}"
                );
                std::iter::once(feature.name.to_owned())
                    .chain(feature.rests_on.iter().map(|read| (*read).to_owned()))
            })
            .collect()
    }
    let lists = [all(&DEAL_FEATURES), all(&LEAD_FEATURES), all(&ACCOUNT_FEATURES)];
    let parts = |read: &str| read.split(['.', '_']).map(str::to_owned).collect::<Vec<_>>();
    for read in lists.iter().flatten() {
        for forbidden in [
            "name",
            "salutation",
            "gender",
            "sex",
            "age",
            "birthdate",
            "birth",
            "title",
            "nationality",
            "origin",
            "ethnicity",
            "race",
            "religion",
            "photo",
            "picture",
            "language",
            "country",
            "city",
            "street",
            "postal",
            "description",
            "body",
            "subject",
            "note",
            "notes",
            "comment",
            "marital",
            "health",
            "disability",
        ] {
            let of_the_record = read == "age_days" || read == "age_against_usual";
            assert!(
                of_the_record || !parts(read).iter().any(|part| part == forbidden),
                "{read} has {forbidden} in it"
            );
        }
        // Fields that are read by name are ones that the catalogue has a history of, or that never change. What compares with all
        // records of a kind knows of them what had ended by a moment.
        if let Some((object, field)) = read.split_once('.')
            && field != ALL_RECORDS
        {
            let object = crm_store::catalog::object(object).unwrap();
            let field = object.field(field).unwrap();
            assert!(
                field.tracked || field.name == "created_at",
                "{read} has no history: what was known at a moment cannot be told"
            );
        }
    }
    for features in [
        DEAL_FEATURES
            .iter()
            .map(|feature| feature.name)
            .collect::<Vec<_>>(),
        LEAD_FEATURES.iter().map(|feature| feature.name).collect(),
        ACCOUNT_FEATURES.iter().map(|feature| feature.name).collect(),
    ] {
        let mut names = features.clone();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), features.len());
    }
}

/// What is told of one record, by name, with the sentences.
fn told<K: Kind>(
    features: &[Feature<K>],
    at: &K::At<'_>,
    usual: &Usual,
) -> Vec<(&'static str, Value, String)> {
    features
        .iter()
        .map(|feature| {
            let value = feature.value(at, usual);
            let sentence = feature.sentence(&value, at, usual, crm_predict::features::Direction::Up);
            (feature.name, value, sentence)
        })
        .collect()
}
