//! Health as clients see it.

use chrono::{DateTime, Utc};
use crm_tools::{
    health::{AccountHealth, Health, HealthChange, PastHealth, RankedAccount},
    predictions::{Shown, reasons::Reason},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// The health of a customer: a number that is derived from the risk of leaving, and from nothing else.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// 0 to 100: of a hundred such customers so many would still be there in a year, if the risk stayed as it is.
    #[schema(example = 81)]
    score: u8,
    /// `healthy`, `watch` or `at_risk`. It changes only when the number is clearly beyond a line.
    #[schema(example = "healthy")]
    band: &'static str,
    /// `model`, or `prior` while no model is active: then every customer has the same number.
    #[schema(example = "model")]
    state: &'static str,
    /// The probability of leaving within `horizon_days`.
    #[schema(example = 0.05)]
    risk: f64,
    /// The lower end of its 90 % interval.
    low: f64,
    /// Its upper end.
    high: f64,
    /// How many days ahead the risk looks.
    #[schema(example = 90)]
    horizon_days: i64,
    /// What the number says and where it comes from.
    words: String,
    scored_at: DateTime<Utc>,
}

impl From<Health> for HealthView {
    fn from(health: Health) -> Self {
        Self {
            score: health.score,
            band: health.band.as_str(),
            state: health.state.as_str(),
            risk: health.risk,
            low: health.low,
            high: health.high,
            horizon_days: health.horizon_days,
            words: health.words,
            scored_at: health.scored_at,
        }
    }
}

/// What a customer's health was a month ago.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthChangeView {
    /// When that was said.
    since: DateTime<Utc>,
    /// The number then.
    from: u8,
    /// In words.
    #[schema(example = "watch")]
    band: &'static str,
}

impl From<HealthChange> for HealthChangeView {
    fn from(change: HealthChange) -> Self {
        Self {
            since: change.since,
            from: change.from,
            band: change.band.as_str(),
        }
    }
}

/// A customer with its health.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerView {
    /// The account.
    account_id: Uuid,
    /// Its name, type, industry and owner, as your role may see them.
    #[schema(value_type = Object)]
    account: Map<String, Value>,
    /// Its health; null before the first score.
    health: Option<HealthView>,
    /// What it was a month ago; null when nothing else was said then, or by another model.
    change: Option<HealthChangeView>,
    /// What speaks most for leaving.
    reason: Option<Reason>,
}

impl From<RankedAccount> for CustomerView {
    fn from(account: RankedAccount) -> Self {
        Self {
            account_id: account.id,
            account: account.record,
            health: account.health.map(Into::into),
            change: account.change.map(Into::into),
            reason: account.reason,
        }
    }
}

/// What was said of a customer at a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastHealthView {
    /// The number then.
    score: u8,
    /// In words.
    #[schema(example = "watch")]
    band: &'static str,
    /// The probability of leaving.
    risk: f64,
    /// `model` or `prior`.
    #[schema(example = "model")]
    state: &'static str,
    /// The model that gave it; null where the prior spoke.
    model_id: Option<Uuid>,
    /// What was known then is what it rests on.
    as_of: DateTime<Utc>,
    scored_at: DateTime<Utc>,
}

impl From<PastHealth> for PastHealthView {
    fn from(past: PastHealth) -> Self {
        Self {
            score: past.score,
            band: past.band.as_str(),
            risk: past.risk,
            state: past.state.as_str(),
            model_id: past.model_id,
            as_of: past.as_of,
            scored_at: past.scored_at,
        }
    }
}

/// The health of an account with its reasons and its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountHealthView {
    /// The account.
    account_id: Uuid,
    /// Its health; null for an account that is no customer.
    health: Option<HealthView>,
    /// The score behind it: the probability of leaving; what is `up` of its reasons speaks for that.
    score: Option<Shown>,
    /// What was said before, latest first, at most 120.
    history: Vec<PastHealthView>,
}

impl From<AccountHealth> for AccountHealthView {
    fn from(account: AccountHealth) -> Self {
        Self {
            account_id: account.account,
            health: account.health.map(Into::into),
            score: account.score,
            history: account.history.into_iter().map(Into::into).collect(),
        }
    }
}
