//! `GET /v1/predictive-models/{id}/calibration`.

use std::collections::BTreeMap;

use axum::Json;
use crm_store::models::ModelKind;
use crm_tools::predictions::labels;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AgreementView, PredictiveModelView};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, Scope, scopes},
        body::Path,
    },
};

/// The calibration card: how well a model's probabilities held on records that it had never seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalibrationCard {
    /// The model.
    model: PredictiveModelView,
    /// Everything that is known about how good it is, and what it rests on.
    #[schema(value_type = crm_predict::Card)]
    card: Value,
    /// What people call the features that the card names, by their names.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"days_in_stage": "Days in the stage"}))]
    labels: BTreeMap<&'static str, &'static str>,
    /// How people agree with it, and who was nearer once the end was known; of the records that you may see. Null where
    /// nobody said anything yet, of customers, and of deals for those who may not read feedback.
    people: Option<AgreementView>,
}

/// Read a model's calibration card
///
/// Everything is measured on records that ended later than those that the model had learned from.
#[utoipa::path(
    get,
    path = "/v1/predictive-models/{id}/calibration",
    operation_id = "get_calibration_card",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The model")),
    responses(
        (status = 200, description = "The card", body = CalibrationCard),
        (status = 404, description = "No such model that you may see", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Json<CalibrationCard>, Problem> {
    let mut tx = caller.store().begin().await?;
    let model = tx.models().get(id).await?;
    let card = tx.models().card(id).await?;
    let (Some(model), Some(card)) = (model, card) else {
        return Err(Problem::not_found("predictive model"));
    };
    // What people think of deals is told to who reads feedback; what they say of a lead stands beside the lead.
    let is_told = model.kind != ModelKind::Win || caller.may(Scope::ReadFeedback);
    let mut people = None;
    if is_told {
        let all = tx.agreement(model.kind).await?;
        people = all.into_iter().find(|of| of.model_id == Some(id));
    }
    tx.commit().await?;
    Ok(Json(CalibrationCard {
        labels: labels(model.kind),
        model: model.into(),
        card,
        people: people.map(Into::into),
    }))
}
