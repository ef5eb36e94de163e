//! What there is with a customer, as rows: cases, contracts, payments.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use sqlx::FromRow;
use uuid::Uuid;

use super::changes::Changes;
use crate::{
    StoreError, TenantTx,
    history::parts::{Case, CaseEvent, Contract, Life, Payment},
};

#[derive(FromRow)]
struct CaseRow {
    account_id: Uuid,
    id: Uuid,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    resolved_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct CaseEventRow {
    case_id: Uuid,
    kind: String,
    new: Option<Json>,
    at: DateTime<Utc>,
}

/// The cases of these accounts; those that were opened since a moment, where one is given.
pub(super) async fn cases(
    tx: &mut TenantTx,
    accounts: &[Uuid],
    since: Option<DateTime<Utc>>,
) -> Result<Vec<(Uuid, Case)>, StoreError> {
    let rows: Vec<CaseRow> = sqlx::query_as(
        "SELECT account_id, id, created_at, deleted_at, resolved_at FROM cases WHERE account_id = ANY ($1) \
         AND created_at >= COALESCE($2, '-infinity') ORDER BY created_at, id",
    )
    .bind(accounts)
    .bind(since)
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let events: Vec<CaseEventRow> = sqlx::query_as(
        "SELECT case_id, kind, new, at FROM case_events WHERE case_id = ANY ($1) \
         AND kind IN ('status_changed', 'escalated', 'sla_breached', 'satisfaction') ORDER BY at, id",
    )
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    let mut events = super::by(events.into_iter().map(|row| {
        let event = CaseEvent {
            kind: row.kind,
            new: row.new,
            at: row.at,
        };
        (row.case_id, event)
    }));
    let cases = rows.into_iter().map(|row| {
        let case = Case {
            id: row.id,
            life: Life {
                created: row.created_at,
                deleted: row.deleted_at,
            },
            resolved: row.resolved_at,
            events: events.remove(&row.id).unwrap_or_default(),
        };
        (row.account_id, case)
    });
    Ok(cases.collect())
}

/// When the first case, activity or message of each of these accounts came: what is loaded of them whole, as one moment.
pub(super) async fn first_known(
    tx: &mut TenantTx,
    accounts: &[Uuid],
) -> Result<HashMap<Uuid, DateTime<Utc>>, StoreError> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
        "SELECT account_id, min(at) FROM (\
             SELECT account_id, min(created_at) AS at FROM cases WHERE account_id = ANY ($1) GROUP BY account_id \
             UNION ALL \
             SELECT a.id, (SELECT created_at FROM activities WHERE account_id = a.id ORDER BY occurred_at, id LIMIT 1) \
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
    account_id: Uuid,
    pub(super) id: Uuid,
    status: String,
    end_date: Option<NaiveDate>,
    auto_renew: bool,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

pub(super) async fn contracts(tx: &mut TenantTx, accounts: &[Uuid]) -> Result<Vec<ContractRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT account_id, id, status, end_date, auto_renew, created_at, deleted_at FROM contracts \
         WHERE account_id = ANY ($1) ORDER BY created_at, id",
    )
    .bind(accounts)
    .fetch_all(tx.conn())
    .await?)
}

impl ContractRow {
    pub(super) fn with(self, changes: &mut Changes) -> (Uuid, Contract) {
        let life = Life {
            created: self.created_at,
            deleted: self.deleted_at,
        };
        let contract = Contract {
            id: self.id,
            life,
            status: self.status,
            ends: self.end_date,
            auto_renew: self.auto_renew,
            past: changes.take(self.id),
        };
        (self.account_id, contract)
    }
}

#[derive(FromRow)]
pub(super) struct PaymentRow {
    account_id: Uuid,
    pub(super) id: Uuid,
    status: String,
    due_date: Option<NaiveDate>,
    paid_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

pub(super) async fn payments(tx: &mut TenantTx, accounts: &[Uuid]) -> Result<Vec<PaymentRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT account_id, id, status, due_date, paid_at, created_at, deleted_at FROM payments \
         WHERE account_id = ANY ($1) ORDER BY due_date, id",
    )
    .bind(accounts)
    .fetch_all(tx.conn())
    .await?)
}

impl PaymentRow {
    pub(super) fn with(self, changes: &mut Changes) -> (Uuid, Payment) {
        let life = Life {
            created: self.created_at,
            deleted: self.deleted_at,
        };
        let payment = Payment {
            id: self.id,
            life,
            status: self.status,
            due: self.due_date,
            paid: self.paid_at,
            past: changes.take(self.id),
        };
        (self.account_id, payment)
    }
}
