//! `GET /v1/me`.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::auth::{Allowed, scopes},
    routes::{auth::TenantChoice, roles::PermissionsView},
    state::AppState,
};

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The organisation.
    tenant: TenantView,
    /// Who acts in it.
    actor: ActorView,
    /// What the key may do; everything for a person, whose role decides.
    #[schema(example = json!(["articles:read", "agents:run"]))]
    scopes: Vec<String>,
    /// The role of the person, or the one that the key is bound to.
    role: Option<RoleName>,
    /// What the caller may do, for what a page shows: the role, and of it what the scopes leave.
    permissions: PermissionsView,
    /// What the organisation has switched off.
    switched_off: Vec<String>,
    /// The organisations that the person may switch to.
    tenants: Vec<TenantChoice>,
}

/// A role by its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleName {
    /// The role.
    id: Uuid,
    /// Its name.
    #[schema(example = "sales")]
    name: String,
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantView {
    /// Its id; `X-Org-Id` may name it.
    id: Uuid,
    /// Its short name; `X-Org-Id` may name it too.
    #[schema(example = "brightwater")]
    slug: String,
    /// Its name.
    #[schema(example = "Brightwater Pools")]
    name: String,
    /// Its main language and region.
    #[schema(example = "en")]
    locale: String,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    timezone: String,
}

/// Who acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorView {
    /// `api_key` or `user`.
    #[schema(example = "api_key")]
    kind: &'static str,
    /// The key or the user.
    id: Uuid,
    /// Its name.
    #[schema(example = "website")]
    name: String,
}

/// Who am I
#[utoipa::path(
    get,
    path = "/v1/me",
    operation_id = "get_me",
    tag = "administration",
    responses(
        (status = 200, description = "The caller", body = Me),
        (status = 401, description = "No valid key", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadSelf>,
    State(state): State<AppState>,
) -> Result<Json<Me>, Problem> {
    let tenant = caller.store().begin().await?.tenant().await?;
    let authenticated = caller.authenticated();
    let tenants = state.store.tenants_of(&authenticated.grant).await?;
    let role = authenticated.role.as_ref().map(|role| RoleName {
        id: role.id,
        name: role.name.clone(),
    });
    let actor = authenticated.grant.actor();
    Ok(Json(Me {
        tenant: TenantView {
            id: tenant.id.uuid(),
            slug: tenant.slug,
            name: tenant.name,
            locale: tenant.locale,
            currency: tenant.currency,
            timezone: tenant.timezone,
        },
        actor: ActorView {
            kind: actor.kind(),
            id: actor.id(),
            name: authenticated.key_name.clone(),
        },
        scopes: authenticated.scopes.clone(),
        role,
        permissions: (&caller.held()).into(),
        switched_off: authenticated.gates.off.clone(),
        tenants: tenants.into_iter().map(TenantChoice::from).collect(),
    }))
}
