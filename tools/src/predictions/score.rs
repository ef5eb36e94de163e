//! Scoring: one record soon after it changed, and all open ones.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::features::Usual;
use crm_store::{
    StoreError, TenantStore, TenantTx,
    history::{AccountHistory, DealHistory, LeadHistory, Which},
    models::{ModelKind, Task, WorkState},
    scores::Score,
    settings::LeadScoring,
};
use uuid::Uuid;

use super::{
    Active, PredictError, Predictor,
    keep::{At, Keeping, Kept, Page, Said, broken, keep},
    say::score,
    subject::Subject,
    train::REST,
};

/// Records that are read, scored and written at once.
const PAGE: u32 = 500;

/// Scoring that was broken off longer ago begins anew: what was scored then is old by now.
const RESUMED: TimeDelta = TimeDelta::hours(2);

/// Why a record is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It, or something about it, changed.
    Changed,
    /// Time goes by, and time itself is a feature.
    Night,
    /// Another model is active, or none any more.
    Model,
    /// Somebody asked.
    Asked,
}

impl Why {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Changed => "record",
            Self::Night => "night",
            Self::Model => "model",
            Self::Asked => "asked",
        }
    }
}

/// What scoring all records came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scored {
    /// Records that were scored.
    pub scored: usize,
    /// Scores that were news.
    pub written: usize,
    /// Scores that fell or crossed a line, of which feed and webhooks were told.
    pub told: usize,
}

/// What records are scored with.
#[derive(Debug, Clone)]
pub(super) enum Scale {
    /// The active model.
    Model(Arc<Active>),
    /// What is usual: there is no model.
    Prior(Arc<Usual>),
}

impl Scale {
    pub(super) fn usual(&self) -> &Usual {
        match self {
            Self::Model(active) => &active.usual,
            Self::Prior(usual) => usual,
        }
    }

    pub(super) fn model(&self) -> Option<Uuid> {
        match self {
            Self::Model(active) => Some(active.id),
            Self::Prior(_) => None,
        }
    }
}

/// Scores all open records of a kind, page by page, and goes on where a crash left it. `store` sees all records: that of
/// a job.
pub async fn score_all(
    predictor: &Predictor,
    store: &TenantStore,
    kind: ModelKind,
    why: Why,
) -> Result<Scored, PredictError> {
    match kind {
        ModelKind::Win => all::<DealHistory>(predictor, store, why).await,
        ModelKind::Lead => all::<LeadHistory>(predictor, store, why).await,
        ModelKind::Churn => all::<AccountHistory>(predictor, store, why).await,
    }
}

/// Scores one record as it is now, writes the score if it is news, and returns the latest. None for a record that is
/// gone or has ended. `store` sees all records; whether the asker may read this one, the caller has checked.
pub async fn score_one(
    predictor: &Predictor,
    store: &TenantStore,
    kind: ModelKind,
    record: Uuid,
    why: Why,
) -> Result<Option<Score>, PredictError> {
    match kind {
        ModelKind::Win => one::<DealHistory>(predictor, store, record, why).await,
        ModelKind::Lead => one::<LeadHistory>(predictor, store, record, why).await,
        ModelKind::Churn => one::<AccountHistory>(predictor, store, record, why).await,
    }
}

/// What a run of scoring goes by.
#[derive(Debug, Clone)]
pub(super) struct Scoring {
    pub(super) scale: Scale,
    /// How points are counted, of leads.
    pub(super) rules: Option<Arc<LeadScoring>>,
    pub(super) why: Why,
}

impl Scoring {
    async fn of<S: Subject>(scale: Scale, store: &TenantStore, why: Why) -> Result<Self, PredictError> {
        if scale.model().is_none() {
            train_unreadable(store, S::KIND).await?;
        }
        let mut rules = None;
        if S::KIND == ModelKind::Lead {
            let mut tx = store.begin().await?;
            rules = Some(Arc::new(tx.lead_scoring().await?));
            tx.commit().await?;
        }
        Ok(Self { scale, rules, why })
    }

    /// What is said of these records, and the points of those that have any.
    fn say<S: Subject>(&self, these: &[S], now: DateTime<Utc>) -> Result<Said, StoreError> {
        let points = self
            .rules
            .iter()
            .flat_map(|rules| these.iter().filter_map(|history| history.points(now, rules)));
        let scores = these.iter().map(|history| score(history, &self.scale, now));
        Ok(Said {
            points: points.collect(),
            scores: scores.collect::<Result<_, _>>()?,
        })
    }
}

/// Has a model learned where the active one speaks no more because another version of the program wrote it.
async fn train_unreadable(store: &TenantStore, kind: ModelKind) -> Result<(), PredictError> {
    let mut tx = store.begin().await?;
    if tx.models().active_id(kind).await?.is_some() {
        train_again(&mut tx, kind).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Has a model learned because the active one does not speak or does not hold: soon, but a day after the last training at the
/// earliest. All are scored after a training too, and where it brought nothing the next would begin at once.
pub async fn train_again(tx: &mut TenantTx, kind: ModelKind) -> Result<(), StoreError> {
    let trained = tx.models().task(kind, Task::Train).await?;
    if trained
        .as_ref()
        .is_some_and(|work| work.state == WorkState::Running)
    {
        return Ok(());
    }
    let (now, ended) = (tx.now(), trained.and_then(|work| work.finished_at));
    let at = ended.map_or(now, |ended| now.max(ended + REST));
    tx.models().train_at(kind, at).await
}

async fn one<S: Subject>(
    predictor: &Predictor,
    store: &TenantStore,
    record: Uuid,
    why: Why,
) -> Result<Option<Score>, PredictError> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let histories = S::present(&mut tx, Which::Ids(&[record]), None, 1).await?;
    tx.commit().await?;
    let open: Vec<S> = histories
        .into_iter()
        .filter(|history| !history.has_ended(now))
        .collect();
    if open.is_empty() {
        let mut tx = store.begin().await?;
        tx.scores(S::KIND).fall_silent(&[record]).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let scoring = Scoring::of::<S>(predictor.scale::<S>(store).await?, store, why).await?;
    let said = scoring.say(&open, now)?;
    keep(store.clone(), S::KIND, Page::alone(said), scoring).await?;
    let mut tx = store.begin().await?;
    let mut latest = tx.scores(S::KIND).latest(&[record]).await?;
    tx.commit().await?;
    Ok(latest.remove(&record))
}

async fn all<S: Subject>(
    predictor: &Predictor,
    store: &TenantStore,
    why: Why,
) -> Result<Scored, PredictError> {
    let scoring = Scoring::of::<S>(predictor.scale_of_all::<S>(store).await?, store, why).await?;
    let model = scoring.scale.model();
    let mut tx = store.begin().await?;
    let before = tx.models().task(S::KIND, Task::Score).await?;
    let total = tx.scores(S::KIND).open_records().await?;
    // A job that was broken off goes on, unless another model speaks by now.
    let mut after = before
        .filter(|work| work.state == WorkState::Running && work.model_id == model)
        .filter(|work| tx.now() - work.updated_at < RESUMED)
        .and_then(|work| work.after_id);
    if after.is_none() {
        tx.models().begin(S::KIND, Task::Score, model).await?;
    }
    tx.commit().await?;
    let mut page = next_page::<S>(store, after).await?;
    let mut scored = 0;
    let mut keeping = Keeping::new(store, S::KIND, &scoring);
    while let Some(last) = page.last().map(Subject::id) {
        after = Some(last);
        let now = store.clock().now();
        let known = scoring.clone();
        let computing = tokio::task::spawn_blocking(move || {
            let (ended, open): (Vec<S>, Vec<S>) =
                page.into_iter().partition(|history| history.has_ended(now));
            (
                known.say(&open, now),
                ended.iter().map(Subject::id).collect::<Vec<_>>(),
            )
        });
        // Pages before are written and the next one is read while this one is computed, each on a thread of its own.
        let (said, next) = tokio::join!(computing, next_page::<S>(store, after));
        let (said, ended) = said.map_err(broken)?;
        let said = said?;
        page = next?;
        if !ended.is_empty() {
            let mut tx = store.begin().await?;
            tx.scores(S::KIND).fall_silent(&ended).await?;
            tx.commit().await?;
        }
        scored += said.scores.len();
        let at = At {
            done: scored,
            total: total.max(scored),
            after: last,
        };
        keeping.put(said, at).await?;
    }
    let Kept { written, told } = keeping.end().await?;
    let mut tx = store.begin().await?;
    tx.models()
        .end(S::KIND, Task::Score, WorkState::Done, model, None)
        .await?;
    tx.commit().await?;
    Ok(Scored {
        scored,
        written,
        told,
    })
}

async fn next_page<S: Subject>(store: &TenantStore, after: Option<Uuid>) -> Result<Vec<S>, PredictError> {
    let mut tx = store.begin_by_key().await?;
    let page = S::present(&mut tx, Which::Open, after, PAGE).await?;
    tx.commit().await?;
    Ok(page)
}
