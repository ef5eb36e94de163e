//! Accounts with what happened around them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    around::{self, ACTIVITY_FIELDS, OF_ACCOUNTS},
    by,
    changes::{Changes, Origin},
    customer, limit, people, stages,
    ties::{TO_ACCOUNTS, Ties},
};
use crate::{
    StoreError, TenantTx, catalog,
    history::{AccountHistory, Which, account::AccountDeal, parts::Life, past::Past, stages::Stages},
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

/// The fields by which it is told whether an account is a customer.
const STAY_FIELDS: &[&str] = &["type", "stage", "status", "end_date", "auto_renew", "account_id"];

/// How much of an account is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What it is.
    Outline,
    /// Whether it is a customer: what it is called, its contracts and deals.
    Stay,
    /// What a deal with it rests on. Of its cases, and of what its people said, what came since a moment where one is given.
    Deal { since: Option<DateTime<Utc>> },
    /// Everything.
    Whole,
}

impl Depth {
    /// What is loaded that may have been another account's.
    const fn with_ties(self) -> &'static [&'static str] {
        match self {
            Self::Outline => &[],
            Self::Stay => &["contract"],
            Self::Deal { .. } => &["case", "payment"],
            Self::Whole => &["activity", "case", "contract", "payment"],
        }
    }
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
        load(self, which, after, most, Depth::Whole).await
    }

    /// As [`TenantTx::account_histories`], but only what tells whether they are customers, when they left and since when
    /// anything is known of them: enough to know what is usual.
    pub async fn account_outlines(
        &mut self,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<AccountHistory>, StoreError> {
        load(self, which, after, most, Depth::Stay).await
    }
}

async fn rows(
    tx: &mut TenantTx,
    which: Which<'_>,
    after: Option<Uuid>,
    most: u32,
) -> Result<Vec<Row>, StoreError> {
    let after = after.unwrap_or_default();
    Ok(match which {
        Which::Ids(ids) => {
            sqlx::query_as(accounts!(
                "deleted_at IS NULL AND id > $1 AND id = ANY ($3) ORDER BY id LIMIT $2"
            ))
            .bind(after)
            .bind(limit(most))
            .bind(ids)
            .fetch_all(tx.conn())
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
            .fetch_all(tx.conn())
            .await?
        }
        Which::Drawn { below } => sqlx::query_as(customers!(
            "SELECT id, external_id IS NOT NULL AS imported, owner_id, type, industry, number_of_employees, \
                     created_at, deleted_at FROM accounts \
                 WHERE deleted_at IS NULL AND id > $1 AND hashtextextended(id::text, 0) < $3 AND ",
            " ORDER BY id LIMIT $2"
        ))
        .bind(after)
        .bind(limit(most))
        .bind(below)
        .fetch_all(tx.conn())
        .await?,
        Which::All | Which::Closed { .. } | Which::Came { .. } => {
            sqlx::query_as(accounts!("deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2"))
                .bind(after)
                .bind(limit(most))
                .fetch_all(tx.conn())
                .await?
        }
    })
}

async fn load(
    tx: &mut TenantTx,
    which: Which<'_>,
    after: Option<Uuid>,
    most: u32,
    depth: Depth,
) -> Result<Vec<AccountHistory>, StoreError> {
    let rows = rows(tx, which, after, most).await?;
    let stages = Arc::new(stages(tx).await?);
    fill(tx, rows, &stages, depth).await
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
    let mut first = HashMap::new();
    let mut ties = Ties::default();
    if depth != Depth::Outline && !ids.is_empty() {
        ties = Ties::of(tx, TO_ACCOUNTS, depth.with_ties(), &ids).await?;
        let moved = moved(tx, &ids).await?;
        deals = deals_of(tx, &ids, &moved).await?;
        if depth != Depth::Stay {
            let since = match depth {
                Depth::Deal { since } => since,
                Depth::Outline | Depth::Stay | Depth::Whole => None,
            };
            cases = by(customer::cases(tx, &ids, since, &ties).await?);
            messages = people::messages(tx, &ids, &moved, since).await?;
            payments = customer::payments(tx, &ids, &ties).await?;
        }
    }
    if matches!(depth, Depth::Stay | Depth::Whole) && !ids.is_empty() {
        contracts = customer::contracts(tx, &ids, &ties).await?;
    }
    if depth == Depth::Stay && !ids.is_empty() {
        first = customer::first_known(tx, &ids).await?;
    }
    if depth == Depth::Whole && !ids.is_empty() {
        activities = around::activities(tx, OF_ACCOUNTS, &ids, &ties).await?;
    }
    let mut wanted = ids.clone();
    wanted.extend(deals.iter().map(|deal| deal.id));
    wanted.extend(payments.iter().map(|payment| payment.thing.id));
    wanted.extend(contracts.iter().map(|contract| contract.thing.id));
    wanted.extend(activities.iter().map(|activity| activity.thing.id));
    let fields: Vec<&str> = match depth {
        Depth::Stay => STAY_FIELDS.to_vec(),
        Depth::Outline | Depth::Deal { .. } | Depth::Whole => {
            FIELDS.iter().chain(ACTIVITY_FIELDS).copied().collect()
        }
    };
    let mut changes = Changes::of(tx, &wanted, &fields).await?;
    let asked: HashSet<Uuid> = ids.into_iter().collect();
    let mut deals = by(deals
        .into_iter()
        .flat_map(|row| row.with(&mut changes, stages, &asked)));
    let mut payments = by(payments.into_iter().flat_map(|row| row.with(&mut changes, &ties)));
    let mut contracts = by(contracts
        .into_iter()
        .flat_map(|row| row.with(&mut changes, &ties)));
    let mut activities = by(activities
        .into_iter()
        .flat_map(|row| row.with(&mut changes, &ties)));
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
            first: first.remove(&row.id),
            stages: Arc::clone(stages),
        }
    });
    Ok(accounts.collect())
}

impl DealRow {
    /// With each of the accounts asked for that it was ever with.
    fn with(self, changes: &mut Changes, stages: &Stages, asked: &HashSet<Uuid>) -> Vec<(Uuid, AccountDeal)> {
        let life = Life {
            created: self.created_at,
            deleted: self.deleted_at,
        };
        let origin = Origin {
            object: &catalog::OPPORTUNITY,
            imported: self.imported,
            ended: self.closed_at,
        };
        let deal = AccountDeal {
            id: self.id,
            life,
            account: self.account_id,
            kind: self.r#type,
            stage: stages.key(&self.stage, None).to_owned(),
            closed: self.closed_at,
            past: stages.keyed(changes.take_from(self.id, life, origin)),
        };
        let accounts = of_these(asked, deal.account, &deal.past);
        accounts
            .into_iter()
            .map(|account| (account, deal.clone()))
            .collect()
    }
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
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT record_id FROM field_changes WHERE object IN ('opportunity', 'contact') \
         AND field = 'account_id' AND old_id = ANY ($1)",
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
