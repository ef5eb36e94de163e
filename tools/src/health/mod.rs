//! The health of customers: how likely they leave, why, and since when.
//!
//! The number is derived from the risk that the model of kind `churn` gives, and from nothing else; see
//! [`crm_store::scores::health`]. Who may read an account reads its health; a reason that rests on records that the reader
//! may not see keeps its amount and loses its words.

mod list;

use chrono::{DateTime, Utc};
use crm_store::{
    StoreError, TenantTx,
    models::ModelKind,
    scores::{Band, Lines, RISK_DAYS, Score, ScoreState, health, stays},
};
use serde::Serialize;
use uuid::Uuid;

pub use list::{HealthChange, HealthPage, RankedAccount, customers};

use crate::predictions::{Shown, shown};

/// Scores that are shown of the past.
const PAST: i64 = 120;

/// The health of a customer at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// 0 to 100: of a hundred such customers so many would still be there in a year, if the risk stayed.
    pub score: u8,
    /// The number in words.
    pub band: Band,
    /// `model`, or `prior` while no model is active: then the number is the same for all.
    pub state: ScoreState,
    /// The probability of leaving within `horizon_days`.
    pub risk: f64,
    /// The lower end of its 90 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many days ahead the risk looks.
    pub horizon_days: i64,
    /// What it says and where it comes from, in one or two sentences.
    pub words: String,
    /// When it was written.
    pub scored_at: DateTime<Utc>,
}

/// What was said of a customer at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PastHealth {
    /// The number then.
    pub score: u8,
    /// In words.
    pub band: Band,
    /// The risk of leaving.
    pub risk: f64,
    /// What it rested on.
    pub state: ScoreState,
    /// The model that gave it; null where the prior spoke.
    pub model_id: Option<Uuid>,
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
    /// When it was written.
    pub scored_at: DateTime<Utc>,
}

/// All that is said of an account's health.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountHealth {
    /// The account.
    pub account: Uuid,
    /// Its health; none for who is no customer, and before the first score.
    pub health: Option<Health>,
    /// The score behind it, with its reasons: what speaks for leaving is `up`.
    pub score: Option<Shown>,
    /// What was said before, latest first.
    pub history: Vec<PastHealth>,
}

impl Health {
    fn of(score: &Score, band: Option<Band>, lines: Lines) -> Self {
        let band = band.unwrap_or_else(|| lines.band(stays(score.probability), None));
        Self {
            score: health(score.probability),
            band,
            state: score.state,
            risk: score.probability,
            low: score.low,
            high: score.high,
            horizon_days: RISK_DAYS,
            words: words(score, band),
            scored_at: score.scored_at,
        }
    }
}

/// What a score says of a customer.
fn words(score: &Score, band: Band) -> String {
    let number = health(score.probability);
    let called = match band {
        Band::Healthy => "healthy",
        Band::Watch => "worth a look",
        Band::AtRisk => "at risk",
    };
    let risk = crate::predictions::terms::percent(score.probability);
    match score.state {
        ScoreState::Model => format!(
            "{number} of 100, {called}: the risk of leaving within {RISK_DAYS} days is {risk}; if it stayed so, {number} of \
             a hundred such customers would still be there in a year."
        ),
        ScoreState::Prior | ScoreState::Points => format!(
            "{number} of 100 for every customer: no model tells them apart yet, so this is the usual risk of leaving \
             within {RISK_DAYS} days, {risk}."
        ),
    }
}

/// The health of an account, for the actor of `tx`, who may read the account.
pub async fn account_health(tx: &mut TenantTx, account: Uuid) -> Result<AccountHealth, StoreError> {
    let mut scores = tx.scores(ModelKind::Churn);
    let lines = scores.lines().await?;
    let latest = scores.latest(&[account]).await?.remove(&account);
    let past = scores.history(account, None, PAST).await?.items;
    let ids: Vec<Uuid> = past.iter().map(|score| score.id).collect();
    let bands = scores.bands(&ids).await?;
    let history = past.iter().map(|score| PastHealth {
        score: health(score.probability),
        band: bands
            .get(&score.id)
            .copied()
            .unwrap_or_else(|| lines.band(stays(score.probability), None)),
        risk: score.probability,
        state: score.state,
        model_id: score.model_id,
        as_of: score.as_of,
        scored_at: score.scored_at,
    });
    let history: Vec<PastHealth> = history.collect();
    let now = latest
        .as_ref()
        .map(|score| Health::of(score, bands.get(&score.id).copied(), lines));
    let told = match latest {
        Some(score) => Some(shown(tx, ModelKind::Churn, score).await?),
        None => None,
    };
    Ok(AccountHealth {
        account,
        health: now,
        score: told,
        history,
    })
}
