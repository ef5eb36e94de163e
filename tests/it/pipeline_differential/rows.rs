//! Deals that are in the database and in memory alike.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use crm_store::{Actor, TenantStore};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use crate::analytics_support::{Deal, World, at, day};

pub(super) const STAGES: &[(&str, &str, &str)] = &[
    ("Prospecting", "open", "pipeline"),
    ("Qualification", "open", "pipeline"),
    ("Perception Analysis", "open", "best_case"),
    ("Negotiation/Review", "open", "commit"),
    ("Closed Won", "won", "closed"),
    ("Closed Lost", "lost", "omitted"),
];
pub(super) const TYPES: &[&str] = &["new_business", "renewal", "upsell"];
pub(super) const INDUSTRIES: &[&str] = &["Retail", "Energy", "Émail"];

/// An account as the reference knows it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) industry: Option<&'static str>,
    pub(super) owner: Option<Uuid>,
}

/// That a field of a deal had a value until a moment.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) deal: Uuid,
    pub(super) at: DateTime<Utc>,
    pub(super) stage: Option<&'static str>,
    pub(super) minor: Option<i64>,
    pub(super) close: Option<NaiveDate>,
}

/// A tenant whose rows are known.
pub(super) struct Rows {
    pub(super) world: World,
    pub(super) deals: Vec<Deal>,
    pub(super) accounts: Vec<Account>,
    /// What was before, by deal.
    pub(super) changes: Vec<Change>,
    /// Names of people by id.
    pub(super) people: BTreeMap<Uuid, String>,
    pub(super) rep: Uuid,
}

/// The id of the person that a store is open for.
pub(crate) fn person_of(store: &TenantStore) -> Uuid {
    match store.grant().actor() {
        Actor::User(user) => user.uuid(),
        other => panic!("{other:?} is no person"),
    }
}

/// The days on which deals are made and close: leap days, ends of months and of the clock's summer.
fn some_day(random: &mut StdRng) -> NaiveDate {
    let special = [
        day(2024, 2, 29),
        day(2023, 2, 28),
        day(2024, 3, 31),
        day(2024, 4, 1),
        day(2023, 10, 29),
        day(2023, 12, 31),
        day(2024, 1, 1),
    ];
    if random.random_bool(0.2) {
        return *special.choose(random).unwrap();
    }
    day(2023, 1, 1) + TimeDelta::days(random.random_range(0..720))
}

impl Rows {
    pub(super) async fn new(seed: u64) -> Self {
        let world = World::new().await;
        let mut random = StdRng::seed_from_u64(seed);
        let random = &mut random;
        let (rep, other) = (person_of(&world.rep), person_of(&world.other));
        let people: BTreeMap<Uuid, String> = [
            (person_of(&world.admin), "Ada Admin"),
            (person_of(&world.manager), "Mia"),
            (rep, "Jon"),
            (other, "John"),
        ]
        .map(|(id, name)| (id, name.to_owned()))
        .into();
        world.rate("USD", "0.92", day(2024, 1, 1)).await;
        world.rate("USD", "0.80", day(2024, 12, 1)).await;
        world.rate("JPY", "0.006", day(2023, 1, 1)).await;
        let owners = [
            Some(rep),
            Some(other),
            Some(other),
            None,
            Some(person_of(&world.manager)),
        ];
        let mut accounts = Vec::new();
        for place in 0..8 {
            let name = format!("Account {}", char::from(b'A' + place));
            let industry = INDUSTRIES
                .choose(random)
                .copied()
                .filter(|_| random.random_bool(0.8));
            let owner = *owners.choose(random).unwrap();
            let id = world.account(owner, &name, industry).await;
            accounts.push(Account {
                id,
                name,
                industry,
                owner,
            });
        }
        let mut deals = Vec::new();
        for _ in 0..240 {
            let stage = STAGES.choose(random).unwrap().0;
            let made = some_day(random).min(day(2024, 6, 10));
            let hour = random.random_range(0..24);
            let minor = *[100, 250_050, 333_333, 1_999_999, 99].choose(random).unwrap();
            deals.push(Deal {
                owner: *owners.choose(random).unwrap(),
                account: accounts
                    .choose(random)
                    .map(|account| account.id)
                    .filter(|_| random.random_bool(0.8)),
                minor: random.random_bool(0.9).then_some(minor),
                currency: ["EUR", "EUR", "USD", "JPY", "CHF"].choose(random).unwrap(),
                probability: *[0, 10, 35, 50, 75, 100].choose(random).unwrap(),
                close: random.random_bool(0.9).then(|| some_day(random)),
                created: at(2023, 1, 1, hour)
                    + TimeDelta::days((made - day(2023, 1, 1)).num_days())
                    + TimeDelta::minutes(random.random_range(0..60)),
                kind: TYPES.choose(random).copied().filter(|_| random.random_bool(0.8)),
                ..Deal::new(stage, 0)
            });
        }
        world.deals(&deals).await;
        let changes = history(&world, &deals, random).await;
        // As autovacuum would: what a question may cost is judged by statistics.
        sqlx::query("ANALYZE opportunities, field_changes, accounts, pipeline_stages")
            .execute(&world.owner)
            .await
            .unwrap();
        Self {
            world,
            deals,
            accounts,
            changes,
            people,
            rep,
        }
    }
}

/// Some deals were in another stage, or had another amount or close date, until a moment after they began.
async fn history(world: &World, deals: &[Deal], random: &mut StdRng) -> Vec<Change> {
    let mut changes = Vec::new();
    for deal in deals {
        if random.random_bool(0.5) {
            continue;
        }
        let left = (at(2024, 6, 13, 0) - deal.created).num_hours().max(2);
        let when = deal.created + TimeDelta::hours(random.random_range(1..left));
        let mut change = Change {
            deal: deal.id,
            at: when,
            stage: None,
            minor: None,
            close: None,
        };
        let before = ["Prospecting", "Qualification"].choose(random).copied().unwrap();
        if before != deal.stage {
            world
                .changed(deal.id, "stage", json!(before), json!(deal.stage), when)
                .await;
            change.stage = Some(before);
        }
        if let (Some(minor), true) = (deal.minor, random.random_bool(0.5)) {
            let before = minor + 12_300;
            // As the record engine writes amounts down.
            let said = |minor: i64| {
                let digits = if deal.currency == "JPY" { 0 } else { 2 };
                json!({"amount": Decimal::new(minor, digits).to_string(), "currency": deal.currency})
            };
            world
                .changed(deal.id, "amount", said(before), said(minor), when)
                .await;
            change.minor = Some(before);
        }
        if let (Some(close), true) = (deal.close, random.random_bool(0.5)) {
            let before = close - TimeDelta::days(40);
            world
                .changed(deal.id, "close_date", json!(before), json!(close), when)
                .await;
            change.close = Some(before);
        }
        changes.push(change);
    }
    changes
}
