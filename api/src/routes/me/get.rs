//! `GET /v1/me`.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::auth::{Allowed, scopes},
};

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The organisation.
    tenant: TenantView,
    /// Who acts in it.
    actor: ActorView,
    /// What the key may do.
    #[schema(example = json!(["articles:read", "agents:run"]))]
    scopes: Vec<String>,
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
pub async fn handler(caller: Allowed<scopes::ReadSelf>) -> Result<Json<Me>, Problem> {
    let tenant = caller.store().begin().await?.tenant().await?;
    let authenticated = caller.authenticated();
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
    }))
}
