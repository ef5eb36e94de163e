//! `/v1/auth`: how people sign in and out, and how they become members.

pub mod accept_invite;
pub mod change_password;
pub mod confirm_reset;
mod cookie;
pub mod invite;
pub mod login;
pub mod logout;
pub mod refresh;
pub mod reset_password;
pub mod switch;
mod view;

pub use view::TenantChoice;

use crm_store::TenantTx;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{Problem, ProblemKind, http::auth::Caller, state::AppState};

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(login::handler))
        .routes(routes!(switch::handler))
        .routes(routes!(refresh::handler))
        .routes(routes!(logout::handler))
        .routes(routes!(invite::handler))
        .routes(routes!(accept_invite::handler))
        .routes(routes!(reset_password::handler))
        .routes(routes!(confirm_reset::handler))
        .routes(routes!(change_password::handler))
}

/// The session of a person; a key has none.
fn person(caller: &Caller) -> Result<Uuid, Problem> {
    caller.authenticated().session.ok_or_else(|| {
        Problem::new(
            ProblemKind::Forbidden,
            "this is for people who are signed in; a key has no session",
        )
    })
}

/// The role that a text names, by id or by name.
pub(super) async fn role_id(tx: &mut TenantTx, text: &str) -> Result<Uuid, Problem> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let role = tx.roles().by_name(text).await?;
    role.map(|role| role.id)
        .ok_or_else(|| Problem::field("/role", "there is no such role"))
}
