//! A tenant with people of three roles and deals that are known in memory.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use crm_store::{
    FixedClock, Grant, Store, StoreError, TenantStore,
    analytics::{
        Aggregate, Cell, DayRange, Filter, Formula, Groups, Key, Measure, Path, Plan, Reporting, Shape,
        Summary, Table,
    },
    auth::MemberToBe,
    catalog::{OPPORTUNITY, Object},
    query::Op,
};
use crm_tests::harness::TestDb;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use sqlx::PgPool;
use uuid::Uuid;

/// A deal as the tests remember it.
#[derive(Debug, Clone)]
pub(crate) struct Deal {
    pub(crate) id: Uuid,
    pub(crate) owner: Option<Uuid>,
    pub(crate) account: Option<Uuid>,
    pub(crate) stage: &'static str,
    pub(crate) minor: Option<i64>,
    pub(crate) currency: &'static str,
    pub(crate) probability: i32,
    pub(crate) close: Option<NaiveDate>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) kind: Option<&'static str>,
}

impl Deal {
    pub(crate) fn new(stage: &'static str, minor: i64) -> Self {
        Self {
            id: Uuid::now_v7(),
            owner: None,
            account: None,
            stage,
            minor: Some(minor),
            currency: "EUR",
            probability: 50,
            close: None,
            created: at(2024, 1, 10, 12),
            kind: None,
        }
    }

    pub(crate) fn is_won(&self) -> bool {
        self.stage == "Closed Won"
    }
}

pub(crate) fn at(year: i32, month: u32, day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).unwrap()
}

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// `acme` reports in euros, in Berlin, with a fiscal year from April.
pub(crate) struct World {
    pub(crate) admin: TenantStore,
    pub(crate) manager: TenantStore,
    pub(crate) rep: TenantStore,
    pub(crate) other: TenantStore,
    pub(crate) owner: PgPool,
    pub(crate) store: Store,
    pub(crate) grant: Grant,
    db: TestDb,
}

impl World {
    pub(crate) async fn new() -> Self {
        let db = TestDb::new().await;
        let store = db.store_at(Arc::new(FixedClock::at(at(2024, 6, 14, 10)))).await;
        let (admin, grant) = db.tenant_in(&store, "acme").await;
        let owner = db.owner().await;
        sqlx::query("UPDATE tenants SET currency = 'EUR', timezone = 'Europe/Berlin', fiscal_year_start = 4")
            .execute(&owner)
            .await
            .unwrap();
        let manager = person(&store, "Mia", "manager").await;
        let rep = person(&store, "Jon", "sales").await;
        let other = person(&store, "John", "sales").await;
        Self {
            admin,
            manager,
            rep,
            other,
            owner,
            store,
            grant,
            db,
        }
    }

    pub(crate) fn tenant(&self) -> Uuid {
        self.grant.tenant().uuid()
    }

    /// The same database by another clock.
    pub(crate) async fn store_at(&self, clock: Arc<FixedClock>) -> Store {
        self.db.store_at(clock).await
    }

    pub(crate) async fn reporting(&self) -> Reporting {
        let mut tx = self.admin.begin().await.unwrap();
        tx.reporting().await.unwrap()
    }

    pub(crate) async fn deals(&self, deals: &[Deal]) {
        for deal in deals {
            sqlx::query(
                "INSERT INTO opportunities (tenant_id, id, owner_id, account_id, name, stage, stage_entered_at, amount_minor, \
                 currency, probability, forecast_category, close_date, type, is_closed, is_won, closed_at, created_at, updated_at) \
                 SELECT $1, $2, $3, $4, 'Deal ' || $2::text, $5, $6, $7, $8, $9, p.forecast_category, $10, $11, \
                 p.kind <> 'open', p.kind = 'won', CASE WHEN p.kind <> 'open' THEN $6 END, $6, $6 \
                 FROM pipeline_stages p WHERE p.tenant_id = $1 AND p.name = $5",
            )
            .bind(self.tenant())
            .bind(deal.id)
            .bind(deal.owner)
            .bind(deal.account)
            .bind(deal.stage)
            .bind(deal.created)
            .bind(deal.minor)
            .bind(deal.currency)
            .bind(deal.probability)
            .bind(deal.close)
            .bind(deal.kind)
            .execute(&self.owner)
            .await
            .unwrap();
        }
    }

    pub(crate) async fn account(&self, owner: Option<Uuid>, name: &str, industry: Option<&str>) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO accounts (tenant_id, id, owner_id, name, industry, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, now(), now())",
        )
        .bind(self.tenant())
        .bind(id)
        .bind(owner)
        .bind(name)
        .bind(industry)
        .execute(&self.owner)
        .await
        .unwrap();
        id
    }

    pub(crate) async fn rate(&self, currency: &str, rate: &str, from: NaiveDate) {
        sqlx::query(
            "INSERT INTO exchange_rates (tenant_id, id, currency, rate, valid_from, created_at, updated_at) \
             VALUES ($1, $2, $3, $4::text::numeric, $5, now(), now())",
        )
        .bind(self.tenant())
        .bind(Uuid::now_v7())
        .bind(currency)
        .bind(rate)
        .bind(from)
        .execute(&self.owner)
        .await
        .unwrap();
    }

    /// That a field of a deal had another value until a moment.
    pub(crate) async fn changed(&self, deal: Uuid, field: &str, old: Json, new: Json, when: DateTime<Utc>) {
        let some = |value: Json| (!value.is_null()).then_some(value);
        sqlx::query(
            "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at) \
             VALUES ($1, $2, 'opportunity', $3, $4, $5, $6, $7, $7)",
        )
        .bind(self.tenant())
        .bind(Uuid::now_v7())
        .bind(deal)
        .bind(field)
        .bind(some(old))
        .bind(some(new))
        .bind(when)
        .execute(&self.owner)
        .await
        .unwrap();
    }

    pub(crate) async fn plan(&self, filters: Vec<Filter>, shape: Shape) -> Plan {
        Plan {
            object: &OPPORTUNITY,
            filters,
            shape,
            reporting: self.reporting().await,
        }
    }

    pub(crate) async fn ask(&self, who: &TenantStore, filters: Vec<Filter>, groups: Groups) -> Table {
        let plan = self.plan(filters, Shape::Groups(groups)).await;
        match who.analyze(&plan).await {
            Ok(table) => table,
            Err(error) => panic!("{plan:?}: {error:?}"),
        }
    }

    pub(crate) async fn refused(
        &self,
        who: &TenantStore,
        filters: Vec<Filter>,
        groups: Groups,
    ) -> StoreError {
        let plan = self.plan(filters, Shape::Groups(groups)).await;
        who.analyze(&plan).await.unwrap_err()
    }
}

async fn person(store: &Store, name: &str, role: &str) -> TenantStore {
    let email = format!("{}@acme.test", name.to_lowercase());
    let member = MemberToBe {
        email: &email,
        name,
        role,
        password: None,
    };
    store.ensure_member("acme", &member).await.unwrap();
    let grant = store.operate("acme", Some(&email)).await.unwrap().unwrap();
    store.open(&grant)
}

pub(crate) fn path(said: &str) -> Path {
    path_of(&OPPORTUNITY, said)
}

pub(crate) fn path_of(object: &'static Object, said: &str) -> Path {
    Path::parse(object, said).unwrap()
}

pub(crate) fn is(field: &str, value: impl Into<Json>) -> Filter {
    Filter::Field {
        path: path(field),
        op: Op::Eq,
        value: value.into(),
    }
}

pub(crate) fn within(field: &str, from: NaiveDate, to: NaiveDate) -> Filter {
    Filter::Within(path(field), days(from, to))
}

pub(crate) fn days(from: NaiveDate, to: NaiveDate) -> DayRange {
    DayRange {
        from: Some(from),
        to: Some(to),
    }
}

pub(crate) fn formula(aggregate: Aggregate, only: Vec<Filter>) -> Formula {
    Formula { aggregate, only }
}

pub(crate) fn count() -> Measure {
    Measure::Plain(formula(Aggregate::Count, Vec::new()))
}

pub(crate) fn amount(summary: Summary) -> Measure {
    Measure::Plain(formula(Aggregate::Of(summary, path("amount")), Vec::new()))
}

pub(crate) fn by(field: &str) -> Key {
    Key::Value(path(field))
}

pub(crate) fn number(text: &str) -> Cell {
    Cell::Number(text.parse::<Decimal>().unwrap())
}

pub(crate) fn text(word: &str) -> Cell {
    Cell::Text(word.to_owned())
}
