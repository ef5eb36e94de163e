//! Accounts with what happened around them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    around::{self, ACTIVITY_FIELDS, OF_ACCOUNTS},
    by,
    changes::{Changes, Origin},
    customer, limit, people, stages,
};
use crate::{
    StoreError, TenantTx, catalog,
    history::{
        AccountHistory, Which,
        account::AccountDeal,
        parts::{Life, Stages},
        past::Past,
    },
};

const FIELDS: &[&str] = &[
    "owner_id",
    "type",
    "industry",
    "number_of_employees",
    "stage",
    "status",
    "due_date",
    "paid_at",
    "end_date",
    "auto_renew",
    "account_id",
];

#[derive(FromRow)]
struct Row {
    id: Uuid,
    imported: bool,
    owner_id: Option<Uuid>,
    r#type: Option<String>,
    industry: Option<String>,
    number_of_employees: Option<i32>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct DealRow {
    account_id: Option<Uuid>,
    id: Uuid,
    imported: bool,
    r#type: Option<String>,
    stage: String,
    closed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

macro_rules! accounts {
    ($condition:literal) => {
        concat!(
            "SELECT id, external_id IS NOT NULL AS imported, owner_id, type, industry, number_of_employees, created_at, ",
            "deleted_at FROM accounts WHERE ",
            $condition
        )
    };
}

/// A statement with the condition that an account is a customer or was one.
macro_rules! customers {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "(type IN ('customer', 'former_customer') \
               OR EXISTS (SELECT FROM contracts c WHERE c.tenant_id = accounts.tenant_id \
                   AND c.account_id = accounts.id AND c.deleted_at IS NULL) \
               OR EXISTS (SELECT FROM field_changes f WHERE f.tenant_id = accounts.tenant_id AND f.object = 'account' \
                   AND f.record_id = accounts.id AND f.field = 'type' AND f.old = '\"customer\"'))",
            $after
        )
    };
}
pub(super) use customers;

/// How much of an account is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What it is.
    Outline,
    /// What a deal with it rests on.
    Deal,
    /// Everything.
    Whole,
}

impl TenantTx {
    /// Accounts with all that was ever known of them, in the order of their ids, after one. Open ones are customers and
    /// those of whom a score stands; all and closed ones are all accounts.
    pub async fn account_histories(
        &mut self,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<AccountHistory>, StoreError> {
        let after = after.unwrap_or_default();
        let rows: Vec<Row> = match which {
            Which::Ids(ids) => {
                sqlx::query_as(accounts!(
                    "deleted_at IS NULL AND id > $1 AND id = ANY ($3) ORDER BY id LIMIT $2"
                ))
                .bind(after)
                .bind(limit(most))
                .bind(ids)
                .fetch_all(self.conn())
                .await?
            }
            Which::Open => {
                // Customers, and those of whom something is said still, for whether they are.
                sqlx::query_as(accounts!(
                    "deleted_at IS NULL AND id > $1 AND (type = 'customer' \
                       OR EXISTS (SELECT FROM contracts c WHERE c.tenant_id = accounts.tenant_id \
                           AND c.account_id = accounts.id AND c.status = 'activated' AND c.deleted_at IS NULL) \
                       OR EXISTS (SELECT FROM account_scores s WHERE s.tenant_id = accounts.tenant_id \
                           AND s.account_id = accounts.id AND s.is_latest)) ORDER BY id LIMIT $2"
                ))
                .bind(after)
                .bind(limit(most))
                .fetch_all(self.conn())
                .await?
            }
            Which::Drawn { below } => {
                sqlx::query_as(customers!(
                    "SELECT id, external_id IS NOT NULL AS imported, owner_id, type, industry, number_of_employees, \
                         created_at, deleted_at FROM accounts \
                     WHERE deleted_at IS NULL AND id > $1 AND hashtextextended(id::text, 0) < $3 AND ",
                    " ORDER BY id LIMIT $2"
                ))
                .bind(after)
                .bind(limit(most))
                .bind(below)
                .fetch_all(self.conn())
                .await?
            }
            Which::All | Which::Closed { .. } | Which::Came { .. } => {
                sqlx::query_as(accounts!("deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2"))
                    .bind(after)
                    .bind(limit(most))
                    .fetch_all(self.conn())
                    .await?
            }
        };
        let stages = Arc::new(stages(self).await?);
        fill(self, rows, &stages, Depth::Whole).await
    }
}

/// The accounts that deals are with, by their ids.
pub(super) async fn of(
    tx: &mut TenantTx,
    ids: &[Uuid],
    stages: &Arc<Stages>,
    depth: Depth,
) -> Result<HashMap<Uuid, Arc<AccountHistory>>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(accounts!("id = ANY ($1)"))
        .bind(ids)
        .fetch_all(tx.conn())
        .await?;
    let accounts = fill(tx, rows, stages, depth).await?;
    Ok(accounts
        .into_iter()
        .map(|account| (account.id, Arc::new(account)))
        .collect())
}

async fn fill(
    tx: &mut TenantTx,
    rows: Vec<Row>,
    stages: &Arc<Stages>,
    depth: Depth,
) -> Result<Vec<AccountHistory>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let (mut cases, mut messages) = (HashMap::new(), HashMap::new());
    let (mut deals, mut payments) = (Vec::new(), Vec::new());
    let (mut contracts, mut activities) = (Vec::new(), Vec::new());
    if depth != Depth::Outline && !ids.is_empty() {
        cases = by(customer::cases(tx, &ids).await?);
        let moved = moved(tx, &ids).await?;
        messages = people::messages(tx, &ids, &moved).await?;
        deals = deals_of(tx, &ids, &moved).await?;
        payments = customer::payments(tx, &ids).await?;
    }
    if depth == Depth::Whole && !ids.is_empty() {
        contracts = customer::contracts(tx, &ids).await?;
        activities = around::activities(tx, OF_ACCOUNTS, &ids).await?;
    }
    let mut wanted = ids.clone();
    wanted.extend(deals.iter().map(|deal| deal.id));
    wanted.extend(payments.iter().map(|payment| payment.id));
    wanted.extend(contracts.iter().map(|contract| contract.id));
    wanted.extend(activities.iter().map(|activity| activity.id));
    let fields: Vec<&str> = FIELDS.iter().chain(ACTIVITY_FIELDS).copied().collect();
    let mut changes = Changes::of(tx, &wanted, &fields).await?;
    let asked: HashSet<Uuid> = ids.into_iter().collect();
    let mut deals = by(deals.into_iter().flat_map(|row| {
        let life = Life {
            created: row.created_at,
            deleted: row.deleted_at,
        };
        let origin = Origin {
            object: &catalog::OPPORTUNITY,
            imported: row.imported,
            ended: row.closed_at,
        };
        let deal = AccountDeal {
            id: row.id,
            life,
            account: row.account_id,
            kind: row.r#type,
            stage: row.stage,
            closed: row.closed_at,
            past: changes.take_from(row.id, life, origin),
        };
        let accounts = of_these(&asked, deal.account, &deal.past);
        accounts.into_iter().map(move |account| (account, deal.clone()))
    }));
    let mut payments = by(payments.into_iter().map(|row| row.with(&mut changes)));
    let mut contracts = by(contracts.into_iter().map(|row| row.with(&mut changes)));
    let mut activities = by(activities.into_iter().map(|row| row.with(&mut changes)));
    let accounts = rows.into_iter().map(|row| {
        let life = Life {
            created: row.created_at,
            deleted: row.deleted_at,
        };
        AccountHistory {
            id: row.id,
            life,
            owner: row.owner_id,
            kind: row.r#type,
            industry: row.industry,
            employees: row.number_of_employees.map(i64::from),
            past: changes.take_from(
                row.id,
                life,
                Origin {
                    object: &catalog::ACCOUNT,
                    imported: row.imported,
                    ended: None,
                },
            ),
            cases: cases.remove(&row.id).unwrap_or_default(),
            deals: deals.remove(&row.id).unwrap_or_default(),
            messages: messages.remove(&row.id).unwrap_or_default(),
            contracts: contracts.remove(&row.id).unwrap_or_default(),
            payments: payments.remove(&row.id).unwrap_or_default(),
            activities: activities.remove(&row.id).unwrap_or_default(),
            stages: Arc::clone(stages),
        }
    });
    Ok(accounts.collect())
}

/// The accounts that something was with at any time, of those that are asked for.
pub(super) fn of_these(asked: &HashSet<Uuid>, now: Option<Uuid>, past: &Past) -> HashSet<Uuid> {
    now.into_iter()
        .chain(past.ids("account_id"))
        .filter(|account| asked.contains(account))
        .collect()
}

/// The deals and contacts that were with one of these accounts and are not any more.
async fn moved(tx: &mut TenantTx, accounts: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let accounts: Vec<Json> = accounts.iter().map(|account| json!(account)).collect();
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT record_id FROM field_changes WHERE object IN ('opportunity', 'contact') \
         AND field = 'account_id' AND old = ANY ($1)",
    )
    .bind(accounts)
    .fetch_all(tx.conn())
    .await?)
}

async fn deals_of(tx: &mut TenantTx, accounts: &[Uuid], moved: &[Uuid]) -> Result<Vec<DealRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT account_id, id, external_id IS NOT NULL AS imported, type, stage, closed_at, created_at, deleted_at \
         FROM opportunities WHERE account_id = ANY ($1) OR id = ANY ($2) ORDER BY created_at, id",
    )
    .bind(accounts)
    .bind(moved)
    .fetch_all(tx.conn())
    .await?)
}
