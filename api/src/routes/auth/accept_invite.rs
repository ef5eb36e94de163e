//! `POST /v1/auth/accept-invite`.

use axum::{Json as JsonBody, extract::State};
use crm_store::auth::Accepted;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Problem, ProblemBody,
    http::{body::Json, client},
    state::AppState,
};

/// The invitation and what it takes to sign in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvite {
    /// The token of the link.
    #[schema(value_type = String, example = "cri_…")]
    token: SecretString,
    /// The name for people.
    #[schema(example = "Mara Lind", min_length = 1, max_length = 200)]
    name: Option<String>,
    /// A password of 12 to 256 characters. Needed by those who have none here; the others keep theirs.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

/// How to sign in now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Joined {
    /// With this address.
    #[schema(example = "mara@brightwater.example")]
    email: String,
    /// To this organisation.
    #[schema(example = "brightwater")]
    tenant: String,
}

/// Accept an invitation
#[utoipa::path(
    post,
    path = "/v1/auth/accept-invite",
    operation_id = "accept_invite",
    tag = "auth",
    security(()),
    request_body = AcceptInvite,
    responses(
        (status = 200, description = "A member from now on: sign in", body = Joined),
        (status = 404, description = "The invitation is unknown, used, withdrawn or expired", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    client::From(client): client::From,
    body: Json<AcceptInvite>,
) -> Result<JsonBody<Joined>, Problem> {
    let AcceptInvite {
        token,
        name,
        password,
    } = &body.value;
    let password = password.as_ref().map(ExposeSecret::expose_secret);
    let accepted = state
        .store
        .accept_invite(token.expose_secret(), name.as_deref(), password, &client)
        .await?;
    match accepted {
        Accepted::Joined { email, tenant } => Ok(JsonBody(Joined { email, tenant })),
        Accepted::Unknown => Err(Problem::not_found("open invitation")),
    }
}
