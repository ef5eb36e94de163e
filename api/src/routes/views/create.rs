//! `POST /v1/views`.

use axum::{http::StatusCode, response::Response};

use super::{SavedView, view::ViewToSave};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// Save a view
#[utoipa::path(
    post,
    path = "/v1/views",
    operation_id = "create_view",
    tag = "views",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = ViewToSave,
    responses(
        (status = 201, description = "The view", body = SavedView, headers(("ETag" = String))),
        (status = 409, description = "You have a view with this name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Fields that the object does not have", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    once: Once,
    body: Json<ViewToSave>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let view = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let view = tx.views().create(&body.value.into()).await?;
            once.done(&mut tx, 201, Some(view.id)).await?;
            Some(view)
        }
        Entered::Before {
            resource: Some(id), ..
        } => tx.views().get(id).await?,
        Entered::Before { resource: None, .. } => None,
    };
    let view = view.ok_or_else(|| Problem::not_found("view"))?;
    tx.commit().await?;
    Ok(SavedView::from(view).respond(StatusCode::CREATED))
}
