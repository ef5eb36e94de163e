//! `GET /v1/accounts/{id}/overview`: an account from all sides.

use axum::Json;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::body::Path,
    routes::records::allowed::{On, Read},
};

/// See an account from all sides
///
/// The account with its parent and owner; its subsidiaries, contacts, open opportunities, open cases, contracts, payments
/// and activities, the latest ten of each; and sums over all of them. What the role may not read is null.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}/overview",
    operation_id = "account_overview",
    tag = "accounts",
    params(("id" = Uuid, Path, description = "The account")),
    responses(
        (status = 200, description = "The account and what belongs to it", body = Object),
        (status = 404, description = "No such account", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn handler(
    caller: On<Read>,
    Path(id): Path<Uuid>,
) -> Result<Json<Map<String, Value>>, Problem> {
    let mut tx = caller.store.begin().await?;
    let seen = tx.account_overview(id).await?;
    seen.map(Json).ok_or_else(|| Problem::not_found("account"))
}
