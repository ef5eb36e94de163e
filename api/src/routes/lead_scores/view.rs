//! Lead scores as clients see them.

use crm_store::{
    TenantStore,
    catalog::LEAD,
    models::{ModelKind, WorkState},
    records::Select,
};
use crm_tools::predictions::{PredictError, Shown, shown};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Problem;

/// How likely a lead converts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadScoreView {
    /// The lead.
    lead_id: Uuid,
    /// The model's score: `probability` with `low` and `high`, `prior`, `state` (`model`, or `prior` with what is
    /// `missing`), `reasons` that add up to the log-odds, the `model`, `as_of` and `scored_at`. Null for a lead that ended
    /// before it was scored.
    #[schema(value_type = Option<Object>)]
    score: Option<Shown>,
}

impl LeadScoreView {
    /// The latest score of a lead, for whoever may read the lead.
    pub(super) async fn read(store: &TenantStore, lead_id: Uuid) -> Result<Self, Problem> {
        let mut tx = store.begin().await?;
        let mut latest = tx.scores(ModelKind::Lead)?.latest(&[lead_id]).await?;
        let told = match latest.remove(&lead_id) {
            Some(found) => Some(shown(&mut tx, ModelKind::Lead, found).await?),
            None => None,
        };
        tx.commit().await?;
        Ok(Self { lead_id, score: told })
    }

    /// Whether it was scored.
    pub(super) const fn is_scored(&self) -> bool {
        self.score.is_some()
    }
}

/// Refuses a lead that the caller may not read.
pub(super) async fn check(store: &TenantStore, id: Uuid) -> Result<(), Problem> {
    let mut tx = store.begin().await?;
    let select = Select {
        fields: Some(Vec::new()),
        ..Select::default()
    };
    let lead = tx.records(&LEAD).get(id, &select).await?;
    tx.commit().await?;
    lead.map(|_| ()).ok_or_else(|| Problem::not_found("lead"))
}

/// What a calculation could not do, as a problem.
pub(super) fn failed(error: PredictError) -> Problem {
    match error {
        PredictError::Store(error) => error.into(),
        other => Problem::internal(other),
    }
}

/// That all leads are to be scored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScoringAsked {
    /// `waiting`, or `running` when a worker is at it.
    #[schema(example = "waiting")]
    pub(super) state: &'static str,
    /// How many leads are scored,
    pub(super) done: i64,
    /// of so many.
    pub(super) total: i64,
}

impl ScoringAsked {
    /// As far as it is.
    pub(super) fn of(work: Option<crm_store::models::Work>) -> Self {
        match work.filter(|work| work.state == WorkState::Running) {
            Some(work) => Self {
                state: "running",
                done: work.done,
                total: work.total,
            },
            None => Self {
                state: "waiting",
                done: 0,
                total: 0,
            },
        }
    }
}
