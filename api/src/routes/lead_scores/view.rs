//! Lead scores as clients see them.

use crm_store::{TenantStore, TenantTx, catalog::LEAD, models::WorkState, records::Select};
use crm_tools::predictions::{
    PredictError,
    leads::{LeadCard, card},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Problem;

/// All that is said of a lead, each voice apart.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadScoreView {
    #[serde(flatten)]
    card: LeadCard,
}

impl LeadScoreView {
    /// All that is said of a lead, for whoever may read the lead.
    pub(super) async fn read(store: &TenantStore, lead_id: Uuid) -> Result<Self, Problem> {
        let mut tx = store.begin().await?;
        let view = Self::of(&mut tx, lead_id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// The same in an open transaction.
    pub(super) async fn of(tx: &mut TenantTx, lead_id: Uuid) -> Result<Self, Problem> {
        Ok(Self {
            card: card(tx, lead_id).await?,
        })
    }

    /// Whether it was scored.
    pub(super) const fn is_scored(&self) -> bool {
        self.card.score.is_some()
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
