//! Everything that a model can be learned from, read in pages.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Dataset,
    features::{LEARNED_SPAN, Usual, UsualHistory},
};
use crm_store::{
    TenantStore,
    history::{AccountHistory, DealHistory, LeadHistory, Lessons},
    models::{ModelKind, Task},
};

use super::{
    PredictError,
    subject::{Subject, records},
};

/// Records that are read at once.
const PAGE: u32 = 1_000;

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
    /// How many were left out, because there are more than are learned from.
    pub left_out: u64,
    /// Within how many days a record has to end well to be good; none where the end alone counts.
    pub window_days: Option<u16>,
}

/// Reads all that a model of a kind can be learned from. `store` sees all records.
pub async fn examples(store: &TenantStore, kind: ModelKind) -> Result<Examples, PredictError> {
    match kind {
        ModelKind::Win => load::<DealHistory>(store).await,
        ModelKind::Lead => load::<LeadHistory>(store).await,
        ModelKind::Churn => load::<AccountHistory>(store).await,
    }
}

/// The records to learn from, and within how many days a lead has to be converted to be good.
async fn lessons<S: Subject>(
    store: &TenantStore,
    now: DateTime<Utc>,
) -> Result<(Lessons, u16), PredictError> {
    let mut tx = store.begin().await?;
    let lessons = tx.lessons(S::KIND, now - LEARNED_SPAN, S::MOST).await?;
    let window_days = tx.lead_scoring().await?.conversion_days;
    tx.commit().await?;
    Ok((lessons, window_days))
}

async fn load<S: Subject>(store: &TenantStore) -> Result<Examples, PredictError> {
    let now = store.clock().now();
    let (Lessons { which, left_out }, window_days) = lessons::<S>(store, now).await?;
    let window = TimeDelta::days(window_days.into());
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
        if these.len() >= S::MOST as usize {
            break;
        }
    }
    tokio::task::spawn_blocking(move || {
        let history = S::usual(&these, window, now);
        let data = S::dataset(&these, &history, window, now);
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
            window_days: (S::KIND == ModelKind::Lead).then_some(window_days),
        }
    })
    .await
    .map_err(|error| PredictError::Broken(error.to_string()))
}

/// What is usual now, from outlines alone, where there is no model that knows. A page of them is held at once.
pub(super) async fn usual<S: Subject>(store: &TenantStore) -> Result<Usual, PredictError> {
    let now = store.clock().now();
    let (Lessons { which, .. }, window_days) = lessons::<S>(store, now).await?;
    let window = TimeDelta::days(window_days.into());
    let (mut history, mut after, mut read) = (UsualHistory::default(), None, 0);
    while read < S::MOST as usize {
        let mut tx = store.begin().await?;
        let page = S::outlines(&mut tx, which, after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        read += page.len();
        history = tokio::task::spawn_blocking(move || {
            history.join(S::usual(&page, window, now));
            history
        })
        .await?;
    }
    Ok(tokio::task::spawn_blocking(move || history.at(now)).await?)
}
