//! `POST /v1/auth/login`.

use axum::{
    Json as JsonBody,
    extract::State,
    response::{IntoResponse, Response},
};
use crm_store::auth::SignedIn;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{SessionView, TenantChoice, locked, refused, respond};
use crate::{
    Problem, ProblemBody,
    http::{body::Json, client},
    state::AppState,
};

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The address.
    #[schema(example = "ada@brightwater.example", max_length = 320)]
    email: String,
    /// The password.
    #[schema(value_type = String, example = "a walk along the harbour")]
    password: SecretString,
    /// The organisation, by its short name. Needed by those who have several.
    #[schema(example = "brightwater")]
    tenant: Option<String>,
    /// Whether to put the refresh token into a cookie that scripts cannot read, as browsers want it.
    #[serde(default)]
    cookie: bool,
}

/// The organisations to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choices {
    /// Sign in again and name one of these.
    choices: Vec<TenantChoice>,
}

/// The tokens, or what to choose from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = LoginAnswer)]
pub enum Answer {
    /// Signed in.
    #[schema(title = "signed in")]
    Session(SessionView),
    /// Several organisations.
    #[schema(title = "choose")]
    Choices(Choices),
}

/// Sign in
///
/// After five wrong passwords an account is locked for 30 seconds, and twice as long after each further one, up to a
/// quarter of an hour. An address that nobody has is treated the same.
#[utoipa::path(
    post,
    path = "/v1/auth/login",
    operation_id = "login",
    tag = "auth",
    security(()),
    request_body = Login,
    responses(
        (status = 200, description = "Signed in; or the password is right and one of these organisations must be named", body = Answer),
        (status = 401, description = "Address, password or organisation is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    client::From(client): client::From,
    body: Json<Login>,
) -> Result<Response, Problem> {
    let login = body.value;
    let signed_in = state
        .store
        .sign_in(
            &login.email,
            login.password.expose_secret(),
            login.tenant.as_deref(),
            &client,
        )
        .await?;
    let now = state.store.clock().now();
    match signed_in {
        SignedIn::In(tokens) => Ok(respond(tokens, login.cookie, &state.config.http, now)),
        SignedIn::Choose(choices) => {
            let choices = choices.into_iter().map(TenantChoice::from).collect();
            Ok(JsonBody(Answer::Choices(Choices { choices })).into_response())
        }
        SignedIn::Refused => Err(refused()),
        SignedIn::Locked(until) => Err(locked(until, now)),
    }
}
