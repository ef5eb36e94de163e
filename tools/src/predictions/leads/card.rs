//! All that is said of a lead, each voice apart: the model, the points, a person, and who asked.

use chrono::{DateTime, Utc};
use crm_store::{
    StoreError, TenantTx,
    access::{Access, Verb},
    catalog::ENGAGEMENT_EVENT,
    leads::{Band, Judgement, JudgementKind, Measure, PointPart, Standing},
    models::ModelKind,
    scores::ScoreState,
    settings::LeadScoring,
};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::points::{HIDDEN, spoken};
use crate::predictions::{Shown, shown};

/// Which voice a lead's band goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadState {
    /// The model's.
    Model,
    /// There is no model: points count what the lead did, beside the prior.
    Points,
    /// Nothing was said yet.
    Unscored,
}

impl LeadState {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Points => "points",
            Self::Unscored => "unscored",
        }
    }

    /// By the state of a score.
    pub const fn of(score: Option<ScoreState>) -> Self {
        match score {
            Some(ScoreState::Model) => Self::Model,
            Some(ScoreState::Prior | ScoreState::Points) => Self::Points,
            None => Self::Unscored,
        }
    }
}

/// All that is said of a lead.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LeadCard {
    /// The lead.
    pub lead_id: Uuid,
    /// Which voice its band goes by.
    pub state: LeadState,
    /// How much it is worth turning to: `hot`, `warm` or `cold`.
    #[schema(value_type = Option<String>, example = "warm")]
    pub band: Option<Band>,
    /// Since when.
    pub band_since: Option<DateTime<Utc>>,
    /// What the model says, or the prior; null for a lead that ended before it was scored.
    pub score: Option<Shown>,
    /// The probability is that of being converted within so many days.
    pub window_days: u16,
    /// What it did. Points are no probability.
    pub points: Option<LeadPoints>,
    /// What a person says in the place of the model.
    #[serde(rename = "override")]
    pub overridden: Option<Said>,
    /// What was found out by asking, 0 to 100.
    pub qualification: Option<Said>,
}

/// What a lead did, counted.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LeadPoints {
    /// From 0 to the cap.
    pub total: f64,
    /// What adds up to them.
    pub parts: Vec<LeadPointPart>,
    /// The most that there can be.
    pub cap: f64,
    /// After so many days an event counts half.
    pub half_life_days: f64,
    /// When they were counted.
    pub as_of: DateTime<Utc>,
}

/// What one type of event adds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LeadPointPart {
    /// The type of event; `limit` for what lies beyond 0 and the cap; `hidden` for what the reader may not know.
    pub event: String,
    /// How many there were.
    pub events: usize,
    /// What they add by now.
    pub points: f64,
    /// The same in words.
    pub sentence: String,
}

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = LeadSaid)]
pub struct Said {
    /// An override's probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// A qualification's score, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Why.
    pub reason: Option<String>,
    /// Of a qualification: what was asked and said.
    #[schema(value_type = Option<Vec<Object>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Json>,
    /// `user`, `api_key` or `job`.
    pub by_kind: String,
    /// Who says it.
    pub by_id: Uuid,
    /// The person's name.
    pub by_name: Option<String>,
    /// Since when.
    pub said_at: DateTime<Utc>,
}

impl From<Judgement> for Said {
    fn from(judgement: Judgement) -> Self {
        let is_override = judgement.kind == JudgementKind::Override;
        Self {
            probability: is_override.then_some(judgement.value),
            score: (!is_override).then_some(judgement.value),
            reason: judgement.reason,
            parts: (!is_override).then_some(judgement.parts),
            by_kind: judgement.actor_kind,
            by_id: judgement.actor_id,
            by_name: judgement.actor_name,
            said_at: judgement.created_at,
        }
    }
}

/// All that is said of a lead to the actor of `tx`, who may read it.
pub async fn card(tx: &mut TenantTx, lead: Uuid) -> Result<LeadCard, StoreError> {
    let latest = tx.scores(ModelKind::Lead).latest(&[lead]).await?.remove(&lead);
    let standing = tx.leads().standings(&[lead]).await?.remove(&lead);
    let mut judged = tx.leads().judgements(&[lead]).await?;
    let rules = tx.lead_scoring().await?;
    let access = tx.access().await?;
    let state = LeadState::of(latest.as_ref().map(|score| score.state));
    // A model goes on speaking of the time that it learned until another one takes its place.
    let window_days = match latest.as_ref().and_then(|score| score.model_id) {
        Some(model) => tx.models().window_days(model).await?,
        None => Some(rules.conversion_days),
    };
    let score = match latest {
        Some(score) => Some(shown(tx, ModelKind::Lead, score).await?),
        None => None,
    };
    Ok(LeadCard {
        lead_id: lead,
        state,
        band: band(standing.as_ref(), state),
        band_since: standing.as_ref().map(|standing| standing.band_since),
        score,
        window_days: window_days.unwrap_or(LeadScoring::default().conversion_days),
        points: standing.map(|standing| LeadPoints {
            total: standing.points,
            parts: visible(standing.parts, standing.points, &access)
                .into_iter()
                .map(|part| LeadPointPart {
                    sentence: spoken(&part),
                    event: part.kind,
                    events: part.events,
                    points: part.points,
                })
                .collect(),
            cap: rules.cap,
            half_life_days: rules.half_life_days,
            as_of: standing.as_of,
        }),
        overridden: judged.remove(&(lead, JudgementKind::Override)).map(Into::into),
        qualification: judged
            .remove(&(lead, JudgementKind::Qualification))
            .map(Into::into),
    })
}

/// The band, if it goes by what is said now.
pub(super) fn band(standing: Option<&Standing>, state: LeadState) -> Option<Band> {
    let measure = match state {
        LeadState::Model => Measure::Probability,
        LeadState::Points => Measure::Points,
        LeadState::Unscored => return None,
    };
    standing
        .filter(|standing| standing.measure == measure)
        .map(|standing| standing.band)
}

/// The parts as a reader may know them: who may see no engagement events is told their sum.
pub(super) fn visible(parts: Vec<PointPart>, total: f64, access: &Access) -> Vec<PointPart> {
    if parts.is_empty() || access.can(&ENGAGEMENT_EVENT, Verb::Read) {
        return parts;
    }
    vec![PointPart {
        kind: HIDDEN.to_owned(),
        events: 0,
        points: total,
    }]
}
