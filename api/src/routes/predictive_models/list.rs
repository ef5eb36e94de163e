//! `GET /v1/predictive-models`.

use axum::Json;
use crm_store::models::{ModelFilter, ModelKind, ModelState};
use serde::Deserialize;
use utoipa::IntoParams;

use super::PredictiveModels;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::Wanted,
    },
};

/// Which models to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ModelQuery {
    /// Only `win`, `lead` or `churn`.
    #[param(value_type = Option<String>, example = "win")]
    kind: Option<ModelKind>,
    /// Only those in this state: `candidate`, `active`, `rejected`, `retired`, `failed`.
    #[param(value_type = Option<String>, example = "active")]
    state: Option<ModelState>,
    /// Models on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List predictive models
///
/// Latest first, as far as you may read the records that they say something of; each with its main figures and why it is
/// active or not. `work` says how far training and scoring are.
#[utoipa::path(
    get,
    path = "/v1/predictive-models",
    operation_id = "list_predictive_models",
    tag = "predictions",
    params(ModelQuery),
    responses((status = 200, description = "The models", body = PredictiveModels)),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<ModelQuery>,
) -> Result<Json<PredictiveModels>, Problem> {
    let wanted = Wanted::new(query.limit, query.cursor.as_deref())?;
    let filter = ModelFilter {
        kind: query.kind,
        state: query.state,
    };
    let mut tx = caller.store().begin().await?;
    let page = tx
        .models()
        .list(&filter, wanted.after, wanted.limit.into())
        .await?;
    let work = tx.models().work().await?;
    tx.commit().await?;
    Ok(Json(PredictiveModels {
        data: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
        work: work
            .into_iter()
            .filter(|work| query.kind.is_none_or(|kind| kind == work.kind))
            .map(Into::into)
            .collect(),
    }))
}
