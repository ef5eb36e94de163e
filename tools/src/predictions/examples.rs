//! Everything that a model can be learned from, read in pages.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{Dataset, features::Usual};
use crm_store::{
    TenantStore,
    history::{AccountHistory, DealHistory, LeadHistory, Which},
    models::{ModelKind, Task},
};

use super::{
    PredictError,
    subject::{Subject, records},
};

/// Records that are read at once.
const PAGE: u32 = 1_000;
/// The most records that are learned from, the latest ones; more teach little and need memory.
const MOST: u32 = 60_000;
/// Records that ended longer ago teach nothing about today.
const YEARS: i64 = 6;

/// What a model of a kind can be learned from.
#[derive(Debug)]
pub struct Examples {
    /// Records as they were at several moments, and how they ended.
    pub data: Dataset,
    /// What is usual now, for scoring.
    pub usual: Usual,
    /// How many records there are.
    pub ended: usize,
    /// How many of them ended well.
    pub positives: usize,
    /// When the first and the last of them ended.
    pub span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// How many older ones were left out, because there are more than are learned from.
    pub left_out: u64,
}

/// Reads all that a model of a kind can be learned from. `store` sees all records.
pub async fn examples(store: &TenantStore, kind: ModelKind) -> Result<Examples, PredictError> {
    match kind {
        ModelKind::Win => load::<DealHistory>(store).await,
        ModelKind::Lead => load::<LeadHistory>(store).await,
        ModelKind::Churn => load::<AccountHistory>(store).await,
    }
}

/// The records to learn from, and how many older ones are left out.
async fn lessons<S: Subject>(
    store: &TenantStore,
    now: DateTime<Utc>,
) -> Result<(Which<'static>, u64), PredictError> {
    let mut tx = store.begin().await?;
    let since = now - TimeDelta::days(YEARS * 365);
    let latest = tx.latest_records(S::KIND, since, MOST).await?;
    tx.commit().await?;
    Ok((S::lessons(latest.since), latest.left_out))
}

async fn load<S: Subject>(store: &TenantStore) -> Result<Examples, PredictError> {
    let now = store.clock().now();
    let (which, left_out) = lessons::<S>(store, now).await?;
    let (mut these, mut after): (Vec<S>, _) = (Vec::new(), None);
    loop {
        let mut tx = store.begin().await?;
        let page = S::page(&mut tx, which, after, PAGE).await?;
        tx.models()
            .advance(
                S::KIND,
                Task::Train,
                "reading",
                (these.len() + page.len(), 0),
                None,
            )
            .await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        these.extend(page);
        if these.len() >= MOST as usize {
            break;
        }
    }
    tokio::task::spawn_blocking(move || {
        let history = S::usual(&these, now);
        let data = S::dataset(&these, &history, now);
        let (ended, positives) = records(&data);
        let ends = data.rows.iter().filter_map(|row| row.ended.or(row.at));
        let span = ends.fold(None, |span: Option<(DateTime<Utc>, DateTime<Utc>)>, end| {
            Some(span.map_or((end, end), |(first, last)| (first.min(end), last.max(end))))
        });
        Examples {
            usual: history.at(now),
            data,
            ended,
            positives,
            span,
            left_out,
        }
    })
    .await
    .map_err(|error| PredictError::Broken(error.to_string()))
}

/// What is usual now, from outlines alone, where there is no model that knows.
pub(super) async fn usual<S: Subject>(store: &TenantStore) -> Result<Usual, PredictError> {
    let now = store.clock().now();
    let (which, _) = lessons::<S>(store, now).await?;
    let (mut these, mut after): (Vec<S>, _) = (Vec::new(), None);
    loop {
        let mut tx = store.begin().await?;
        let page = S::outlines(&mut tx, which, after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        these.extend(page);
        if these.len() >= MOST as usize {
            break;
        }
    }
    tokio::task::spawn_blocking(move || S::usual(&these, now).at(now))
        .await
        .map_err(|error| PredictError::Broken(error.to_string()))
}
