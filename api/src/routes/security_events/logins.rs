//! `GET /v1/security-events/logins`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::{Cursor, security::Login};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, Wanted},
    },
};

/// Which sign-ins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLogins {
    /// Of this person.
    user_id: Option<Uuid>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An attempt to sign in.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginView {
    /// The attempt.
    id: Uuid,
    /// Whose account it was.
    user_id: Uuid,
    /// `succeeded`, `wrong_password`, `locked` or `not_a_member`.
    #[schema(example = "succeeded")]
    outcome: String,
    /// From which address.
    ip: Option<String>,
    /// What the program called itself.
    user_agent: Option<String>,
    /// The request.
    request_id: Option<String>,
    /// When.
    at: DateTime<Utc>,
}

impl From<Login> for LoginView {
    fn from(login: Login) -> Self {
        Self {
            id: login.id,
            user_id: login.user_id,
            outcome: login.outcome,
            ip: login.ip,
            user_agent: login.user_agent,
            request_id: login.request_id,
            at: login.at,
        }
    }
}

/// List sign-ins, newest first
///
/// Everyone sees their own; those who look after security see everybody's.
#[utoipa::path(
    get,
    path = "/v1/security-events/logins",
    operation_id = "list_logins",
    tag = "administration",
    params(ListLogins),
    responses(
        (status = 200, description = "A page", body = Page<LoginView>),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadSelf>,
    Query(query): Query<ListLogins>,
) -> Result<Json<Page<LoginView>>, Problem> {
    let wanted: Wanted<Cursor> = Wanted::new(query.limit, query.cursor.as_deref())?;
    let mut tx = caller.store().begin().await?;
    // A key without the scope is nobody whose sign-ins these could be.
    let page =
        if caller.authenticated().session.is_some() || caller.may(crate::http::auth::Scope::ReadSecurity) {
            tx.security()
                .logins(query.user_id, wanted.after, wanted.limit.into())
                .await?
        } else {
            crm_store::Page {
                items: Vec::new(),
                next: None,
            }
        };
    Ok(Json(Page::of(page)))
}
