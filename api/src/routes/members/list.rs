//! `GET /v1/members`.

use axum::Json;
use crm_store::members::MemberStatus;
use serde::Deserialize;
use utoipa::IntoParams;

use super::MemberView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, check_limit},
    },
};

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMembers {
    /// `active`, `disabled` or `removed`; without it all but those who left.
    #[param(value_type = Option<String>)]
    status: Option<MemberStatus>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List members, by address
#[utoipa::path(
    get,
    path = "/v1/members",
    operation_id = "list_members",
    tag = "administration",
    params(ListMembers),
    responses(
        (status = 200, description = "A page", body = Page<MemberView>),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadMembers>,
    Query(query): Query<ListMembers>,
) -> Result<Json<Page<MemberView>>, Problem> {
    let limit = check_limit(query.limit)?;
    // The list goes by address, so the last address is the place in it.
    let mut tx = caller.store().begin().await?;
    let mut rows = tx
        .members()
        .page(query.status, query.cursor.as_deref(), i64::from(limit) + 1)
        .await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| more).map(|member| member.email.clone());
    Ok(Json(Page {
        data: rows.into_iter().map(MemberView::from).collect(),
        next_cursor,
    }))
}
