//! Open deals in the order of what is said of them, or of what they are.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    TenantStore, TenantTx,
    catalog::OPPORTUNITY,
    models::ModelKind,
    query::{Condition, Op},
    records::{ListQuery, Record, Select},
    scores::{RankCursor, RankOrder, Score},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Advisor;
use crate::{
    ToolError,
    predictions::{
        reasons::{Reason, strongest, told},
        sight::Sight,
    },
    whose::Whose,
};

/// What a row's change is counted from.
const WEEK: TimeDelta = TimeDelta::days(7);
/// The most owners that a list by a field can be asked for.
const MOST_OWNERS: usize = 200;
/// The fields of a deal that are shown with its probability.
const SHOWN: &[&str] = &[
    "id",
    "name",
    "stage",
    "amount",
    "close_date",
    "owner_id",
    "owner",
    "account",
    "masked_fields",
];

/// The order of open deals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DealOrder {
    /// By probability; deals that were not scored yet come last.
    Chance(RankOrder),
    /// By a field of the deal, descending with a minus sign before it.
    Field(String),
}

/// How far a probability moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// When it was last something else than now, before the time looked at.
    pub since: DateTime<Utc>,
    /// The probability then.
    pub from: f64,
    /// How many percentage points it moved since.
    pub points: f64,
}

/// An open deal with what is said of it.
#[derive(Debug, Clone)]
pub struct RankedDeal {
    /// The deal.
    pub id: Uuid,
    /// What of it is shown, as the reader may see it.
    pub record: Map<String, Value>,
    /// Its latest score.
    pub score: Option<Score>,
    /// How far it moved in a week; none for deals without an earlier score, or where another model gave it.
    pub change: Option<Change>,
    /// What speaks for or against it most, as the reader may know it.
    pub reason: Option<Reason>,
}

/// Which open deals.
#[derive(Debug, Clone)]
pub struct OpenDeals {
    /// Whose.
    pub whose: Whose,
    /// In which order.
    pub order: DealOrder,
    /// How many, 1 to 200.
    pub limit: i64,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

struct Found {
    records: Vec<Record>,
    next: Option<String>,
}

impl Advisor {
    /// A page of the open deals that the actor of `store` sees, each with its latest score, how it moved in a week and the
    /// reason that counts most; and the cursor of the next page. A page takes the same number of statements whatever is on it.
    pub async fn open_deals(
        &self,
        store: &TenantStore,
        wanted: &OpenDeals,
    ) -> Result<(Vec<RankedDeal>, Option<String>), ToolError> {
        let mut tx = store.begin().await?;
        let access = tx.access().await?;
        if !access.asks(&OPPORTUNITY) {
            return Ok((Vec::new(), None));
        }
        let owners = wanted.whose.owners(&mut tx).await?;
        let found = match &wanted.order {
            DealOrder::Chance(order) => by_chance(&mut tx, owners, *order, wanted).await?,
            DealOrder::Field(field) => by_field(&mut tx, owners, field, wanted).await?,
        };
        let ids: Vec<Uuid> = found.records.iter().map(|record| record.id).collect();
        let since = tx.now() - WEEK;
        let mut scores = tx.scores(ModelKind::Win);
        let mut latest = scores.latest(&ids).await?;
        let before = scores.before(&ids, since).await?;
        let sight = Sight::of(
            &mut tx,
            latest.values().filter_map(|score| strongest(&score.terms)),
        )
        .await?;
        tx.commit().await?;
        let deals = found.records.into_iter().map(|record| {
            let said = latest.remove(&record.id);
            let was = before.get(&record.id);
            let mut shown = record.to_json(&access);
            shown.retain(|field, _| SHOWN.contains(&field.as_str()));
            // Another model speaks in other numbers: what it says moves no deal.
            let moved = said
                .as_ref()
                .zip(was)
                .filter(|(now, was)| now.id != was.id && now.model_id == was.model_id);
            RankedDeal {
                id: record.id,
                record: shown,
                change: moved.map(|(now, was)| Change {
                    since: was.scored_at,
                    from: was.probability,
                    points: (now.probability - was.probability) * 100.0,
                }),
                reason: said.as_ref().and_then(|score| {
                    strongest(&score.terms).and_then(|term| told(term, score.log_odds, &sight))
                }),
                score: said,
            }
        });
        Ok((deals.collect(), found.next))
    }
}

fn select() -> Select {
    Select {
        include: vec!["owner".to_owned(), "account".to_owned()],
        ..Select::default()
    }
}

async fn by_chance(
    tx: &mut TenantTx,
    owners: Option<Vec<Uuid>>,
    order: RankOrder,
    wanted: &OpenDeals,
) -> Result<Found, ToolError> {
    let after: Option<RankCursor> = wanted.cursor.as_deref().map(str::parse).transpose()?;
    let (ranked, next) = tx
        .scores(ModelKind::Win)
        .ranked(owners.as_deref(), order, after, wanted.limit)
        .await?;
    let ids: Vec<Uuid> = ranked.iter().map(|one| one.record).collect();
    let mut records = tx.records(&OPPORTUNITY).get_many(&ids, &select()).await?;
    let place = |record: &Record| ids.iter().position(|id| *id == record.id);
    records.sort_by_key(place);
    Ok(Found {
        records,
        next: next.map(|next| next.to_string()),
    })
}

async fn by_field(
    tx: &mut TenantTx,
    owners: Option<Vec<Uuid>>,
    field: &str,
    wanted: &OpenDeals,
) -> Result<Found, ToolError> {
    let mut filters = vec![Condition::new("is_closed", Op::Eq, false)];
    if let Some(owners) = owners {
        if owners.len() > MOST_OWNERS {
            return Err(ToolError::Correctable(format!(
                "more than {MOST_OWNERS} people are meant; sort by probability, or name one of them"
            )));
        }
        filters.push(Condition::new("owner_id", Op::In, json!(owners)));
    }
    let page = tx
        .records(&OPPORTUNITY)
        .list(&ListQuery {
            filters,
            sort: Some(field.to_owned()),
            limit: Some(wanted.limit),
            cursor: wanted.cursor.clone(),
            select: select(),
            ..ListQuery::default()
        })
        .await?;
    Ok(Found {
        records: page.records,
        next: page.next_cursor,
    })
}
