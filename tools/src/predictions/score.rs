//! Scoring: one record soon after it changed, and all open ones.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::features::Usual;
use crm_store::{
    StoreError, TenantStore, TenantTx,
    history::{AccountHistory, DealHistory, LeadHistory, Which},
    models::{ModelKind, Task, WorkState},
    scores::{Last, NewScore, Score, public_cause},
    settings::LeadScoring,
};
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use super::{
    Active, PredictError, Predictor,
    cause::{cause, explain},
    leads::{JustSaid, Points, stand},
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

impl Scored {
    /// Waits until the page before is written, if there is one, and counts it.
    async fn wait_for(
        &mut self,
        writing: &mut JoinSet<Result<(usize, usize), PredictError>>,
    ) -> Result<(), PredictError> {
        while let Some(kept) = writing.join_next().await {
            let (written, told) = kept.map_err(broken)??;
            self.written += written;
            self.told += told;
        }
        Ok(())
    }
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
struct Scoring {
    scale: Scale,
    /// How points are counted, of leads.
    rules: Option<Arc<LeadScoring>>,
    why: Why,
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
    fn say<S: Subject>(&self, these: &[S], now: DateTime<Utc>) -> Said {
        let points = self
            .rules
            .iter()
            .flat_map(|rules| these.iter().filter_map(|history| history.points(now, rules)));
        Said {
            points: points.collect(),
            scores: these
                .iter()
                .map(|history| score(history, &self.scale, now))
                .collect(),
        }
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

/// What is said of a page of records.
#[derive(Debug)]
struct Said {
    scores: Vec<NewScore>,
    /// Of leads, in the same order; of others none.
    points: Vec<Points>,
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
    let said = scoring.say(&open, now);
    keep(store.clone(), S::KIND, said, scoring, None).await?;
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
    let mut page = S::present(&mut tx, Which::Open, after, PAGE).await?;
    tx.commit().await?;
    let mut sum = Scored::default();
    // One page at a time is written, in their order, so that a job that is broken off goes on behind the last one.
    let mut writing: JoinSet<Result<(usize, usize), PredictError>> = JoinSet::new();
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
        // The page before is written and the next one is read while this one is computed, each on a thread of its own.
        let (said, next) = tokio::join!(computing, next_page::<S>(store, after));
        let (said, ended) = said.map_err(broken)?;
        page = next?;
        if !ended.is_empty() {
            let mut tx = store.begin().await?;
            tx.scores(S::KIND).fall_silent(&ended).await?;
            tx.commit().await?;
        }
        sum.scored += said.scores.len();
        let at = At {
            done: sum.scored,
            total: total.max(sum.scored),
            after: last,
        };
        sum.wait_for(&mut writing).await?;
        writing.spawn(keep(store.clone(), S::KIND, said, scoring.clone(), Some(at)));
    }
    sum.wait_for(&mut writing).await?;
    let mut tx = store.begin().await?;
    tx.models()
        .end(S::KIND, Task::Score, WorkState::Done, model, None)
        .await?;
    tx.commit().await?;
    Ok(sum)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn broken(error: JoinError) -> PredictError {
    PredictError::Broken(error.to_string())
}

async fn next_page<S: Subject>(store: &TenantStore, after: Option<Uuid>) -> Result<Vec<S>, PredictError> {
    let mut tx = store.begin().await?;
    let page = S::present(&mut tx, Which::Open, after, PAGE).await?;
    tx.commit().await?;
    Ok(page)
}

/// How far scoring all is.
#[derive(Debug, Clone, Copy)]
struct At {
    done: usize,
    total: usize,
    after: Uuid,
}

/// Writes what is news, with what moved, and tells of falls; how many of each.
async fn keep(
    store: TenantStore,
    kind: ModelKind,
    said: Said,
    scoring: Scoring,
    at: Option<At>,
) -> Result<(usize, usize), PredictError> {
    let (model, why) = (scoring.scale.model(), scoring.why);
    let Said { mut scores, points } = said;
    let records: Vec<Uuid> = scores.iter().map(|score| score.record).collect();
    let mut tx = store.begin().await?;
    let now = tx.now();
    let mut kept = tx.scores(kind);
    kept.lock().await?;
    let latest = kept.last(&records).await?;
    let before = |score: &NewScore| {
        latest
            .get(&score.record)
            .filter(|last| last.model_id == score.model)
    };
    // What did not move at all is neither written nor crosses a line: nobody asks for its cause.
    let moved: Vec<Uuid> = scores
        .iter()
        .filter_map(|score| before(score).filter(|last| moves(score, last, now)))
        .map(|last| last.id)
        .collect();
    let shares = kept.shares(&moved).await?;
    for score in &mut scores {
        let shares = before(score).and_then(|last| shares.get(&last.id));
        // The first round of a model is told as what it is, whoever does it.
        let is_new_voice = latest
            .get(&score.record)
            .is_some_and(|last| last.model_id != score.model);
        let why = if is_new_voice && why == Why::Night {
            Why::Model
        } else {
            why
        };
        score.cause = cause(score, shares.map(Vec::as_slice), why);
    }
    let written = kept.write(&scores, &latest).await?;
    let mut crossings = kept.crossings(&written, &latest, model).await?;
    explain(&mut tx, kind, &mut crossings, &scores, why).await?;
    tx.scores(kind).tell(&crossings).await?;
    let mut told = crossings.len();
    if let Some(rules) = &scoring.rules {
        let said = JustSaid {
            scores: &scores,
            points: &points,
            written: &written,
            latest: &latest,
        };
        // The first night of a tenant tells of nobody.
        let tells_first = matches!(why, Why::Changed | Why::Asked);
        told += stand(&mut tx, said, rules, tells_first, |score| {
            public_cause(&score.cause, &score.terms, kind.object())
        })
        .await?;
    }
    if let Some(at) = at {
        tx.models()
            .advance(kind, Task::Score, "scoring", (at.done, at.total), Some(at.after))
            .await?;
    }
    tx.commit().await?;
    Ok((written.len(), told))
}

/// Whether a score says another number than the one before, or is written again for the day.
fn moves(score: &NewScore, last: &Last, now: DateTime<Utc>) -> bool {
    score.probability.to_bits() != last.probability.to_bits() || score.is_news(Some(last), now)
}
