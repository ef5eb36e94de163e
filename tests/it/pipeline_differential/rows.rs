//! Deals that are in the database and in memory alike.

mod history;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use crm_store::{Actor, FixedClock, TenantStore};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use uuid::Uuid;

pub(super) use self::history::{Change, Held};
use super::ask::Who;
use crate::analytics_support::{Deal, World, at, day};

/// The stages in their order: name, kind, forecast category.
pub(super) static STAGES: [(&str, &str, &str); 10] = [
    ("Prospecting", "open", "pipeline"),
    ("Qualification", "open", "pipeline"),
    ("Needs Analysis", "open", "pipeline"),
    ("Value Proposition", "open", "pipeline"),
    ("Id. Decision Makers", "open", "pipeline"),
    ("Perception Analysis", "open", "best_case"),
    ("Proposal/Price Quote", "open", "best_case"),
    ("Negotiation/Review", "open", "commit"),
    ("Closed Won", "won", "closed"),
    ("Closed Lost", "lost", "omitted"),
];
/// A stage that is no step any more, though deals are in it and were.
pub(super) const RETIRED: &str = "Id. Decision Makers";
/// A stage that only the history remembers.
pub(super) const FORGOTTEN: &str = "Discovery";
pub(super) const TYPES: &[&str] = &["new_business", "renewal", "upsell"];
pub(super) const INDUSTRIES: &[&str] = &["Retail", "Energy", "Émail"];
pub(super) const CATEGORIES: &[&str] = &["omitted", "pipeline", "best_case", "commit", "closed"];
/// What a currency is worth in euros, and from when. Francs have no rate.
pub(super) const RATES: &[(&str, &str, (i32, u32, u32))] = &[
    ("USD", "0.92", (2024, 1, 1)),
    ("USD", "0.80", (2024, 12, 1)),
    ("JPY", "0.00613", (2023, 1, 1)),
];

/// An account as the reference knows it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) industry: Option<&'static str>,
    pub(super) owner: Option<Uuid>,
}

/// A deal with what `Deal` does not say.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) deal: Deal,
    pub(super) category: &'static str,
    pub(super) closed: Option<DateTime<Utc>>,
    /// Since when it is in its stage.
    pub(super) entered: DateTime<Utc>,
}

/// What somebody is to win in some days.
#[derive(Debug, Clone)]
pub(super) struct Quota {
    pub(super) owner: Option<Uuid>,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) minor: i64,
    pub(super) currency: &'static str,
}

/// The people of a tenant at a moment, and the day that it is there.
pub(super) struct Moment {
    pub(super) today: NaiveDate,
    admin: TenantStore,
    manager: TenantStore,
    rep: TenantStore,
}

/// A tenant whose rows are known.
pub(super) struct Rows {
    pub(super) world: World,
    pub(super) zone: Tz,
    /// The month in which the fiscal year starts.
    pub(super) fiscal: u32,
    pub(super) moments: Vec<Moment>,
    pub(super) deals: Vec<Known>,
    pub(super) accounts: Vec<Account>,
    /// What was changed, from the oldest change to the newest.
    pub(super) changes: Vec<Change>,
    pub(super) quotas: Vec<Quota>,
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

impl Moment {
    pub(super) fn store(&self, who: Who) -> &TenantStore {
        match who {
            Who::Admin => &self.admin,
            Who::Manager => &self.manager,
            Who::Rep => &self.rep,
        }
    }
}

/// The days on which deals are made and close: leap days, ends of months, the days on which the clock is put on and back.
pub(super) fn some_day(random: &mut StdRng) -> NaiveDate {
    let special = [
        day(2024, 2, 29),
        day(2023, 2, 28),
        day(2024, 3, 31),
        day(2024, 4, 1),
        day(2023, 10, 29),
        day(2024, 10, 27),
        day(2023, 12, 31),
        day(2024, 1, 1),
    ];
    if random.random_bool(0.25) {
        return *special.choose(random).unwrap();
    }
    day(2023, 1, 1) + TimeDelta::days(random.random_range(0..720))
}

impl Rows {
    pub(super) async fn new(zone: Tz, fiscal: u32, seed: u64) -> Self {
        let world = World::new().await;
        sqlx::query("UPDATE tenants SET timezone = $1, fiscal_year_start = $2")
            .bind(zone.name())
            .bind(i16::try_from(fiscal).unwrap())
            .execute(&world.owner)
            .await
            .unwrap();
        sqlx::query("UPDATE pipeline_stages SET is_active = false WHERE name = $1")
            .bind(RETIRED)
            .execute(&world.owner)
            .await
            .unwrap();
        for (currency, rate, (year, month, date)) in RATES.iter().copied() {
            world.rate(currency, rate, day(year, month, date)).await;
        }
        let mut random = StdRng::seed_from_u64(seed);
        let mut rows = Self {
            zone,
            fiscal,
            moments: moments(&world, zone).await,
            deals: Vec::new(),
            accounts: Vec::new(),
            changes: Vec::new(),
            quotas: Vec::new(),
            people: [
                (person_of(&world.admin), "Ada Admin"),
                (person_of(&world.manager), "Mia"),
                (person_of(&world.rep), "Jon"),
                (person_of(&world.other), "John"),
            ]
            .map(|(id, name)| (id, name.to_owned()))
            .into(),
            rep: person_of(&world.rep),
            world,
        };
        rows.accounts(&mut random).await;
        rows.deals(&mut random).await;
        rows.history(&mut random).await;
        rows.quotas(&mut random).await;
        // As autovacuum would: what a question may cost is judged by statistics.
        sqlx::query("ANALYZE opportunities, field_changes, accounts, pipeline_stages, quotas")
            .execute(&rows.world.owner)
            .await
            .unwrap();
        rows
    }

    fn owner(&self, random: &mut StdRng) -> Option<Uuid> {
        let (rep, other) = (Some(self.rep), Some(person_of(&self.world.other)));
        let (manager, admin) = (person_of(&self.world.manager), person_of(&self.world.admin));
        *[rep, rep, other, other, None, Some(manager), Some(admin)]
            .choose(random)
            .unwrap()
    }

    async fn accounts(&mut self, random: &mut StdRng) {
        for place in 0..8 {
            let name = format!("Account {}", char::from(b'A' + place));
            let industry = INDUSTRIES
                .choose(random)
                .copied()
                .filter(|_| random.random_bool(0.8));
            let owner = self.owner(random);
            let id = self.world.account(owner, &name, industry).await;
            self.accounts.push(Account {
                id,
                name,
                industry,
                owner,
            });
        }
    }

    async fn deals(&mut self, random: &mut StdRng) {
        for place in 0..260 {
            let (stage, kind, category) = *STAGES.choose(random).unwrap();
            let made = some_day(random).min(day(2024, 6, 10));
            let minor = *[100, 250_050, 333_333, 1_999_999, 99, 0].choose(random).unwrap();
            let account = self.accounts.choose(random).map(|account| account.id);
            let deal = Deal {
                owner: self.owner(random),
                account: account.filter(|_| random.random_bool(0.8)),
                minor: random.random_bool(0.9).then_some(minor),
                currency: ["EUR", "EUR", "USD", "JPY", "CHF"].choose(random).unwrap(),
                probability: *[0, 10, 35, 50, 75, 100].choose(random).unwrap(),
                close: random.random_bool(0.9).then(|| some_day(random)),
                created: at(2023, 1, 1, random.random_range(0..24))
                    + TimeDelta::days((made - day(2023, 1, 1)).num_days())
                    + TimeDelta::minutes(random.random_range(0..60)),
                kind: TYPES.choose(random).copied().filter(|_| random.random_bool(0.8)),
                ..Deal::new(stage, 0)
            };
            self.world.deals(std::slice::from_ref(&deal)).await;
            if place % 13 == 0 {
                // What was deleted counts nowhere.
                sqlx::query("UPDATE opportunities SET deleted_at = now() WHERE id = $1")
                    .bind(deal.id)
                    .execute(&self.world.owner)
                    .await
                    .unwrap();
                continue;
            }
            let closed = deal.created + TimeDelta::minutes(random.random_range(1..300_000));
            self.deals.push(Known {
                category: if random.random_bool(0.8) {
                    category
                } else {
                    CATEGORIES.choose(random).unwrap()
                },
                closed: (kind != "open").then_some(closed),
                entered: deal.created,
                deal,
            });
        }
    }

    async fn quotas(&mut self, random: &mut StdRng) {
        for _ in 0..24 {
            let from = some_day(random);
            let owner = self.owner(random);
            let quota = Quota {
                owner,
                from,
                to: from + TimeDelta::days(random.random_range(0..200)),
                minor: *[0, 1_000_000, 333_333, 5_000_001].choose(random).unwrap(),
                currency: ["EUR", "EUR", "USD", "CHF"].choose(random).unwrap(),
            };
            sqlx::query(
                "INSERT INTO quotas (tenant_id, id, owner_id, starts_on, ends_on, amount_minor, currency, created_at, \
                 updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, now(), now())",
            )
            .bind(self.world.tenant())
            .bind(Uuid::now_v7())
            .bind(quota.owner)
            .bind(quota.from)
            .bind(quota.to)
            .bind(quota.minor)
            .bind(quota.currency)
            .execute(&self.world.owner)
            .await
            .unwrap();
            self.quotas.push(quota);
        }
    }
}

/// The moments at which questions are asked: a usual one, the last of February in a leap year, the days on which the clock is
/// put on and back, the turn of the year that has come in the tenant's zone and not in Greenwich.
pub(super) async fn moments(world: &World, zone: Tz) -> Vec<Moment> {
    let mut moments = Vec::new();
    for now in [
        at(2024, 6, 14, 10),
        at(2024, 2, 29, 12),
        at(2024, 3, 31, 1),
        at(2024, 10, 27, 1),
        at(2023, 12, 31, 23),
        at(2024, 5, 31, 9),
        at(2024, 3, 31, 22),
    ] {
        let store = world.store_at(Arc::new(FixedClock::at(now))).await;
        moments.push(Moment {
            today: now.with_timezone(&zone).date_naive(),
            admin: store.open(world.admin.grant()),
            manager: store.open(world.manager.grant()),
            rep: store.open(world.rep.grant()),
        });
    }
    moments
}
