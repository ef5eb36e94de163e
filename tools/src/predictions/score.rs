//! Scoring: one record soon after it changed, and all open ones.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use crm_predict::{Model, TermKind, Value, features::Usual};
use crm_store::{
    TenantStore,
    history::{AccountHistory, DealHistory, LeadHistory, Which},
    models::{ModelKind, Task, WorkState},
    scores::{NewScore, PartKind, Score, ScorePart, ScoreState},
    settings::LeadScoring,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    Active, PredictError, Predictor,
    cause::{cause, public_cause},
    leads::{JustSaid, Points, stand},
    subject::Subject,
    terms::sigmoid,
};

/// Records that are read, scored and written at once.
const PAGE: u32 = 500;
/// The parts in each direction that are kept with their sentence; readers are shown fewer.
const TOLD: usize = 6;
/// A part that moves the log-odds by less is not told by itself.
const TELLING: f64 = 0.02;

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
struct Scoring {
    scale: Scale,
    /// How points are counted, of leads.
    rules: Option<Arc<LeadScoring>>,
    why: Why,
}

impl Scoring {
    async fn of<S: Subject>(
        predictor: &Predictor,
        store: &TenantStore,
        why: Why,
    ) -> Result<Self, PredictError> {
        let scale = predictor.scale::<S>(store).await?;
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
    let scoring = Scoring::of::<S>(predictor, store, why).await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    let histories = S::page(&mut tx, Which::Ids(&[record]), None, 1).await?;
    tx.commit().await?;
    let open: Vec<S> = histories
        .into_iter()
        .filter(|history| !history.has_ended(now))
        .collect();
    if open.is_empty() {
        let mut tx = store.begin().await?;
        tx.scores(S::KIND)?.fall_silent(&[record]).await?;
        tx.commit().await?;
        return Ok(None);
    }
    keep(store, S::KIND, scoring.say(&open, now), &scoring, None).await?;
    let mut tx = store.begin().await?;
    let mut latest = tx.scores(S::KIND)?.latest(&[record]).await?;
    tx.commit().await?;
    Ok(latest.remove(&record))
}

async fn all<S: Subject>(
    predictor: &Predictor,
    store: &TenantStore,
    why: Why,
) -> Result<Scored, PredictError> {
    let scoring = Scoring::of::<S>(predictor, store, why).await?;
    let model = scoring.scale.model();
    let mut tx = store.begin().await?;
    let before = tx.models().task(S::KIND, Task::Score).await?;
    let total = tx.scores(S::KIND)?.open_records().await?;
    // A job that was broken off goes on, unless another model speaks by now.
    let mut after = before
        .filter(|work| work.state == WorkState::Running && work.model_id == model)
        .and_then(|work| work.after_id);
    if after.is_none() {
        tx.models().begin(S::KIND, Task::Score, model).await?;
    }
    let mut page = S::page(&mut tx, Which::Open, after, PAGE).await?;
    tx.commit().await?;
    let mut sum = Scored::default();
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
        // The next page is read while this one is computed.
        let (said, next) = tokio::join!(computing, next_page::<S>(store, after));
        let (said, ended) = said.map_err(|error| PredictError::Broken(error.to_string()))?;
        page = next?;
        if !ended.is_empty() {
            let mut tx = store.begin().await?;
            tx.scores(S::KIND)?.fall_silent(&ended).await?;
            tx.commit().await?;
        }
        sum.scored += said.scores.len();
        let at = At {
            done: sum.scored,
            total: total.max(sum.scored),
            after: last,
        };
        let (written, told) = keep(store, S::KIND, said, &scoring, Some(at)).await?;
        sum.written += written;
        sum.told += told;
    }
    let mut tx = store.begin().await?;
    tx.models()
        .end(S::KIND, Task::Score, WorkState::Done, model, None)
        .await?;
    tx.commit().await?;
    Ok(sum)
}

async fn next_page<S: Subject>(store: &TenantStore, after: Option<Uuid>) -> Result<Vec<S>, PredictError> {
    let mut tx = store.begin().await?;
    let page = S::page(&mut tx, Which::Open, after, PAGE).await?;
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
    store: &TenantStore,
    kind: ModelKind,
    said: Said,
    scoring: &Scoring,
    at: Option<At>,
) -> Result<(usize, usize), PredictError> {
    let (model, why) = (scoring.scale.model(), scoring.why);
    let Said { mut scores, points } = said;
    let records: Vec<Uuid> = scores.iter().map(|score| score.record).collect();
    let mut tx = store.begin().await?;
    let mut kept = tx.scores(kind)?;
    kept.lock().await?;
    let latest = kept.latest(&records).await?;
    for score in &mut scores {
        score.cause = cause(score, latest.get(&score.record), why);
    }
    let written = kept.write(&scores, &latest).await?;
    let mut crossings = kept.crossings(&written, &latest, model).await?;
    let by_record: HashMap<Uuid, &NewScore> = scores.iter().map(|score| (score.record, score)).collect();
    for crossing in &mut crossings {
        crossing.cause = by_record
            .get(&crossing.written.record)
            .and_then(|score| public_cause(score, kind));
    }
    kept.tell(&crossings, &latest).await?;
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
            public_cause(score, kind)
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

/// What is said of a record.
pub(super) fn score<S: Subject>(history: &S, scale: &Scale, now: DateTime<Utc>) -> NewScore {
    let prior = history.prior(now, scale.usual());
    let empty = NewScore {
        record: history.id(),
        model: None,
        state: if S::KIND == ModelKind::Lead {
            ScoreState::Points
        } else {
            ScoreState::Prior
        },
        probability: sigmoid(prior),
        low: sigmoid(prior),
        high: sigmoid(prior),
        log_odds: prior,
        prior: sigmoid(prior),
        terms: vec![part(PartKind::Prior, None, prior)],
        cause: Json::Null,
        as_of: now,
    };
    let Scale::Model(active) = scale else { return empty };
    let values = history.values(now, &active.usual);
    let said = active
        .model
        .predict(&cells::<S>(&active.model, &values), Some(prior));
    let mut terms: Vec<ScorePart> = said
        .terms
        .iter()
        .map(|term| {
            let kind = match term.kind {
                TermKind::Base => PartKind::Base,
                TermKind::Feature => PartKind::Feature,
                TermKind::Prior => PartKind::Prior,
            };
            let column = term.feature.and_then(|at| active.model.columns().get(at));
            part(kind, column.map(|column| column.name.clone()), term.log_odds)
        })
        .collect();
    tell(&mut terms, history, now, &active.usual, &values);
    NewScore {
        model: Some(active.id),
        state: ScoreState::Model,
        probability: said.probability,
        low: said.low.min(said.probability),
        high: said.high.max(said.probability),
        log_odds: said.log_odds,
        terms,
        ..empty
    }
}

/// The cells that a model asks for, by the names of its columns: a feature that this program does not know is missing.
fn cells<S: Subject>(model: &Model, values: &[Value]) -> Vec<Value> {
    let columns = model.columns().iter().enumerate();
    columns
        .map(|(at, column)| {
            // The same program wrote both, as a rule: the places are the same.
            let same = S::features()
                .get(at)
                .is_some_and(|feature| feature.name == column.name);
            let place = if same { Some(at) } else { S::place(&column.name) };
            place
                .and_then(|place| values.get(place).cloned())
                .unwrap_or_default()
        })
        .collect()
}

fn part(kind: PartKind, feature: Option<String>, log_odds: f64) -> ScorePart {
    ScorePart {
        kind,
        feature,
        log_odds,
        value: Json::Null,
        sentence: None,
        rests_on: Vec::new(),
        evidence: Vec::new(),
    }
}

/// Puts the strongest parts in words, as long as the history is at hand.
fn tell<S: Subject>(
    terms: &mut [ScorePart],
    history: &S,
    now: DateTime<Utc>,
    usual: &Usual,
    values: &[Value],
) {
    let mut strongest: Vec<&mut ScorePart> = terms
        .iter_mut()
        .filter(|part| part.kind == PartKind::Feature && part.log_odds.abs() >= TELLING)
        .collect();
    strongest.sort_by(|left, right| right.log_odds.abs().total_cmp(&left.log_odds.abs()));
    let (mut up, mut down) = (0, 0);
    for part in strongest {
        let side = if part.log_odds > 0.0 { &mut up } else { &mut down };
        *side += 1;
        if *side <= TOLD {
            history.tell(now, usual, values, part);
        }
    }
}
