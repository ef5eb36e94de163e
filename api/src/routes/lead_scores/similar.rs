//! `GET /v1/leads/{id}/score/similar`.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use crm_tools::predictions::leads::{SimilarLead, SimilarLeads, similar};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::{check, failed};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
    state::AppState,
};

/// Leads of the past that were like this one.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarLeadsView {
    /// The most alike first, at most eight.
    leads: Vec<SimilarLeadView>,
    /// Of the nearest ones, how many were converted.
    converted: usize,
    /// How many nearest ones were counted, at most twenty.
    n: usize,
    /// The same in words.
    sentence: String,
    /// Why the texts were not compared, if they were not.
    note: Option<String>,
}

/// A lead that was alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarLeadView {
    id: Uuid,
    /// Null when your role does not show it.
    name: Option<String>,
    company: Option<String>,
    /// Whether it was converted.
    converted: Option<bool>,
    converted_at: Option<DateTime<Utc>>,
    /// Why it was found unqualified.
    unqualified_reason: Option<String>,
    /// The deal that it became.
    opportunity_id: Option<Uuid>,
    /// How alike it was by what is known of it, 0 to 1; null when only its words are alike.
    alike: Option<f64>,
    /// `features`, `words`, or both.
    by: Vec<String>,
}

impl From<SimilarLead> for SimilarLeadView {
    fn from(lead: SimilarLead) -> Self {
        Self {
            id: lead.id,
            name: lead.name,
            company: lead.company,
            converted: lead.converted,
            converted_at: lead.converted_at,
            unqualified_reason: lead.unqualified_reason,
            opportunity_id: lead.opportunity_id,
            alike: lead.alike,
            by: lead.by,
        }
    }
}

impl From<SimilarLeads> for SimilarLeadsView {
    fn from(found: SimilarLeads) -> Self {
        Self {
            leads: found.leads.into_iter().map(Into::into).collect(),
            converted: found.converted,
            n: found.n,
            sentence: found.sentence,
            note: found.note,
        }
    }
}

/// Past leads like a lead
///
/// Leads that were converted or found unqualified and were like this one at its age, by what is known of them and by what is
/// written in them, and how they ended. Only those that you may read are shown or counted.
#[utoipa::path(
    get,
    path = "/v1/leads/{id}/score/similar",
    operation_id = "list_similar_leads",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The lead")),
    responses(
        (status = 200, description = "The leads", body = SimilarLeadsView),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Json<SimilarLeadsView>, Problem> {
    let store = caller.store();
    check(store, id).await?;
    let retriever = state.services.knowledge.retriever(store.clone());
    let found = similar(&state.services.predictor, store, Some(&retriever), id)
        .await
        .map_err(failed)?;
    Ok(Json(found.into()))
}
