//! What is said of leads beside the model: points, where they stand, what people say instead, and what was found out.
//!
//! Standings and suggestions are written by the service alone ([`crate::TenantStore::predicting`]); whoever may read a lead
//! reads them, and whoever may change it judges and decides.

mod judgement;
mod ranked;
mod source;
mod standing;
mod suggestion;

pub use judgement::{Judgement, JudgementKind, NewJudgement};
pub use ranked::PointsCursor;
pub use source::{FieldSource, Origin};
pub use standing::{Band, Crossed, Measure, NewStanding, PointPart, Standing};
pub(crate) use suggestion::look;
pub use suggestion::{
    ENRICH_JOB, LeadText, Material, NewSuggestion, Suggestion, SuggestionSource, SuggestionState,
    TenantProduct,
};

use uuid::Uuid;

use crate::{StoreError, TenantTx, access::Verb, catalog::LEAD};

/// What is said of leads.
#[derive(Debug)]
pub struct Leads<'t>(pub(crate) &'t mut TenantTx);

impl TenantTx {
    /// What is said of leads beside the model.
    pub fn leads(&mut self) -> Leads<'_> {
        Leads(self)
    }
}

impl Leads<'_> {
    /// Holds a lead that the actor may change until the end of the transaction. Refuses an actor whose role or whose sharing
    /// does not allow it; a lead that they may not see does not exist.
    async fn hold(&mut self, lead: Uuid) -> Result<(), StoreError> {
        let access = self.0.access().await?;
        access.require(&LEAD, Verb::Update)?;
        // Postgres applies the rules of updates to a row that is locked.
        let held: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM leads WHERE id = $1 AND deleted_at IS NULL FOR UPDATE")
                .bind(lead)
                .fetch_optional(self.0.conn())
                .await?;
        if held.is_some() {
            return Ok(());
        }
        let seen: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM leads WHERE id = $1 AND deleted_at IS NULL")
                .bind(lead)
                .fetch_optional(self.0.conn())
                .await?;
        Err(match seen {
            Some(_) => StoreError::Refused {
                what: "you may see this lead but not change it".to_owned(),
                fields: Vec::new(),
            },
            None => StoreError::NotFound { what: "lead" },
        })
    }
}
