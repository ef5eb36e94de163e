//! `POST /v1/api-keys`: the only time that a key's secret is told.

use axum::{Json as JsonBody, http::StatusCode};
use chrono::{DateTime, Utc};
use crm_store::{TenantTx, api_keys::NewApiKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::{Allowed, Caller, Scope, scope, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
    routes::auth::role_id,
};

/// A key to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What it is for.
    #[schema(example = "website", min_length = 1, max_length = 120)]
    name: String,
    /// What it may do; nothing that the asking key may not.
    #[schema(example = json!(["agents:run", "runs:read"]))]
    scopes: Vec<String>,
    /// The role that it is bound to, by id or by name: it does no more than the role and sees what the role sees. When
    /// left out, the caller's own role, unless that may do everything.
    #[schema(example = "support")]
    role: Option<String>,
    /// From when on it is refused. When left out: never, or with the key that asks, where that one expires.
    expires_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedKey {
    /// The key's id.
    id: Uuid,
    /// The key itself. It is told once and cannot be read again.
    #[schema(example = "crm_Zk3xQ1…")]
    key: String,
    /// How it starts, as it is listed.
    #[schema(example = "crm_Zk3xQ1")]
    prefix: String,
}

/// Make a key
///
/// A repeated request with the same Idempotency-Key is refused with 409: the secret is told once.
#[utoipa::path(
    post,
    path = "/v1/api-keys",
    operation_id = "create_api_key",
    tag = "administration",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = CreateKey,
    responses(
        (status = 201, description = "The key with its secret", body = CreatedKey),
        (status = 403, description = "A key cannot give what it does not have", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "This request was done before", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageKeys>,
    once: Once,
    body: Json<CreateKey>,
) -> Result<(StatusCode, JsonBody<CreatedKey>), Problem> {
    let new = body.value;
    check_scopes(&new.scopes, &caller.authenticated().scopes)?;
    let mut tx = caller.store().begin().await?;
    if new.expires_at.is_some_and(|at| at <= tx.now()) {
        return Err(Problem::field("/expires_at", "must be in the future"));
    }
    if let Entered::Before { resource, .. } = once.enter(&mut tx, &body.hash).await? {
        let id = resource.map(|id| id.to_string()).unwrap_or_default();
        return Err(Problem::new(
            ProblemKind::Conflict,
            format!(
                "this request made the key {id} before; its secret is told once: revoke it and make another"
            ),
        ));
    }
    let role_id = bound_to(&mut tx, &caller, new.role.as_deref()).await?;
    let new = NewApiKey {
        name: new.name,
        scopes: new.scopes,
        role_id,
        expires_at: new.expires_at,
    };
    let issued = tx.keys().create(&new).await?;
    once.done(&mut tx, 201, Some(issued.id.uuid())).await?;
    tx.commit().await?;
    let created = CreatedKey {
        id: issued.id.uuid(),
        key: issued.secret,
        prefix: issued.prefix,
    };
    Ok((StatusCode::CREATED, JsonBody(created)))
}

/// The role of the new key: one that may do no more than the caller.
async fn bound_to(tx: &mut TenantTx, caller: &Caller, wanted: Option<&str>) -> Result<Option<Uuid>, Problem> {
    if let Some(text) = wanted {
        let role = role_id(tx, text).await?;
        return Ok(Some(tx.roles().check_gift(role, &caller.held()).await?.id));
    }
    let own = caller.authenticated().role.as_ref();
    Ok(own.filter(|role| !role.permissions.all).map(|role| role.id))
}

/// Each scope exists, and the asking key has it itself.
fn check_scopes(wanted: &[String], own: &[String]) -> Result<(), Problem> {
    if wanted.is_empty() {
        return Err(Problem::field("/scopes", "must name at least one scope"));
    }
    for (n, text) in wanted.iter().enumerate() {
        let Some(is_own) = scope::has(own, text) else {
            let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
            return Err(Problem::field(
                format!("/scopes/{n}"),
                format!(
                    "must be one of {}, or read or write of an object such as leads:read",
                    known.join(", ")
                ),
            ));
        };
        if !is_own {
            let detail = format!("this key has not the scope {text} itself, so it cannot give it");
            return Err(Problem::new(ProblemKind::Forbidden, detail));
        }
    }
    Ok(())
}
