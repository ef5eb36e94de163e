//! Loads histories: a fixed number of statements for a batch of records, as the actor.

mod account;
mod around;
mod changes;
mod customer;
mod deal;
mod lead;
mod lessons;
mod people;
mod ties;

use std::{collections::HashMap, hash::Hash};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

pub use lessons::Lessons;

use self::changes::Changes;
use super::{
    money::RateHistory,
    parts::Life,
    stages::{Stage, StageKind, Stages},
};
use crate::{StoreError, TenantTx};

/// The most records of a batch.
const MOST: u32 = 5_000;

/// The limit of a page as Postgres takes it.
fn limit(limit: u32) -> i64 {
    i64::from(limit.clamp(1, MOST))
}

/// The rows of records by which are asked for: `$select` makes a statement of a condition, in which `$3` is a moment,
/// a number or ids.
macro_rules! rows_of {
    ($tx:expr, $which:expr, $after:expr, $most:expr, $select:ident, open: $open:literal, closed: $closed:literal) => {{
        let (after, most) = ($after.unwrap_or_default(), limit($most));
        let query = match $which {
            Which::All => sqlx::query_as($select!("true")).bind(after).bind(most),
            Which::Open => sqlx::query_as($select!($open)).bind(after).bind(most),
            Which::Closed { since } => sqlx::query_as($select!($closed))
                .bind(after)
                .bind(most)
                .bind(since),
            Which::Came { since } => sqlx::query_as($select!("created_at >= $3"))
                .bind(after)
                .bind(most)
                .bind(since),
            Which::Drawn { below } => sqlx::query_as($select!("hashtextextended(id::text, 0) < $3"))
                .bind(after)
                .bind(most)
                .bind(below),
            Which::Ids(ids) => sqlx::query_as($select!("id = ANY ($3)"))
                .bind(after)
                .bind(most)
                .bind(ids),
        };
        query.fetch_all($tx.conn()).await?
    }};
}
use rows_of;

/// Rows by the record that they belong to, in their order.
fn by<K: Eq + Hash, V>(rows: impl IntoIterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in rows {
        groups.entry(key).or_default().push(value);
    }
    groups
}

/// What these currencies were worth in the tenant's own, since when.
async fn rates(tx: &mut TenantTx, currencies: &[&str]) -> Result<RateHistory, StoreError> {
    let own = tx.reporting().await?.currency;
    let foreign: Vec<&str> = currencies.iter().copied().filter(|code| *code != own).collect();
    if foreign.is_empty() {
        return Ok(RateHistory::new(own, Vec::new()));
    }
    let rows: Vec<(String, NaiveDate, Decimal)> = sqlx::query_as(
        "SELECT currency, valid_from, rate FROM exchange_rates WHERE deleted_at IS NULL AND currency = ANY ($1)",
    )
    .bind(foreign)
    .fetch_all(tx.conn())
    .await?;
    Ok(RateHistory::new(own, rows))
}

#[derive(sqlx::FromRow)]
struct StageRow {
    id: Uuid,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    name: String,
    position: i32,
    kind: String,
    probability: i32,
    forecast_category: String,
}

/// The tenant's pipeline, also what of it was deleted: it was part of it before, and deals may still be there.
async fn stages(tx: &mut TenantTx) -> Result<Stages, StoreError> {
    let rows: Vec<StageRow> = sqlx::query_as(
        "SELECT id, created_at, deleted_at, name, position, kind, probability, forecast_category FROM pipeline_stages \
         ORDER BY position, id",
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut changes = Changes::of(
        tx,
        &ids,
        &["name", "position", "probability", "forecast_category"],
    )
    .await?;
    let stages = rows.into_iter().map(|row| Stage {
        id: row.id,
        name: row.name,
        kind: match row.kind.as_str() {
            "won" => StageKind::Won,
            "lost" => StageKind::Lost,
            _ => StageKind::Open,
        },
        life: Life {
            created: row.created_at,
            deleted: row.deleted_at,
        },
        position: row.position.into(),
        probability: row.probability.into(),
        forecast_category: row.forecast_category,
        past: changes.take(row.id),
    });
    Ok(Stages::new(stages.collect()))
}
