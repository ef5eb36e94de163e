//! `GET /v1/win/opinions`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::{
    Cursor,
    feedback::Verdict,
    models::ModelKind,
    opinions::{Direction, Opinion, OpinionFilter},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::Wanted,
    },
    routes::predictive_models::AgreementView,
};

/// Which opinions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OpinionsQuery {
    /// Only on this deal.
    opportunity_id: Option<Uuid>,
    /// Only on scores of this model.
    model_id: Option<Uuid>,
    /// Only `good` or `bad` ones.
    #[param(value_type = Option<String>, example = "bad")]
    verdict: Option<Verdict>,
    /// Opinions on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of opinions, and how people agree with each model.
#[derive(Debug, Serialize, ToSchema)]
pub struct Opinions {
    /// Latest first.
    data: Vec<OpinionView>,
    /// Give this as `cursor` to read on; null on the last page.
    next_cursor: Option<String>,
    /// How people agree with each model, over all deals that you may see; the latest model first.
    by_model: Vec<AgreementView>,
}

/// What somebody thinks of a probability.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpinionView {
    id: Uuid,
    opportunity_id: Uuid,
    /// The score; null when it is forgotten.
    score_id: Option<Uuid>,
    /// The model; null where the prior spoke.
    model_id: Option<Uuid>,
    /// The probability as it was shown.
    probability: f64,
    /// `good` or `bad`.
    #[schema(example = "bad")]
    verdict: &'static str,
    /// `too_high` or `too_low`.
    #[schema(example = "too_high")]
    direction: Option<&'static str>,
    /// Why, in their own words.
    comment: Option<String>,
    /// `user`, `api_key` or `job`.
    actor_kind: String,
    actor_id: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Opinion> for OpinionView {
    fn from(opinion: Opinion) -> Self {
        Self {
            id: opinion.id,
            opportunity_id: opinion.opportunity_id,
            score_id: opinion.score_id,
            model_id: opinion.model_id,
            probability: opinion.probability,
            verdict: opinion.verdict.as_str(),
            direction: opinion.direction.map(Direction::as_str),
            comment: opinion.reason,
            actor_kind: opinion.actor_kind,
            actor_id: opinion.actor_id,
            created_at: opinion.created_at,
            updated_at: opinion.updated_at,
        }
    }
}

/// List what people think of probabilities
///
/// Of deals that you may see. Opinions are given with `POST /v1/feedback`.
#[utoipa::path(
    get,
    path = "/v1/win/opinions",
    operation_id = "list_win_opinions",
    tag = "predictions",
    params(OpinionsQuery),
    responses(
        (status = 200, description = "A page, latest first", body = Opinions),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadFeedback>,
    Query(query): Query<OpinionsQuery>,
) -> Result<Json<Opinions>, Problem> {
    let wanted = Wanted::<Cursor>::new(query.limit, query.cursor.as_deref())?;
    let filter = OpinionFilter {
        opportunity: query.opportunity_id,
        model: query.model_id,
        verdict: query.verdict,
    };
    let mut tx = caller.store().begin().await?;
    let page = tx
        .opinions()
        .list(&filter, wanted.after, wanted.limit.into())
        .await?;
    let by_model = tx.agreement(ModelKind::Win).await?;
    tx.commit().await?;
    Ok(Json(Opinions {
        data: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
        by_model: by_model.into_iter().map(Into::into).collect(),
    }))
}
