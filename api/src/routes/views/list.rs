//! `GET /v1/views`.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::SavedView;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        body::Query,
    },
};

/// Which views.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// Of this object alone, such as `lead`.
    object: Option<String>,
}

/// Views.
#[derive(Debug, Serialize, ToSchema)]
pub struct Views {
    /// By object and name.
    data: Vec<SavedView>,
}

/// List saved views
///
/// Your own, and those that colleagues share.
#[utoipa::path(
    get,
    path = "/v1/views",
    operation_id = "list_views",
    tag = "views",
    params(Of),
    responses((status = 200, description = "The views", body = Views)),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Query(of): Query<Of>,
) -> Result<Json<Views>, Problem> {
    let mut tx = caller.store().begin().await?;
    let views = tx.views().list(of.object.as_deref()).await?;
    Ok(Json(Views {
        data: views.into_iter().map(SavedView::from).collect(),
    }))
}
