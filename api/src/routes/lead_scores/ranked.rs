//! `GET /v1/leads/ranked`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_tools::{
    predictions::leads::{LeadOrder, OpenLeads, RankedLead, ranked},
    whose::Whose,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, check_limit},
    },
};

/// Whose leads, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RankedQuery {
    /// `me`, `team` (the members whose roles are below yours) or the id of a member; everybody's that you may see when not
    /// given.
    owner: Option<String>,
    /// `probability` (the default) or `points`, the highest first.
    sort: Option<String>,
    /// Leads on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A lead with all that is said of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankedLeadView {
    /// The lead.
    lead_id: Uuid,
    /// Its name, company, status, source and owner, as your role may see them.
    #[schema(value_type = Object)]
    lead: Map<String, Value>,
    /// `model`; `points` while no model speaks; `unscored` before the first score.
    #[schema(example = "model")]
    state: &'static str,
    /// `hot`, `warm` or `cold`, by the probability of a model or else by points.
    #[schema(example = "warm")]
    band: Option<&'static str>,
    /// What the model says; while `state` is `points`, the prior of leads like it.
    score: Option<LeadChanceView>,
    /// What it did, counted; no probability.
    #[schema(example = 27.5)]
    points: Option<f64>,
    /// What a person says in the place of the model.
    #[serde(rename = "override")]
    overridden: Option<OverrideView>,
    /// What was found out by asking.
    qualification: Option<QualificationView>,
    /// What counts most.
    reason: Option<LeadReasonView>,
}

/// A probability with its interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadChanceView {
    /// Between 0 and 1.
    #[schema(example = 0.31)]
    probability: f64,
    /// The lower end of its 90 % interval.
    low: f64,
    /// Its upper end.
    high: f64,
    scored_at: DateTime<Utc>,
}

/// A person's probability.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverrideView {
    /// Between 0 and 1.
    probability: f64,
    /// Why.
    reason: Option<String>,
    /// Since when.
    said_at: DateTime<Utc>,
}

/// What was found out by asking.
#[derive(Debug, Serialize, ToSchema)]
pub struct QualificationView {
    /// 0 to 100; no probability.
    score: f64,
    /// Since when.
    said_at: DateTime<Utc>,
}

/// What counts most.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadReasonView {
    /// In words.
    #[schema(example = "They last opened, clicked or visited something 2 days ago.")]
    sentence: String,
    /// How far it moves the log-odds; null while points speak.
    log_odds: Option<f64>,
    /// How many points it adds; null while a model speaks.
    points: Option<f64>,
}

impl From<RankedLead> for RankedLeadView {
    fn from(lead: RankedLead) -> Self {
        Self {
            lead_id: lead.id,
            lead: lead.record,
            state: lead.state.as_str(),
            band: lead.band.map(crm_store::leads::Band::as_str),
            score: lead.score.map(|score| LeadChanceView {
                probability: score.probability,
                low: score.low,
                high: score.high,
                scored_at: score.scored_at,
            }),
            points: lead.points,
            overridden: lead.overridden.map(|said| OverrideView {
                probability: said.value,
                reason: said.reason,
                said_at: said.created_at,
            }),
            qualification: lead.qualification.map(|said| QualificationView {
                score: said.value,
                said_at: said.created_at,
            }),
            reason: lead.reason.map(|reason| LeadReasonView {
                sentence: reason.sentence,
                log_odds: reason.log_odds,
                points: reason.points,
            }),
        }
    }
}

/// List leads by how likely they convert
///
/// Those that you may see and that were neither converted nor found unqualified, each with all that is said of it: the
/// model, the points, a person, and what was found out by asking, each apart. Leads that were not scored yet come last. The
/// order is by what the model says, or by points; overrides do not change it.
#[utoipa::path(
    get,
    path = "/v1/leads/ranked",
    operation_id = "list_ranked_leads",
    tag = "predictions",
    params(RankedQuery),
    responses(
        (status = 200, description = "A page", body = Page<RankedLeadView>),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<RankedQuery>,
) -> Result<Json<Page<RankedLeadView>>, Problem> {
    let whose = query.owner.as_deref().map(str::parse::<Whose>).transpose();
    let wanted = OpenLeads {
        whose: whose
            .map_err(|why| Problem::field("?owner", why))?
            .unwrap_or_default(),
        order: match query.sort.as_deref().unwrap_or("probability") {
            "probability" | "-probability" => LeadOrder::Probability,
            "points" | "-points" => LeadOrder::Points,
            _ => return Err(Problem::field("?sort", "must be probability or points")),
        },
        limit: check_limit(query.limit)?.into(),
        cursor: query.cursor,
    };
    let (leads, next_cursor) = ranked(caller.store(), &wanted).await?;
    Ok(Json(Page {
        data: leads.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
