//! `GET /v1/me/sessions`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::auth::OpenSession;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::auth::{Allowed, scopes},
};

/// A place where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedInView {
    /// The session.
    id: Uuid,
    /// Whether this request belongs to it.
    current: bool,
    /// From which address it was used last.
    #[schema(example = "203.0.113.7")]
    ip: Option<String>,
    /// What the program called itself.
    user_agent: Option<String>,
    /// When it was opened.
    created_at: DateTime<Utc>,
    /// When its tokens were renewed last.
    refreshed_at: DateTime<Utc>,
    /// When it ends by itself.
    expires_at: DateTime<Utc>,
}

/// The open sessions of somebody in this organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions, the latest first.
    data: Vec<SignedInView>,
}

impl SessionList {
    /// The sessions, with the one that asks marked.
    pub(in crate::routes) fn of(sessions: Vec<OpenSession>, current: Option<Uuid>) -> Self {
        let view = |session: OpenSession| SignedInView {
            id: session.id,
            current: current == Some(session.id),
            ip: session.ip,
            user_agent: session.user_agent,
            created_at: session.created_at,
            refreshed_at: session.refreshed_at,
            expires_at: session.expires_at,
        };
        Self {
            data: sessions.into_iter().map(view).collect(),
        }
    }
}

/// List where I am signed in
///
/// In this organisation. A program with a key has no sessions.
#[utoipa::path(
    get,
    path = "/v1/me/sessions",
    operation_id = "list_my_sessions",
    tag = "administration",
    responses(
        (status = 200, description = "The open sessions", body = SessionList),
        (status = 401, description = "No valid credential", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadSelf>) -> Result<Json<SessionList>, Problem> {
    let mut tx = caller.store().begin().await?;
    let sessions = tx.sessions().own().await?;
    Ok(Json(SessionList::of(sessions, caller.authenticated().session)))
}
