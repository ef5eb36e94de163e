//! The playbook of a tenant's ended deals, made once and kept for a while; and one open deal beside it.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Model, Value,
    features::{DEAL_FEATURES, Direction, Usual},
};
use crm_store::{
    StoreError, TenantStore,
    history::{Closed, DealHistory, Which},
    models::ModelKind,
    scores::{PartKind, ScorePart},
};
use uuid::Uuid;

use super::{
    Active, PredictError, Predictor,
    levers::{Lever, Way},
    playbook::{Playbook, Precedent},
    score::Scale,
    sight::Sight,
    subject::{Subject, rests_on},
};
use crate::kept::Lasting;

/// Books that are kept. One takes some megabytes.
const KEPT: usize = 16;
/// How long a book is kept: deals that ended since are missing in it.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// Deals that ended longer ago say little about today.
const SINCE: TimeDelta = TimeDelta::days(2 * 365);
/// The most ended deals that are read, the latest: the book is made of them.
const MOST_DEALS: u32 = 3_000;
/// Deals that are read at once.
const PAGE: u32 = 500;

/// What ended deals were like, and what open ones are measured with.
#[derive(Debug)]
pub struct Book {
    /// Ended deals by stage.
    pub playbook: Playbook,
    scale: Scale,
}

/// A book by its tenant and model.
type Place = (Uuid, Option<Uuid>);

/// The books of a process.
#[derive(Debug)]
pub struct Books {
    predictor: Arc<Predictor>,
    kept: Lasting<Place, Book>,
}

impl Books {
    /// What decoded models are kept in.
    pub fn predictor(&self) -> &Predictor {
        &self.predictor
    }

    /// No books yet.
    pub fn new(predictor: Arc<Predictor>) -> Self {
        Self {
            predictor,
            kept: Lasting::new(KEPT, FRESH),
        }
    }

    /// The book of a tenant. It is made of all its deals, whoever asks: what of it is shown is decided elsewhere. It may take
    /// longer than a page waits; then it is there when the page is read again.
    pub async fn of(&self, store: &TenantStore) -> Result<Arc<Book>, PredictError> {
        let all = store.predicting();
        let scale = self.predictor.scale::<DealHistory>(&all).await?;
        let place = (store.grant().tenant().uuid(), scale.model());
        let now = store.clock().now();
        self.kept.of(&place, now, write(all, scale, now)).await
    }
}

/// Makes the book of a tenant; `store` sees all deals.
async fn write(store: TenantStore, scale: Scale, now: DateTime<Utc>) -> Result<Book, PredictError> {
    let deals = ended(&store, now).await?;
    let weights = weights::<DealHistory>(&store, &scale).await?;
    let measured = scale.clone();
    let playbook = tokio::task::spawn_blocking(move || {
        let usual = measured.usual();
        let precedents = deals
            .iter()
            .flat_map(|(deal, closed)| precedents(deal, *closed, usual));
        Playbook::new(precedents.collect(), &weights)
    });
    let playbook = playbook.await?;
    Ok(Book { playbook, scale })
}

/// The deals that ended lately, the latest of them when there are many.
async fn ended(store: &TenantStore, now: DateTime<Utc>) -> Result<Vec<(DealHistory, Closed)>, StoreError> {
    let mut tx = store.begin().await?;
    let which = tx.lessons(ModelKind::Win, now - SINCE, MOST_DEALS).await?.which;
    tx.commit().await?;
    let (mut deals, mut after): (Vec<(DealHistory, Closed)>, _) = (Vec::new(), None);
    loop {
        let mut tx = store.begin().await?;
        let page = tx.deal_histories(which, after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        deals.extend(page.into_iter().filter_map(|deal| {
            let closed = deal.closed().filter(|closed| closed.at <= now)?;
            Some((deal, closed))
        }));
    }
    Ok(deals)
}

/// How much each feature moves the model, in the order of the features; empty without one.
pub(super) async fn weights<S: Subject>(store: &TenantStore, scale: &Scale) -> Result<Vec<f64>, StoreError> {
    let Scale::Model(active) = scale else {
        return Ok(Vec::new());
    };
    let mut tx = store.begin().await?;
    let card = tx.models().card(active.id).await?.unwrap_or_default();
    tx.commit().await?;
    let factors = card
        .get("factors")
        .and_then(|factors| factors.as_array())
        .cloned()
        .unwrap_or_default();
    let strengths: HashMap<&str, f64> = factors
        .iter()
        .filter_map(|factor| Some((factor.get("name")?.as_str()?, factor.get("strength")?.as_f64()?)))
        .collect();
    let strength = |name: &str| strengths.get(name).copied().unwrap_or(0.0);
    Ok(S::features()
        .iter()
        .map(|feature| strength(feature.name))
        .collect())
}

/// An ended deal at each of its stages.
fn precedents(deal: &DealHistory, closed: Closed, usual: &Usual) -> Vec<(String, Precedent)> {
    let instant = TimeDelta::milliseconds(1);
    let last = deal.at(closed.at - instant);
    let stays: Vec<(String, DateTime<Utc>)> = last
        .stages_before()
        .into_iter()
        .chain(last.stage_time())
        .map(|time| (time.stage.to_owned(), time.seen))
        .collect();
    let ends: Vec<DateTime<Utc>> = stays
        .iter()
        .skip(1)
        .map(|(_, since)| *since)
        .chain([closed.at])
        .collect();
    let mut found: Vec<(String, Precedent)> = Vec::new();
    for ((stage, since), end) in stays.into_iter().zip(ends) {
        if end <= since {
            continue;
        }
        let one = Precedent {
            deal: deal.id(),
            won: closed.won,
            halfway: deal.values(since + (end - since) / 2, usual).into(),
            leaving: deal.values(end - instant, usual).into(),
        };
        // Who came back to a stage counts there once, as it was the last time.
        found.retain(|(known, _)| *known != stage);
        found.push((stage, one));
    }
    found
}

/// An open deal as it was at the moment of its score.
#[derive(Debug)]
pub struct Facts {
    /// Its features.
    pub row: Vec<Value>,
    /// The key of its stage, by which the playbook knows it.
    pub stage: Option<String>,
    /// What is believed before looking at it, in log-odds.
    pub prior: f64,
    /// What can be changed about it, with what is said of it now.
    told: Vec<(Lever, ScorePart)>,
}

impl Facts {
    /// What was known of a deal at a moment; none when it is gone. It is read as the service.
    pub async fn of(
        store: &TenantStore,
        book: &Book,
        deal: Uuid,
        moment: DateTime<Utc>,
    ) -> Result<Option<Self>, StoreError> {
        let mut tx = store.predicting().begin().await?;
        let found = tx.deal_histories(Which::Ids(&[deal]), None, 1).await?.pop();
        tx.commit().await?;
        let Some(history) = found else { return Ok(None) };
        let usual = book.scale.usual();
        let at = history.at(moment);
        let row = history.values(moment, usual);
        let mut told = Vec::new();
        for (place, feature) in DEAL_FEATURES.iter().enumerate() {
            let Some(way) = way(feature.lever) else { continue };
            let value = row.get(place).cloned().unwrap_or_default();
            let (rests_on, evidence) = rests_on(feature, &at);
            let part = ScorePart {
                kind: PartKind::Feature,
                feature: Some(feature.name.to_owned()),
                log_odds: 0.0,
                value: super::change::shown(&value),
                sentence: Some(feature.sentence(&value, &at, usual, Direction::Down)),
                rests_on,
                evidence,
            };
            let lever = Lever {
                at: place,
                name: feature.name,
                way,
            };
            told.push((lever, part));
        }
        Ok(Some(Self {
            stage: at.stage().map(str::to_owned),
            prior: usual.deal_prior(&at),
            row,
            told,
        }))
    }

    /// What it is said that can be changed, for finding out what a reader may see of it.
    pub fn parts(&self) -> impl Iterator<Item = &ScorePart> {
        self.told.iter().map(|(_, part)| part)
    }

    /// What can be changed, as far as the reader may know of it, with what is said of it now.
    pub fn levers<'s>(&'s self, sight: &'s Sight) -> impl Iterator<Item = (Lever, Option<&'s str>)> {
        self.told
            .iter()
            .filter(|(_, part)| sight.shows(part))
            .map(|(lever, part)| (*lever, part.sentence.as_deref()))
    }
}

const fn way(lever: crm_predict::features::Lever) -> Option<Way> {
    use crm_predict::features::Lever as Known;
    match lever {
        Known::None => None,
        Known::More => Some(Way::More),
        Known::Fewer => Some(Way::Fewer),
        Known::Set => Some(Way::Set),
    }
}

impl Book {
    /// What the active model says of a row of features, in log-odds; none without a model.
    pub fn predictor(&self, prior: f64) -> Option<impl Fn(&[Value]) -> f64 + '_> {
        let Scale::Model(active) = &self.scale else {
            return None;
        };
        let places = places(&active.model);
        Some(move |row: &[Value]| {
            let cells: Vec<Value> = places
                .iter()
                .map(|place| {
                    place
                        .and_then(|place| row.get(place).cloned())
                        .unwrap_or_default()
                })
                .collect();
            active.model.predict(&cells, Some(prior)).log_odds
        })
    }

    /// The active model.
    pub fn model(&self) -> Option<&Arc<Active>> {
        match &self.scale {
            Scale::Model(active) => Some(active),
            Scale::Prior(_) => None,
        }
    }
}

/// Where the cells of a model are among the features of this program.
fn places(model: &Model) -> Vec<Option<usize>> {
    let columns = model.columns().iter();
    columns.map(|column| DealHistory::place(&column.name)).collect()
}
