//! The win card: how likely a deal is won, why, and what can be done. Code writes every number.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::predictions::{
    change::Change, movers::Moved, next_steps::Step, reasons::Reasons, similar::SimilarDeals,
};

/// What came of a question about a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WinKind {
    /// What is said of an open deal.
    Win,
    /// The deal has ended; how, and what was said before.
    Ended,
    /// The question can be about more than one deal.
    Clarification,
    /// There is no answer.
    Declined,
}

/// Whether there was enough to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WinState {
    /// A model that was learned from the organisation's own deals.
    Model,
    /// No model speaks, as there is not enough data or what was learned is not better: how deals at this stage usually ended,
    /// mixed with the stage's own probability.
    Prior,
    /// The deal has not been scored yet.
    Unscored,
}

/// A win card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct WinCard {
    /// What came of the question.
    pub kind: WinKind,
    /// The answer in words.
    pub sentence: String,
    /// The deal.
    pub opportunity: Option<Deal>,
    /// The probability and what it rests on; null before the first score.
    pub score: Option<ShownScore>,
    /// Whether there was enough to learn from.
    pub state: Option<WinState>,
    /// Why no model speaks of the deal, where none does: such as how many closed deals are missing.
    pub missing: Option<String>,
    /// Why the probability is what it is.
    pub reasons: Option<Reasons>,
    /// What would move it most, of what a rep can do; best first.
    pub changes: Vec<Change>,
    /// Deals that were alike, and how they ended.
    pub similar: Option<SimilarDeals>,
    /// What to do next, most useful first.
    pub next_steps: Vec<Step>,
    /// The model, and how well what it says holds.
    pub model: Option<ShownModel>,
    /// What moved since the score before.
    pub moved: Option<Moved>,
    /// How it ended, if it has.
    pub ended: Option<Ended>,
    /// Deals to choose from.
    pub choices: Vec<Deal>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

/// A deal, by what names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = WinDeal)]
pub struct Deal {
    /// Which one.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// Its name; null when the reader's role does not show it.
    pub name: Option<String>,
    /// Its stage; null when the reader's role does not show it.
    pub stage: Option<String>,
}

/// A probability as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = WinScore)]
pub struct ShownScore {
    /// The score, which a verdict names.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// Between 0 and 1.
    pub probability: f64,
    /// The lower end of its 90 % interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The log-odds, to which the reasons add up.
    pub log_odds: f64,
    /// The probability that was believed before looking at the deal itself: how deals at its stage usually end.
    pub prior: f64,
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
    /// When it was worked out.
    pub scored_at: DateTime<Utc>,
}

/// The model behind a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = WinModel)]
pub struct ShownModel {
    /// The model; its calibration card is at `/v1/predictive-models/{id}/calibration`.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// Counts the organisation's models.
    pub number: i32,
    /// When it was learned.
    pub trained_at: DateTime<Utc>,
    /// How well such a probability holds, such as "Of 120 deals that it gave 60 to 70 %, 64 % were won."
    pub sentence: String,
    /// That it learned from few deals, and from how many; null where they are not few.
    #[schema(example = "It rests on few deals: 120 ended ones.")]
    pub rests_on_few: Option<String>,
}

/// How a deal ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = WinEnded)]
pub struct Ended {
    /// Whether it was won.
    pub won: bool,
    /// When, if the reader's role shows it.
    pub at: Option<DateTime<Utc>>,
    /// Why, as it was written down, if the reader's role shows it.
    pub reason: Option<String>,
    /// The last probability that was given before it ended.
    pub said_before: Option<f64>,
    /// When that was.
    pub said_at: Option<DateTime<Utc>>,
}

impl WinCard {
    /// A card that says only this.
    pub fn saying(kind: WinKind, sentence: impl Into<String>) -> Self {
        Self {
            kind,
            sentence: sentence.into(),
            opportunity: None,
            score: None,
            state: None,
            missing: None,
            reasons: None,
            changes: Vec::new(),
            similar: None,
            next_steps: Vec::new(),
            model: None,
            moved: None,
            ended: None,
            choices: Vec::new(),
            notes: Vec::new(),
        }
    }
}
