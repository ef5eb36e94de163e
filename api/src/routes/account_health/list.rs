//! `GET /v1/accounts/health`.

use axum::Json;
use crm_tools::{health::customers, whose::Whose};
use serde::Deserialize;
use utoipa::IntoParams;

use super::CustomerView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, check_limit},
    },
};

/// Whose customers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CustomersQuery {
    /// `me`, `team` (the members whose roles are below yours) or the id of a member; everybody's that you may see when not
    /// given.
    owner: Option<String>,
    /// Customers on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List customers by their health, the worst first
///
/// Those that you may see, each with what speaks most for leaving and what was said a month ago. Customers that were not scored
/// yet come last.
#[utoipa::path(
    get,
    path = "/v1/accounts/health",
    operation_id = "list_account_health",
    tag = "predictions",
    params(CustomersQuery),
    responses(
        (status = 200, description = "A page", body = Page<CustomerView>),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<CustomersQuery>,
) -> Result<Json<Page<CustomerView>>, Problem> {
    let whose = query.owner.as_deref().map(str::parse::<Whose>).transpose();
    let whose = whose
        .map_err(|why| Problem::field("?owner", why))?
        .unwrap_or_default();
    let limit = check_limit(query.limit)?;
    let (accounts, next_cursor) =
        customers(caller.store(), whose, limit.into(), query.cursor.as_deref()).await?;
    Ok(Json(Page {
        data: accounts.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
