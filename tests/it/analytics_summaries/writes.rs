//! Random writes to deals and activities, as the service, imports and erasures make them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use crm_store::{
    catalog::OPPORTUNITY,
    records::{Draft, Money},
};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use uuid::Uuid;

use crate::{
    analytics_support::{Deal, World, at, day},
    pipeline_differential::person_of,
};

pub(super) const STAGES: &[&str] = &[
    "Prospecting",
    "Qualification",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
];
pub(super) const TYPES: &[&str] = &["new_business", "renewal", "upsell"];
pub(super) const KINDS: &[&str] = &["task", "call", "meeting", "email"];

pub(super) struct Writes {
    pub(super) owners: Vec<Option<Uuid>>,
    random: StdRng,
}

/// A moment near the ends of months, in which zones differ.
fn moment(random: &mut StdRng) -> DateTime<Utc> {
    let base = at(2024, random.random_range(1..7), 1, 0);
    base + TimeDelta::hours(random.random_range(-30..30))
}

fn some_day(random: &mut StdRng) -> NaiveDate {
    day(2024, 1, 1) + TimeDelta::days(random.random_range(-20..220))
}

impl Writes {
    /// The other rep's role is shown some deals whoever owns them.
    pub(super) async fn new(world: &World, random: StdRng) -> Self {
        world.rate("USD", "0.92", day(2024, 1, 1)).await;
        sqlx::query(
            "INSERT INTO sharing_rules (tenant_id, id, name, object, role_id, created_at, updated_at) \
             SELECT tenant_id, $1, 'some', 'opportunity', id, now(), now() FROM roles WHERE name = 'sales' AND tenant_id = $2",
        )
        .bind(Uuid::now_v7())
        .bind(world.tenant())
        .execute(&world.owner)
        .await
        .unwrap();
        let accounts = [
            (Some(person_of(&world.rep)), "Northlight", Some("Retail")),
            (Some(person_of(&world.other)), "Harrow", Some("Energy")),
            (None, "Quayside", None),
        ];
        for (owner, name, industry) in accounts {
            world.account(owner, name, industry).await;
        }
        Self {
            owners: vec![
                Some(person_of(&world.rep)),
                Some(person_of(&world.other)),
                Some(person_of(&world.manager)),
                None,
            ],
            random,
        }
    }

    pub(super) async fn insert(&mut self, world: &World, many: usize) {
        let mut deals = Vec::with_capacity(many);
        for _ in 0..many {
            let random = &mut self.random;
            deals.push(Deal {
                owner: *self.owners.choose(random).unwrap(),
                minor: random.random_bool(0.9).then(|| random.random_range(1..9_999_999)),
                currency: ["EUR", "EUR", "USD", "CHF"].choose(random).unwrap(),
                probability: *[0, 10, 35, 50, 75, 100].choose(random).unwrap(),
                close: random.random_bool(0.9).then(|| some_day(random)),
                created: moment(random),
                kind: TYPES.choose(random).copied().filter(|_| random.random_bool(0.8)),
                ..Deal::new(STAGES.choose(random).unwrap(), 0)
            });
        }
        world.deals(&deals).await;
        sqlx::query(
            "UPDATE opportunities SET lead_source = (ARRAY['Web', 'Fair', NULL])[1 + abs(hashtext(id::text)) % 3] \
             WHERE lead_source IS NULL",
        )
        .execute(&world.owner)
        .await
        .unwrap();
        sqlx::query(
            "UPDATE opportunities SET account_id = (SELECT a.id FROM accounts a WHERE a.tenant_id = opportunities.tenant_id \
             ORDER BY md5(a.id::text || opportunities.id::text) LIMIT 1) \
             WHERE account_id IS NULL AND abs(hashtext(id::text)) % 5 > 0",
        )
        .execute(&world.owner)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO record_shares (tenant_id, object, record_id, role_id, rule_id, access) \
             SELECT o.tenant_id, 'opportunity', o.id, r.role_id, r.id, 'read' FROM opportunities o JOIN sharing_rules r USING (tenant_id) \
             WHERE abs(hashtext(o.id::text)) % 5 = 0 ON CONFLICT DO NOTHING",
        )
        .execute(&world.owner)
        .await
        .unwrap();
        for _ in 0..many {
            let random = &mut self.random;
            sqlx::query(
                "INSERT INTO activities (tenant_id, id, owner_id, type, subject, status, direction, occurred_at, duration_minutes, \
                 created_at, updated_at) VALUES ($1, $2, $3, $4, 'x', $5, $6, $7, $8, now(), now())",
            )
            .bind(world.tenant())
            .bind(Uuid::now_v7())
            .bind(*self.owners.choose(random).unwrap())
            .bind(*KINDS.choose(random).unwrap())
            .bind(*["planned", "completed"].choose(random).unwrap())
            .bind(*[Some("inbound"), Some("outbound"), None].choose(random).unwrap())
            .bind(moment(random))
            .bind(random.random_bool(0.7).then(|| random.random_range(1..90)))
            .execute(&world.owner)
            .await
            .unwrap();
        }
    }

    /// Does one of the things that happen to records, and says which.
    #[expect(clippy::too_many_lines, reason = "a list of changes")]
    pub(super) async fn some(&mut self, world: &World) -> &'static str {
        const CHANGES: &[(&str, &str)] = &[
            (
                "other amounts",
                "UPDATE opportunities SET amount_minor = amount_minor + 12345, version = version + 1",
            ),
            (
                "no amounts",
                "UPDATE opportunities SET amount_minor = NULL WHERE probability = 35",
            ),
            (
                "other currencies",
                "UPDATE opportunities SET currency = 'USD' WHERE probability = 10",
            ),
            (
                "another owner",
                "UPDATE opportunities SET owner_id = NULL WHERE probability = 75",
            ),
            (
                "other days",
                "UPDATE opportunities SET close_date = close_date + 17, created_at = created_at - interval '9 hours'",
            ),
            (
                "won",
                "UPDATE opportunities SET stage = 'Closed Won', is_closed = true, is_won = true, forecast_category = 'closed', \
                 closed_at = created_at + interval '41 days 5 hours' WHERE probability = 50",
            ),
            (
                "other accounts",
                "UPDATE opportunities SET account_id = (SELECT a.id FROM accounts a WHERE a.tenant_id = opportunities.tenant_id \
                 ORDER BY md5(a.id::text || opportunities.id::text || opportunities.version) LIMIT 1), version = version + 1 \
                 WHERE abs(hashtext(id::text || version)) % 2 = 0",
            ),
            (
                "accounts that change",
                "UPDATE accounts SET industry = CASE WHEN industry = 'Retail' THEN 'Media' ELSE 'Retail' END, \
                 deleted_at = CASE WHEN deleted_at IS NULL AND name = 'Harrow' THEN now() END",
            ),
            (
                "why",
                "UPDATE opportunities SET closed_reason = repeat('long ', 90) WHERE is_closed",
            ),
            (
                "deleted",
                "UPDATE opportunities SET deleted_at = now() WHERE abs(hashtext(id::text)) % 6 = 0",
            ),
            ("restored", "UPDATE opportunities SET deleted_at = NULL"),
            (
                "erased",
                "DELETE FROM opportunities WHERE abs(hashtext(id::text)) % 7 = 0",
            ),
            (
                "touched",
                "UPDATE opportunities SET last_activity_at = now(), version = version + 1",
            ),
            (
                "a stage renamed",
                "UPDATE pipeline_stages SET name = 'Qualified' WHERE name = 'Qualification'",
            ),
            (
                "histories",
                "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at) \
                 SELECT o.tenant_id, gen_random_uuid(), 'opportunity', o.id, c.field, c.old, c.new, \
                 o.created_at + (random() * 12 - 1)::integer * interval '10 days', now() \
                 FROM opportunities o CROSS JOIN (VALUES ('stage', '\"Qualification\"'::jsonb, '\"Negotiation/Review\"'::jsonb), \
                 ('stage', '\"Forgotten\"', '\"Closed Won\"'), ('stage', '\"Closed Lost\"', NULL), ('forecast_category', '\"omitted\"', NULL), \
                 ('forecast_category', '\"closed\"', NULL), ('probability', '0', '50'), ('probability', NULL, '50'), \
                 ('amount', '{\"amount\": \"12.50\", \"currency\": \"EUR\"}', NULL), ('amount', '{\"amount\": \"700\"}', NULL), \
                 ('amount', '{\"amount\": \"90.10\", \"currency\": \"USD\"}', NULL), ('amount', NULL, NULL), \
                 ('close_date', '\"2024-02-29\"', NULL), ('owner_id', NULL, NULL), ('owner_id', \
                 (SELECT to_jsonb(x.owner_id) FROM opportunities x WHERE x.owner_id IS NOT NULL ORDER BY x.id LIMIT 1), NULL)) \
                 c (field, old, new) WHERE random() < 0.12",
            ),
            (
                "histories erased",
                "DELETE FROM field_changes WHERE abs(hashtext(id::text)) % 4 = 0",
            ),
            (
                "stages entered",
                "UPDATE opportunities SET stage_entered_at = created_at + interval '20 days' \
                 WHERE abs(hashtext(id::text)) % 3 = 0",
            ),
            (
                "activities moved",
                "UPDATE activities SET occurred_at = occurred_at + interval '7 hours', status = 'completed'",
            ),
            (
                "activities erased",
                "DELETE FROM activities WHERE duration_minutes < 30",
            ),
        ];
        match self.random.random_range(0..CHANGES.len() + 5) {
            0 | 1 => {
                self.insert(world, 15).await;
                "inserted"
            }
            2 => {
                self.through_the_service(world).await;
                "written by the service"
            }
            3 => {
                self.upserted(world).await;
                "upserted"
            }
            place => {
                // What histories are like is the larger part of what spells must tell.
                let (name, statement) = if place == 4 {
                    *CHANGES.iter().find(|change| change.0 == "histories").unwrap()
                } else {
                    CHANGES[place - 5]
                };
                sqlx::query(statement).execute(&world.owner).await.unwrap();
                name
            }
        }
    }

    /// A deal that a rep makes, changes and deletes, under the policies.
    async fn through_the_service(&mut self, world: &World) {
        let mut tx = world.rep.begin().await.unwrap();
        let mut made = Vec::new();
        for amount in [100_u32, 250] {
            let mut draft = Draft::new(&OPPORTUNITY);
            draft
                .set("name", "Made")
                .set("amount", Money::new(amount.into(), "EUR"));
            made.push(tx.records(&OPPORTUNITY).create(draft).await.unwrap());
        }
        let mut draft = Draft::new(&OPPORTUNITY);
        draft.set("stage", "Negotiation/Review");
        tx.records(&OPPORTUNITY)
            .update(made[0].id, draft, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.admin.begin().await.unwrap();
        tx.records(&OPPORTUNITY).delete(made[1].id, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Rows that are there and rows that are not, in one statement, as imports write them.
    async fn upserted(&mut self, world: &World) {
        sqlx::query(
            "INSERT INTO opportunities AS o (tenant_id, id, owner_id, name, stage, stage_entered_at, amount_minor, currency, \
             probability, forecast_category, close_date, created_at, updated_at) \
             SELECT tenant_id, CASE WHEN place % 2 = 0 THEN id ELSE gen_random_uuid() END, owner_id, name, stage, stage_entered_at, \
             555, 'EUR', 20, forecast_category, '2024-03-31', created_at, updated_at \
             FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM opportunities WHERE NOT is_closed LIMIT 10) x \
             ON CONFLICT (tenant_id, id) DO UPDATE SET amount_minor = excluded.amount_minor, currency = excluded.currency, \
             close_date = excluded.close_date",
        )
        .execute(&world.owner)
        .await
        .unwrap();
    }
}
