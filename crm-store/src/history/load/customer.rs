//! What there is with a customer, as rows: cases, contracts, payments.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    changes::Changes,
    ties::{Thing, Ties},
};
use crate::{
    StoreError, TenantTx,
    history::{
        parts::{Case, CaseEvent, Contract, Payment},
        past::arrived,
    },
};

#[derive(FromRow)]
struct CaseRow {
    #[sqlx(flatten)]
    thing: Thing,
    satisfaction: Option<f64>,
    is_escalated: bool,
    resolved_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct CaseEventRow {
    case_id: Uuid,
    kind: String,
    old: Option<Json>,
    new: Option<Json>,
    at: DateTime<Utc>,
}

/// The cases of these accounts, also those that were theirs once; those that were opened since a moment, where one is given.
pub(super) async fn cases(
    tx: &mut TenantTx,
    accounts: &[Uuid],
    since: Option<DateTime<Utc>>,
    ties: &Ties,
) -> Result<Vec<(Uuid, Case)>, StoreError> {
    let rows: Vec<CaseRow> = sqlx::query_as(
        "SELECT account_id AS about, id, external_id IS NOT NULL AS imported, satisfaction::float8 AS satisfaction, is_escalated, \
             created_at, deleted_at, resolved_at FROM cases WHERE (account_id = ANY ($1) OR id = ANY ($3)) \
         AND created_at >= COALESCE($2, '-infinity') ORDER BY created_at, id",
    )
    .bind(accounts)
    .bind(since)
    .bind(ties.others("case", []))
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.thing.id).collect();
    let events: Vec<CaseEventRow> = sqlx::query_as(
        "SELECT case_id, kind, old, new, at FROM case_events WHERE case_id = ANY ($1) \
         AND kind IN ('status_changed', 'escalated', 'sla_breached', 'satisfaction') ORDER BY at, id",
    )
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    let mut events = super::by(events.into_iter().map(|row| {
        let event = CaseEvent {
            kind: row.kind,
            old: row.old,
            new: row.new,
            at: row.at,
        };
        (row.case_id, event)
    }));
    let cases = rows.into_iter().flat_map(|row| {
        let Thing { id, created_at, .. } = row.thing;
        let arrival = row.thing.imported.then(|| arrived(id, created_at)).flatten();
        let settled = arrival.map(|at| row.resolved_at.map_or(at, |resolved| resolved.min(at)));
        let events = events.remove(&id).unwrap_or_default();
        ties.with(row.thing, |there| Case {
            id,
            there,
            settled,
            resolved: row.resolved_at,
            satisfaction: row.satisfaction,
            escalated: row.is_escalated,
            events: events.clone(),
        })
    });
    Ok(cases.collect())
}

/// When the first case, activity or message of each of these accounts came: what is loaded of them whole, as one moment. What
/// was another's before does not tell.
pub(super) async fn first_known(
    tx: &mut TenantTx,
    accounts: &[Uuid],
) -> Result<HashMap<Uuid, DateTime<Utc>>, StoreError> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
        "SELECT account_id, min(at) FROM (\
             SELECT account_id, min(created_at) AS at FROM cases c WHERE account_id = ANY ($1) \
                 AND NOT EXISTS (SELECT FROM field_changes f WHERE f.tenant_id = c.tenant_id AND f.record_id = c.id \
                     AND f.field = 'account_id' AND f.object = 'case') GROUP BY account_id \
             UNION ALL \
             SELECT a.id, (SELECT created_at FROM activities c WHERE account_id = a.id \
                 AND NOT EXISTS (SELECT FROM field_changes f WHERE f.tenant_id = c.tenant_id AND f.record_id = c.id \
                     AND f.field = 'account_id' AND f.object = 'activity') ORDER BY occurred_at, id LIMIT 1) \
                 FROM unnest($1::uuid[]) a (id) \
             UNION ALL \
             SELECT c.account_id, min(m.created_at) FROM contacts c JOIN messages m ON m.contact_id = c.id \
                 WHERE c.account_id = ANY ($1) AND m.sentiment IS NOT NULL GROUP BY c.account_id) known \
         WHERE at IS NOT NULL GROUP BY account_id",
    )
    .bind(accounts)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().collect())
}

#[derive(FromRow)]
pub(super) struct ContractRow {
    #[sqlx(flatten)]
    pub(super) thing: Thing,
    status: String,
    end_date: Option<NaiveDate>,
    auto_renew: bool,
}

/// Those of these accounts, also those that were theirs once.
pub(super) async fn contracts(
    tx: &mut TenantTx,
    accounts: &[Uuid],
    ties: &Ties,
) -> Result<Vec<ContractRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT account_id AS about, id, external_id IS NOT NULL AS imported, status, end_date, auto_renew, created_at, \
             deleted_at \
         FROM contracts WHERE account_id = ANY ($1) OR id = ANY ($2) ORDER BY created_at, id",
    )
    .bind(accounts)
    .bind(ties.others("contract", []))
    .fetch_all(tx.conn())
    .await?)
}

impl ContractRow {
    /// With each account that it was ever with.
    pub(super) fn with(self, changes: &mut Changes, ties: &Ties) -> Vec<(Uuid, Contract)> {
        let past = changes.take(self.thing.id);
        ties.with(self.thing, |there| Contract {
            id: self.thing.id,
            there,
            status: self.status.clone(),
            ends: self.end_date,
            auto_renew: self.auto_renew,
            past: past.clone(),
        })
    }
}

#[derive(FromRow)]
pub(super) struct PaymentRow {
    #[sqlx(flatten)]
    pub(super) thing: Thing,
    status: String,
    due_date: Option<NaiveDate>,
    paid_at: Option<DateTime<Utc>>,
}

/// Those of these accounts, also those that were theirs once.
pub(super) async fn payments(
    tx: &mut TenantTx,
    accounts: &[Uuid],
    ties: &Ties,
) -> Result<Vec<PaymentRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT account_id AS about, id, external_id IS NOT NULL AS imported, status, due_date, paid_at, created_at, \
             deleted_at \
         FROM payments WHERE account_id = ANY ($1) OR id = ANY ($2) ORDER BY due_date, id",
    )
    .bind(accounts)
    .bind(ties.others("payment", []))
    .fetch_all(tx.conn())
    .await?)
}

impl PaymentRow {
    /// With each account that it was ever of.
    pub(super) fn with(self, changes: &mut Changes, ties: &Ties) -> Vec<(Uuid, Payment)> {
        let past = changes.take(self.thing.id);
        ties.with(self.thing, |there| Payment {
            id: self.thing.id,
            there,
            status: self.status.clone(),
            due: self.due_date,
            paid: self.paid_at,
            past: past.clone(),
        })
    }
}
