//! Deals with what happened around them.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    account::{self, Depth},
    around::{self, ACTIVITY_FIELDS, OF_DEALS},
    by,
    changes::{Changes, Origin},
    limit, rates, rows_of, stages,
    ties::{TO_DEALS, Ties},
};
use crate::{
    StoreError, TenantTx, catalog,
    history::{Closed, DealHistory, Sum, Which, parts::Life},
};

const FIELDS: &[&str] = &[
    "stage",
    "amount",
    "owner_id",
    "close_date",
    "lead_source",
    "campaign_id",
    "competitor",
    "budget_confirmed",
    "discovery_completed",
    "roi_analysis_completed",
    "account_id",
    "role",
    "contact_id",
    "discount_percent",
    "subtotal",
    "discount_total",
    "product_id",
];

#[derive(FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of the table")]
struct Row {
    id: Uuid,
    imported: bool,
    owner_id: Option<Uuid>,
    account_id: Option<Uuid>,
    stage: String,
    stage_entered_at: DateTime<Utc>,
    amount_minor: Option<i64>,
    currency: Option<String>,
    close_date: Option<NaiveDate>,
    r#type: Option<String>,
    lead_source: Option<String>,
    campaign_id: Option<Uuid>,
    competitor: Option<String>,
    budget_confirmed: bool,
    discovery_completed: bool,
    roi_analysis_completed: bool,
    is_won: bool,
    closed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

macro_rules! deals {
    ($condition:literal) => {
        concat!(
            "SELECT id, external_id IS NOT NULL AS imported, owner_id, account_id, stage, stage_entered_at, amount_minor, currency, ",
            "close_date, type, lead_source, campaign_id, competitor, budget_confirmed, discovery_completed, roi_analysis_completed, ",
            "is_won, closed_at, created_at, deleted_at FROM opportunities WHERE deleted_at IS NULL AND id > $1 AND ",
            $condition,
            " ORDER BY id LIMIT $2"
        )
    };
}

impl TenantTx {
    /// Deals with all that was ever known of them, in the order of their ids, after one.
    pub async fn deal_histories(
        &mut self,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<DealHistory>, StoreError> {
        load(self, which, after, most, Depth::Deal { since: None }).await
    }

    /// As [`TenantTx::deal_histories`], for whoever looks no further back than `since` into the cases of accounts and into what
    /// their people said: older ones are left out, so that a deal with a customer of ten years is read as fast as any.
    pub async fn deal_histories_since(
        &mut self,
        which: Which<'_>,
        since: DateTime<Utc>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<DealHistory>, StoreError> {
        load(self, which, after, most, Depth::Deal { since: Some(since) }).await
    }

    /// As [`TenantTx::deal_histories`], but only what deals themselves say and what trade their accounts are in: enough to
    /// know what is usual, several times as fast.
    pub async fn deal_outlines(
        &mut self,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<DealHistory>, StoreError> {
        load(self, which, after, most, Depth::Outline).await
    }
}

async fn rows(
    tx: &mut TenantTx,
    which: Which<'_>,
    after: Option<Uuid>,
    most: u32,
) -> Result<Vec<Row>, StoreError> {
    Ok(rows_of!(tx, which, after, most, deals,
        open: "NOT is_closed",
        closed: "closed_at >= $3"))
}

async fn load(
    tx: &mut TenantTx,
    which: Which<'_>,
    after: Option<Uuid>,
    most: u32,
    depth: Depth,
) -> Result<Vec<DealHistory>, StoreError> {
    let rows = rows(tx, which, after, most).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let stages = Arc::new(stages(tx).await?);
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let (mut activities, mut roles) = (Vec::new(), Vec::new());
    let (mut quotes, mut lines) = (Vec::new(), Vec::new());
    let mut ties = Ties::default();
    if depth != Depth::Outline {
        ties = Ties::of(tx, TO_DEALS, &["activity", "quote"], &ids).await?;
        activities = around::activities(tx, OF_DEALS, &ids, &ties).await?;
        roles = around::roles(tx, &ids).await?;
        let offers = around::quotes(tx, &ids, &ties).await?;
        quotes = offers.0;
        lines = offers.1;
    }
    let mut wanted = ids.clone();
    wanted.extend(activities.iter().map(|activity| activity.thing.id));
    wanted.extend(roles.iter().map(|role| role.id));
    wanted.extend(quotes.iter().map(|quote| quote.thing.id));
    wanted.extend(lines.iter().map(|line| line.id));
    let fields: Vec<&str> = FIELDS.iter().chain(ACTIVITY_FIELDS).copied().collect();
    let mut changes = Changes::of(tx, &wanted, &fields).await?;
    // A deal may have been in another currency before: what it was worth then does not depend on what it is read with.
    let mut currencies: Vec<&str> = rows.iter().filter_map(|row| row.currency.as_deref()).collect();
    currencies.extend(changes.currencies(&ids, "amount"));
    currencies.sort_unstable();
    currencies.dedup();
    let rates = Arc::new(rates(tx, &currencies).await?);
    let recurring = Arc::new(around::recurring(tx, &lines, &changes).await?);
    let mut partners: Vec<Uuid> = rows.iter().filter_map(|row| row.account_id).collect();
    partners.extend(changes.named(&ids, "account_id"));
    partners.sort_unstable();
    partners.dedup();
    let accounts = Arc::new(account::of(tx, &partners, &stages, depth).await?);
    let mut lines = by(lines.into_iter().map(|row| row.with(&mut changes)));
    let mut activities = by(activities
        .into_iter()
        .flat_map(|row| row.with(&mut changes, &ties)));
    let mut roles = by(roles.into_iter().map(|row| row.with(&mut changes)));
    let mut quotes = by(quotes.into_iter().flat_map(|row| {
        let lines = lines.remove(&row.thing.id).unwrap_or_default();
        row.with(&lines, &recurring, &mut changes, &ties)
    }));
    let deals = rows.into_iter().map(|row| {
        let life = Life {
            created: row.created_at,
            deleted: row.deleted_at,
        };
        DealHistory {
            id: row.id,
            life,
            owner: row.owner_id,
            stage: stages.key(&row.stage, None).to_owned(),
            entered: row.stage_entered_at,
            amount: row
                .amount_minor
                .zip(row.currency)
                .map(|(minor, currency)| Sum { minor, currency }),
            close_date: row.close_date,
            kind: row.r#type,
            source: row.lead_source,
            campaign: row.campaign_id,
            competitor: row.competitor,
            budget: row.budget_confirmed,
            discovery: row.discovery_completed,
            roi: row.roi_analysis_completed,
            closed: row.closed_at.map(|at| Closed { at, won: row.is_won }),
            past: stages.keyed(changes.take_from(
                row.id,
                life,
                Origin {
                    object: &catalog::OPPORTUNITY,
                    imported: row.imported,
                    ended: row.closed_at,
                },
            )),
            activities: activities.remove(&row.id).unwrap_or_default(),
            roles: roles.remove(&row.id).unwrap_or_default(),
            quotes: quotes.remove(&row.id).unwrap_or_default(),
            account: row.account_id,
            accounts: Arc::clone(&accounts),
            stages: Arc::clone(&stages),
            rates: Arc::clone(&rates),
        }
    });
    Ok(deals.collect())
}
