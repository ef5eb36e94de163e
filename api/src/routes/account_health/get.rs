//! `GET /v1/accounts/{id}/health`.

use axum::{Json, extract::State};
use crm_store::{TenantStore, catalog::ACCOUNT, models::ModelKind, records::Select};
use crm_tools::{
    health::{AccountHealth, account_health},
    predictions::{PredictError, Why, score_one},
};
use uuid::Uuid;

use super::AccountHealthView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
    state::AppState,
};

/// How likely a customer leaves
///
/// The risk of leaving within 90 days with its reasons, as a number from 0 to 100 and in words, and what was said before. It is
/// learned from customers who left and who stayed: their cases, what they wrote, what was done with them, contracts and payments.
/// A customer that was never scored is scored now; an account that is no customer has no health.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}/health",
    operation_id = "get_account_health",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The account")),
    responses(
        (status = 200, description = "The health", body = AccountHealthView),
        (status = 404, description = "No such account", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Json<AccountHealthView>, Problem> {
    let store = caller.store();
    let known = read(store, id).await?;
    if known.health.is_some() {
        return Ok(Json(known.into()));
    }
    let predictor = &state.services.predictor;
    score_one(predictor, &store.predicting(), ModelKind::Churn, id, Why::Asked)
        .await
        .map_err(|error| match error {
            PredictError::Store(error) => Problem::from(error),
            other => Problem::internal(other),
        })?;
    Ok(Json(read(store, id).await?.into()))
}

/// The health of an account that the caller may read.
async fn read(store: &TenantStore, id: Uuid) -> Result<AccountHealth, Problem> {
    let mut tx = store.begin().await?;
    let select = Select {
        fields: Some(Vec::new()),
        ..Select::default()
    };
    if tx.records(&ACCOUNT).get(id, &select).await?.is_none() {
        return Err(Problem::not_found("account"));
    }
    let health = account_health(&mut tx, id).await?;
    tx.commit().await?;
    Ok(health)
}
