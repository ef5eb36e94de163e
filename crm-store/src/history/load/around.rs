//! What happens around records, as rows: read by the record that it is about, its past is filled in afterwards.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    changes::Changes,
    ties::{Thing, Ties},
};
use crate::{
    StoreError, TenantTx,
    history::parts::{Activity, Engagement, Life, Message, Quote, QuoteLine, Role},
};

/// The fields of activities that change.
pub(super) const ACTIVITY_FIELDS: &[&str] = &[
    "type",
    "direction",
    "status",
    "outcome",
    "occurred_at",
    "completed_at",
    "due_at",
];

#[derive(FromRow)]
pub(super) struct ActivityRow {
    #[sqlx(flatten)]
    pub(super) thing: Thing,
    r#type: String,
    direction: Option<String>,
    status: String,
    outcome: Option<String>,
    occurred_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    linked_at: Option<DateTime<Utc>>,
}

/// A statement for what is about some records now, and one for what once was.
macro_rules! activities {
    ($about:literal, $linked:expr) => {
        (
            activities!($about, $linked, $about),
            activities!($about, $linked, "id"),
        )
    };
    ($about:literal, $linked:expr, $by:literal) => {
        concat!(
            "SELECT ",
            $about,
            " AS about, id, external_id IS NOT NULL AS imported, created_at, deleted_at, type, direction, status, outcome, ",
            "occurred_at, completed_at, due_at, ",
            $linked,
            " AS linked_at FROM activities this WHERE ",
            $by,
            " = ANY ($1) ORDER BY occurred_at, id"
        )
    };
}

/// When a lead's row was given to what the lead became, which `$became` names: it is not kept with the row. For each row its
/// lead alone is read, by its key: a join could be planned as a reading of all leads.
macro_rules! linked {
    ($became:literal) => {
        concat!(
            "(SELECT l.converted_at FROM leads l WHERE l.tenant_id = this.tenant_id AND l.id = this.lead_id AND ",
            $became,
            ")"
        )
    };
}
// What is a lead's is its own from the beginning, and a deal that a lead became begins with the conversion.
pub(super) const OF_DEALS: (&str, &str) = activities!("opportunity_id", "NULL::timestamptz");
pub(super) const OF_LEADS: (&str, &str) = activities!("lead_id", "NULL::timestamptz");
pub(super) const OF_ACCOUNTS: (&str, &str) =
    activities!("account_id", linked!("l.converted_account_id = this.account_id"));

/// What was done and planned: `whose` is one of the above.
pub(super) async fn activities(
    tx: &mut TenantTx,
    (now, once): (&'static str, &'static str),
    about: &[Uuid],
    ties: &Ties,
) -> Result<Vec<ActivityRow>, StoreError> {
    let mut rows: Vec<ActivityRow> = sqlx::query_as(now).bind(about).fetch_all(tx.conn()).await?;
    let others = ties.others("activity", rows.iter().map(|row| row.thing.id));
    if !others.is_empty() {
        let others: Vec<ActivityRow> = sqlx::query_as(once).bind(others).fetch_all(tx.conn()).await?;
        rows.extend(others);
        rows.sort_by_key(|row| (row.occurred_at, row.thing.id));
    }
    Ok(rows)
}

impl ActivityRow {
    /// With each record that it was ever about.
    pub(super) fn with(self, changes: &mut Changes, ties: &Ties) -> Vec<(Uuid, Activity)> {
        let past = changes.take(self.thing.id);
        ties.with(self.thing, |there| Activity {
            id: self.thing.id,
            there,
            linked: self.linked_at,
            kind: self.r#type.clone(),
            direction: self.direction.clone(),
            status: self.status.clone(),
            outcome: self.outcome.clone(),
            occurred: self.occurred_at,
            completed: self.completed_at,
            due: self.due_at,
            past: past.clone(),
        })
    }
}

#[derive(FromRow)]
pub(super) struct RoleRow {
    opportunity_id: Uuid,
    pub(super) id: Uuid,
    contact_id: Uuid,
    role: String,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

pub(super) async fn roles(tx: &mut TenantTx, deals: &[Uuid]) -> Result<Vec<RoleRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT opportunity_id, id, contact_id, role, created_at, deleted_at FROM opportunity_contact_roles \
         WHERE opportunity_id = ANY ($1) ORDER BY created_at, id",
    )
    .bind(deals)
    .fetch_all(tx.conn())
    .await?)
}

impl RoleRow {
    pub(super) fn with(self, changes: &mut Changes) -> (Uuid, Role) {
        let life = Life {
            created: self.created_at,
            deleted: self.deleted_at,
        };
        let role = Role {
            id: self.id,
            contact: self.contact_id,
            life,
            part: self.role,
            past: changes.take(self.id),
        };
        (self.opportunity_id, role)
    }
}

#[derive(FromRow)]
pub(super) struct QuoteRow {
    #[sqlx(flatten)]
    pub(super) thing: Thing,
    status: String,
    discount_percent: Option<f64>,
}

#[derive(FromRow)]
pub(super) struct LineRow {
    quote_id: Uuid,
    pub(super) id: Uuid,
    product_id: Option<Uuid>,
    subtotal_minor: i64,
    discount_total_minor: i64,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

/// The quotes of these deals, also those that were theirs once, and their lines.
pub(super) async fn quotes(
    tx: &mut TenantTx,
    deals: &[Uuid],
    ties: &Ties,
) -> Result<(Vec<QuoteRow>, Vec<LineRow>), StoreError> {
    let quotes: Vec<QuoteRow> = sqlx::query_as(
        "SELECT opportunity_id AS about, id, external_id IS NOT NULL AS imported, status, \
             discount_percent::float8 AS discount_percent, created_at, deleted_at \
         FROM quotes WHERE opportunity_id = ANY ($1) OR id = ANY ($2) ORDER BY created_at, id",
    )
    .bind(deals)
    .bind(ties.others("quote", []))
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = quotes.iter().map(|quote| quote.thing.id).collect();
    let lines = sqlx::query_as(
        "SELECT quote_id, id, product_id, subtotal_minor, discount_total_minor, created_at, deleted_at FROM quote_lines \
         WHERE quote_id = ANY ($1)",
    )
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    Ok((quotes, lines))
}

/// Which of the products that these lines ever named are paid again and again.
pub(super) async fn recurring(
    tx: &mut TenantTx,
    lines: &[LineRow],
    changes: &Changes,
) -> Result<HashSet<Uuid>, StoreError> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let products: HashSet<Uuid> = lines
        .iter()
        .filter_map(|line| line.product_id)
        .chain(changes.named(&ids, "product_id"))
        .collect();
    let recurring: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM products WHERE is_recurring AND id = ANY ($1)")
            .bind(Vec::from_iter(products))
            .fetch_all(tx.conn())
            .await?;
    Ok(recurring.into_iter().collect())
}

impl LineRow {
    pub(super) fn with(self, changes: &mut Changes) -> (Uuid, QuoteLine) {
        let line = QuoteLine {
            life: Life {
                created: self.created_at,
                deleted: self.deleted_at,
            },
            product: self.product_id,
            subtotal: self.subtotal_minor,
            discount: self.discount_total_minor,
            past: changes.take(self.id),
        };
        (self.quote_id, line)
    }
}

impl QuoteRow {
    /// With each deal that it was ever of.
    pub(super) fn with(
        self,
        lines: &[QuoteLine],
        recurring: &Arc<HashSet<Uuid>>,
        changes: &mut Changes,
        ties: &Ties,
    ) -> Vec<(Uuid, Quote)> {
        let past = changes.take(self.thing.id);
        ties.with(self.thing, |there| Quote {
            id: self.thing.id,
            there,
            status: self.status.clone(),
            discount_percent: self.discount_percent,
            lines: lines.to_vec(),
            recurring: Arc::clone(recurring),
            past: past.clone(),
        })
    }
}

#[derive(FromRow)]
pub(super) struct MessageRow {
    about: Uuid,
    id: Uuid,
    direction: String,
    created_at: DateTime<Utc>,
    sentiment: Option<f64>,
    processed_at: Option<DateTime<Utc>>,
    linked_at: Option<DateTime<Utc>>,
}

/// What was said with leads.
pub(super) const WITH_LEADS: &str = "SELECT lead_id AS about, id, direction, created_at, sentiment::float8 AS sentiment, \
     processed_at, NULL::timestamptz AS linked_at FROM messages WHERE lead_id = ANY ($1) \
     AND created_at >= COALESCE($2, '-infinity') AND direction <> 'internal' ORDER BY created_at, id";
/// What contacts said, as far as it was understood.
pub(super) const OF_PEOPLE: &str = concat!(
    "SELECT contact_id AS about, id, direction, created_at, sentiment::float8 AS sentiment, processed_at, ",
    linked!("l.converted_contact_id = this.contact_id"),
    " AS linked_at FROM messages this WHERE contact_id = ANY ($1) AND created_at >= COALESCE($2, '-infinity') ",
    "AND sentiment IS NOT NULL ORDER BY created_at, id"
);

/// What was said: `sql` is one of the above. Where a moment is given, what was said since then.
pub(super) async fn messages(
    tx: &mut TenantTx,
    sql: &'static str,
    about: &[Uuid],
    since: Option<DateTime<Utc>>,
) -> Result<Vec<(Uuid, Message)>, StoreError> {
    let rows: Vec<MessageRow> = sqlx::query_as(sql)
        .bind(about)
        .bind(since)
        .fetch_all(tx.conn())
        .await?;
    let messages = rows.into_iter().map(|row| {
        let message = Message {
            id: row.id,
            at: row.created_at,
            linked: row.linked_at,
            inbound: row.direction == "inbound",
            sentiment: row.sentiment,
            processed: row.processed_at,
            with: None,
        };
        (row.about, message)
    });
    Ok(messages.collect())
}

#[derive(FromRow)]
struct EngagementRow {
    #[sqlx(flatten)]
    thing: Thing,
    r#type: String,
    occurred_at: DateTime<Utc>,
}

macro_rules! engagement {
    ($by:literal) => {
        concat!(
            "SELECT lead_id AS about, id, external_id IS NOT NULL AS imported, type, occurred_at, created_at, deleted_at ",
            "FROM engagement_events WHERE ",
            $by,
            " = ANY ($1) ORDER BY occurred_at, id"
        )
    };
}

pub(super) async fn engagement(
    tx: &mut TenantTx,
    leads: &[Uuid],
    ties: &Ties,
) -> Result<Vec<(Uuid, Engagement)>, StoreError> {
    let mut rows: Vec<EngagementRow> = sqlx::query_as(engagement!("lead_id"))
        .bind(leads)
        .fetch_all(tx.conn())
        .await?;
    let others = ties.others("engagement_event", rows.iter().map(|row| row.thing.id));
    if !others.is_empty() {
        let others: Vec<EngagementRow> = sqlx::query_as(engagement!("id"))
            .bind(others)
            .fetch_all(tx.conn())
            .await?;
        rows.extend(others);
        rows.sort_by_key(|row| (row.occurred_at, row.thing.id));
    }
    let events = rows.into_iter().flat_map(|row| {
        ties.with(row.thing, |there| Engagement {
            id: row.thing.id,
            there,
            kind: row.r#type.clone(),
            occurred: row.occurred_at,
        })
    });
    Ok(events.collect())
}
