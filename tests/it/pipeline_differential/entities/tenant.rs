//! Records of every entity: written at random, and then read, so that nothing is known of them but what is there.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value as Json, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::kinds::{
    ACCOUNT_TYPES, ACTIVITY_STATES, ACTIVITY_TYPES, ACTORS, CAMPAIGN_STATES, CASE_PRIORITIES, CASE_STATES,
    CHANNELS, LEAD_STATES, LEVELS, MEMBER_STATES, ORIGINS, RUN_STATES, TALK_ENDS, TALK_STATES,
};
use crate::{
    analytics_support::{Deal, World, at, day},
    pipeline_differential::{
        person_of,
        rows::{Moment, RATES, STAGES, moments, some_day},
    },
};

/// A record by its columns.
pub(super) type Record = Map<String, Json>;

/// The tables that are read, in an order in which they can be written.
const TABLES: [&str; 13] = [
    "accounts",
    "contacts",
    "queues",
    "products",
    "sla_policies",
    "campaigns",
    "opportunities",
    "leads",
    "cases",
    "activities",
    "campaign_members",
    "conversations",
    "ledger_entries",
];

/// A tenant whose records were read.
pub(super) struct Tenant {
    pub(super) world: World,
    pub(super) zone: Tz,
    /// The month in which the fiscal year starts.
    pub(super) fiscal: u32,
    pub(super) moments: Vec<Moment>,
    pub(super) people: BTreeMap<Uuid, String>,
    pub(super) manager: Uuid,
    pub(super) rep: Uuid,
    /// Those below the manager.
    pub(super) sellers: [Uuid; 2],
    tables: BTreeMap<&'static str, BTreeMap<Uuid, Record>>,
}

impl Tenant {
    pub(super) async fn new(zone: Tz, fiscal: u32, seed: u64) -> Self {
        let world = World::new().await;
        sqlx::query("UPDATE tenants SET timezone = $1, fiscal_year_start = $2")
            .bind(zone.name())
            .bind(i16::try_from(fiscal).unwrap())
            .execute(&world.owner)
            .await
            .unwrap();
        for (currency, rate, (year, month, date)) in RATES.iter().copied() {
            world.rate(currency, rate, day(year, month, date)).await;
        }
        let (rep, other) = (person_of(&world.rep), person_of(&world.other));
        let (manager, admin) = (person_of(&world.manager), person_of(&world.admin));
        let names = [
            (admin, "Ada Admin"),
            (manager, "Mia"),
            (rep, "Jon"),
            (other, "John"),
        ];
        let mut tenant = Self {
            zone,
            fiscal,
            moments: moments(&world, zone).await,
            people: names.map(|(id, name)| (id, name.to_owned())).into(),
            manager,
            rep,
            sellers: [rep, other],
            tables: BTreeMap::new(),
            world,
        };
        let mut making = Making {
            tenant: tenant.world.tenant(),
            random: StdRng::seed_from_u64(seed),
            owners: vec![
                Some(rep),
                Some(rep),
                Some(other),
                Some(other),
                None,
                Some(manager),
                Some(admin),
            ],
            made: BTreeMap::new(),
        };
        for table in TABLES.into_iter().chain(["runs"]) {
            if table == "opportunities" {
                tenant.deals(&mut making).await;
                continue;
            }
            let records = making.records(table);
            tenant.write(table, &records).await;
        }
        for table in TABLES.into_iter().chain(["runs"]) {
            tenant.read(table).await;
            // As autovacuum would: what a question may cost is judged by statistics.
            sqlx::query(AssertSqlSafe(format!("ANALYZE {table}")))
                .execute(&tenant.world.owner)
                .await
                .unwrap();
        }
        tenant
    }

    /// The records of a table, those that were deleted too.
    pub(super) fn all(&self, table: &str) -> impl Iterator<Item = &Record> {
        self.tables[table].values()
    }

    pub(super) fn record(&self, table: &str, id: Uuid) -> Option<&Record> {
        self.tables[table].get(&id)
    }

    async fn write(&self, table: &'static str, records: &[Json]) {
        let first = records[0].as_object().unwrap();
        let columns: Vec<&str> = first.keys().map(String::as_str).collect();
        let columns = columns.join(", ");
        let sql = format!(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)"
        );
        let written = sqlx::query(AssertSqlSafe(sql))
            .bind(json!(records))
            .execute(&self.world.owner)
            .await;
        written.unwrap_or_else(|error| panic!("{table}: {error}"));
    }

    async fn read(&mut self, table: &'static str) {
        let sql = format!("SELECT to_jsonb(t) FROM {table} t");
        let found: Vec<Json> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&self.world.owner)
            .await
            .unwrap();
        let by_id = found.into_iter().map(|record| match record {
            Json::Object(record) => (record["id"].as_str().unwrap().parse().unwrap(), record),
            other => panic!("{other} is no record"),
        });
        self.tables.insert(table, by_id.collect());
    }

    async fn deals(&self, making: &mut Making) {
        let mut deals = Vec::new();
        for _ in 0..30 {
            let stage = making.one(&STAGES).0;
            deals.push(Deal {
                owner: making.owner(),
                ..Deal::new(stage, 100)
            });
        }
        self.world.deals(&deals).await;
        making
            .made
            .insert("opportunities", deals.iter().map(|deal| deal.id).collect());
    }
}

/// What records are made with.
struct Making {
    tenant: Uuid,
    random: StdRng,
    owners: Vec<Option<Uuid>>,
    made: BTreeMap<&'static str, Vec<Uuid>>,
}

impl Making {
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(&mut self.random).unwrap().clone()
    }

    fn chance(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }

    fn owner(&mut self) -> Option<Uuid> {
        let owners = self.owners.clone();
        self.one(&owners)
    }

    /// One of these, or now and then nothing.
    fn some<T: Clone + Into<Json>>(&mut self, of: &[T]) -> Json {
        let one = self.one(of);
        if self.chance(0.8) { one.into() } else { Json::Null }
    }

    /// A record of a table, or now and then none.
    fn of(&mut self, table: &str) -> Json {
        let ids = self.made[table].clone();
        let id = self.one(&ids);
        if self.chance(0.7) { json!(id) } else { Json::Null }
    }

    fn moment(&mut self) -> DateTime<Utc> {
        let days = (some_day(&mut self.random) - day(2023, 1, 1)).num_days();
        at(2023, 1, 1, self.random.random_range(0..24))
            + Days::new(days.unsigned_abs())
            + TimeDelta::minutes(self.random.random_range(0..60))
    }

    fn sometime(&mut self) -> Json {
        let moment = self.moment();
        if self.chance(0.7) {
            json!(moment)
        } else {
            Json::Null
        }
    }

    fn some_date(&mut self) -> Json {
        let date = some_day(&mut self.random);
        self.some(&[json!(date)])
    }

    /// A moment after another one, some hours or weeks later.
    fn after(&mut self, from: DateTime<Utc>) -> DateTime<Utc> {
        let most = self.one(&[600, 60_000]);
        from + TimeDelta::seconds(self.random.random_range(1..most * 60))
    }

    /// How many records of a table are made.
    fn count(table: &str) -> usize {
        match table {
            "accounts" => 60,
            "contacts" => 12,
            "queues" | "products" | "sla_policies" => 4,
            "campaigns" => 40,
            "activities" => 300,
            _ => 160,
        }
    }

    fn records(&mut self, table: &'static str) -> Vec<Json> {
        let ids: Vec<Uuid> = (0..Self::count(table)).map(|_| Uuid::now_v7()).collect();
        self.made.insert(table, ids.clone());
        let mut records = Vec::new();
        for (place, id) in ids.into_iter().enumerate() {
            let created = self.moment();
            let mut record = self.own(table, place, created);
            let fields = record.as_object_mut().unwrap();
            fields.insert("tenant_id".to_owned(), json!(self.tenant));
            fields.insert("id".to_owned(), json!(id));
            fields.insert("created_at".to_owned(), json!(created));
            if table != "ledger_entries" {
                fields.insert("updated_at".to_owned(), json!(created));
            }
            if !matches!(table, "ledger_entries" | "runs" | "conversations") {
                let deleted = self.chance(0.07).then_some(created);
                fields.insert("deleted_at".to_owned(), json!(deleted));
            }
            records.push(record);
        }
        records
    }

    /// What records of a table have that others do not.
    #[expect(clippy::too_many_lines, reason = "the columns of each table, in one list")]
    fn own(&mut self, table: &str, place: usize, created: DateTime<Utc>) -> Json {
        // Some are called alike.
        let name = format!("{table} {}", place - place % 7 / 6);
        match table {
            "accounts" => json!({
                "name": name, "owner_id": self.owner(), "type": self.some(ACCOUNT_TYPES),
                "status": self.one(&["active", "inactive"]), "industry": self.some(&["Retail", "Energy", "Émail"]),
                "rating": self.some(LEVELS), "billing_country": self.some(&["DE", "FR"]),
                "billing_city": self.some(&["Kiel", "Köln", "Lyon"]), "account_source": self.some(&["Web", "Fair"]),
                "parent_id": self.of("accounts"), "number_of_employees": self.some(&[0, 1, 10, 11]),
                "annual_revenue_minor": self.some(&[0, 100, 250_050, 333_333]),
                "currency": self.one(&["EUR", "USD", "JPY", "CHF"]), "last_activity_at": self.sometime(),
            }),
            "contacts" => json!({"last_name": name, "owner_id": self.owner()}),
            "queues" | "products" => json!({"name": format!("{table} {place}")}),
            "sla_policies" => json!({"name": format!("{table} {place}"), "targets": {}}),
            "campaigns" => json!({
                "name": name, "owner_id": self.owner(), "parent_id": self.of("campaigns"),
                "type": self.some(&["Webinar", "Mailing"]), "status": self.one(CAMPAIGN_STATES),
                "is_active": self.chance(0.5), "start_date": self.some_date(), "end_date": self.some_date(),
                "budgeted_cost_minor": self.some(&[0, 99, 250_050, 1_999_999]),
                "actual_cost_minor": self.some(&[0, 1, 333_333, 777_777]),
                "expected_revenue_minor": self.some(&[100, 5_000_001]), "number_sent": self.some(&[0, 7, 1_000]),
                "currency": self.one(&["EUR", "EUR", "USD", "JPY", "CHF"]),
            }),
            "leads" => {
                let status = self.one(LEAD_STATES);
                let converted = (status == "converted").then(|| self.after(created));
                json!({
                    "last_name": name, "company": self.some(&["Acme", "Lee & Co"]), "owner_id": self.owner(),
                    "status": status, "lead_source": self.some(&["Web", "Fair", "Referral"]), "rating": self.some(LEVELS),
                    "industry": self.some(&["Retail", "Énergie"]), "country": self.some(&["DE", "FR", "US"]),
                    "city": self.some(&["Kiel", "Paris"]), "language": self.some(&["de", "fr"]),
                    "campaign_id": self.of("campaigns"), "queue_id": self.of("queues"),
                    "unqualified_reason": self.some(&["Too small", "No budget"]),
                    "product_interest": self.some(&["Basic", "Pro"]), "number_of_employees": self.some(&[1, 20, 300]),
                    "is_converted": converted.is_some(), "converted_at": converted, "last_activity_at": self.sometime(),
                })
            }
            "cases" => {
                let (resolved, responded) = (self.after(created), self.after(created));
                json!({
                    "case_number": place + 1, "subject": name, "owner_id": self.owner(), "status": self.one(CASE_STATES),
                    "priority": self.one(CASE_PRIORITIES), "origin": self.some(ORIGINS),
                    "type": self.some(&["question", "problem"]), "reason": self.some(&["Broken", "Lost"]),
                    "queue_id": self.of("queues"), "account_id": self.of("accounts"), "contact_id": self.of("contacts"),
                    "product_id": self.of("products"), "language": self.some(&["de", "en"]),
                    "sla_policy_id": self.of("sla_policies"), "is_escalated": self.chance(0.3),
                    "first_response_breached": self.chance(0.3), "resolution_breached": self.chance(0.3),
                    "satisfaction": self.some(&[1, 2, 4, 5]), "reopened_count": self.one(&[0, 0, 1, 3]),
                    "resolved_at": self.some(&[json!(resolved)]), "first_responded_at": self.some(&[json!(responded)]),
                    "closed_at": self.sometime(), "resolution_due_at": self.sometime(),
                })
            }
            "activities" => json!({
                "subject": name, "owner_id": self.owner(), "type": self.one(ACTIVITY_TYPES),
                "status": self.one(ACTIVITY_STATES), "priority": self.one(&["low", "normal", "high"]),
                "direction": self.some(&["inbound", "outbound"]), "outcome": self.some(&["connected", "no answer"]),
                "account_id": self.of("accounts"), "opportunity_id": self.of("opportunities"),
                "lead_id": self.of("leads"), "contact_id": self.of("contacts"), "case_id": self.of("cases"),
                "duration_minutes": self.some(&[0, 5, 30, 55]), "occurred_at": self.moment(),
                "due_at": self.sometime(), "completed_at": self.sometime(),
            }),
            "campaign_members" => {
                // A person is reached once by a campaign.
                let (campaigns, leads) = (self.made["campaigns"].clone(), self.made["leads"].clone());
                json!({
                    "campaign_id": campaigns[place % 9], "lead_id": leads[place], "contact_id": null,
                    "status": self.one(MEMBER_STATES), "has_responded": self.chance(0.4),
                    "first_responded_at": self.sometime(),
                })
            }
            "conversations" => json!({
                "subject": name, "channel": self.one(CHANNELS), "status": self.one(TALK_STATES),
                "outcome": self.some(TALK_ENDS), "language": self.some(&["de", "en"]), "owner_id": self.owner(),
                "queue_id": self.of("queues"), "contact_id": self.of("contacts"),
                "handoff_reason": self.some(&["asked for", "unsure"]), "message_count": self.one(&[0, 1, 2, 9]),
                "tokens": self.one(&[0, 17, 100_000]), "closed_at": self.sometime(),
                "handoff_requested_at": self.sometime(),
            }),
            "ledger_entries" => {
                let (kind, from, to) = self.one(&[
                    ("hold", "available", "held"),
                    ("settle", "held", "spent"),
                    ("settle", "held", "spent"),
                    ("release", "held", "available"),
                    ("overrun", "available", "spent"),
                ]);
                json!({
                    "attempt_id": Uuid::now_v7(), "agent": self.one(&["answers", "pipeline"]), "kind": kind,
                    "from_account": from, "to_account": to,
                    "amount_nano": self.one(&[0_i64, 333, 1_500_000, 2_000_000_001, 999_999_999_999]),
                    "provider": self.one(&["p", "q"]), "model": self.one(&["m", "n"]),
                    "input_tokens": self.one(&[0, 10, 12_345]), "output_tokens": self.one(&[0, 5, 700]),
                    "cached_input_tokens": self.one(&[0, 8]), "estimated": self.chance(0.3), "held_at": created,
                })
            }
            "runs" => {
                let state = self.one(&[RUN_STATES, &["finished", "finished"]].concat());
                let (actor, finished) = (self.owner().unwrap_or_else(Uuid::now_v7), self.after(created));
                let (is_done, outcome) = (
                    state == "finished",
                    self.one(&["completed", "failed", "interrupted"]),
                );
                let leased = matches!(state, "queued" | "running");
                json!({
                    "agent": self.one(&["answer", "pipeline"]), "state": state, "input": {},
                    "outcome": is_done.then_some(outcome),
                    "actor_kind": self.one(&[ACTORS, &["user", "user"]].concat()), "actor_id": actor,
                    "degraded": self.chance(0.4), "degraded_reason": self.some(&["no key", "timeout"]),
                    "finished_at": is_done.then_some(finished),
                    "leased_by": leased.then_some("somebody"), "lease_until": leased.then_some(created),
                })
            }
            other => panic!("nobody knows how {other} are made"),
        }
    }
}
