//! Who asks: every route wants a valid key or a person who is signed in, but for the short list here.

pub(crate) mod gate;
pub mod need;
pub mod scope;

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use crm_store::{Actor, TenantStore, access::Permissions, auth::Authenticated};

pub use self::scope as scopes;
pub use self::scope::{Scope, ScopeName};
use super::{client, request_id::RequestId};
use crate::{Problem, ProblemKind, state::AppState};

/// Routes that need no credential. All others do, so forgetting to list one is safe.
const UNAUTHENTICATED_ROUTES: &[&str] = &[
    "/",
    "/health",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/console",
    "/console/",
    "/console/{*path}",
    "/docs",
    "/docs/",
    "/docs/{*rest}",
    // How a credential is got; guarded by passwords, tokens for one use, and lockout.
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/auth/logout",
    "/v1/auth/accept-invite",
    "/v1/auth/reset-password",
    "/v1/auth/reset-password/confirm",
    // The provider's signature decides instead.
    "/v1/inbound/{channel}/{site}",
    // Guarded by a token of the data folder instead: see `control`.
    "/control/v1/hello",
    "/control/v1/ask",
    "/control/v1/index",
    "/control/v1/eval",
];

/// The organisation that a client believes it talks about.
const ORGANISATION: HeaderName = HeaderName::from_static("x-org-id");

/// A caller whose key or access token was checked.
#[derive(Debug)]
pub struct Caller {
    authenticated: Authenticated,
}

impl Caller {
    /// Writes who it is on the span of the request.
    pub fn record(&self, span: &tracing::Span) {
        let actor = self.authenticated.grant.actor();
        span.record(
            "tenant",
            tracing::field::display(self.authenticated.grant.tenant()),
        );
        span.record("actor", actor.kind());
        span.record("actor_id", tracing::field::display(actor.id()));
    }

    /// What the credential proves.
    pub fn authenticated(&self) -> &Authenticated {
        &self.authenticated
    }

    /// Whether scope and role both allow this.
    pub fn may(&self, scope: Scope) -> bool {
        let Authenticated { scopes, role, .. } = &self.authenticated;
        scope.is_in(scopes)
            && role
                .as_ref()
                .is_none_or(|role| need::of(scope).is_met_by(&role.permissions))
    }

    /// What the caller may do and so may give to others: the role, and of it what the scopes leave.
    pub fn held(&self) -> Permissions {
        let Authenticated { scopes, role, .. } = &self.authenticated;
        let by_scopes = need::rights(scopes);
        role.as_ref()
            .map_or_else(|| by_scopes.clone(), |role| role.permissions.and(&by_scopes))
    }
}

/// A caller with the right to do what the route does; the only way to a store.
///
/// Taking this as an argument *is* the authorisation of a handler.
#[derive(Debug)]
pub struct Allowed<S> {
    caller: Arc<Caller>,
    store: TenantStore,
    request_id: RequestId,
    scope: PhantomData<S>,
}

impl<S> Allowed<S> {
    /// The tenant's store, as the caller.
    pub fn store(&self) -> &TenantStore {
        &self.store
    }

    /// The id of this request.
    pub fn request_id(&self) -> &str {
        self.request_id.as_str()
    }
}

impl<S> Deref for Allowed<S> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<S: ScopeName + Send> FromRequestParts<AppState> for Allowed<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller = parts
            .extensions
            .get::<Arc<Caller>>()
            .cloned()
            .ok_or_else(unauthenticated)?;
        if !caller.may(S::SCOPE) {
            return Err(lacks(&caller, S::SCOPE));
        }
        let request_id = parts
            .extensions
            .get::<RequestId>()
            .cloned()
            .ok_or_else(unauthenticated)?;
        let address = client::address(
            &parts.headers,
            &parts.extensions,
            &state.config.http.trusted_proxies,
        );
        let store = state
            .store
            .open(&caller.authenticated.grant)
            .for_request(request_id.as_str())
            .from_address(address);
        Ok(Self {
            caller,
            store,
            request_id,
            scope: PhantomData,
        })
    }
}

fn lacks(caller: &Caller, scope: Scope) -> Problem {
    let detail = match caller.authenticated.grant.actor() {
        Actor::User(_) => format!("your role does not allow {}", scope.as_str()),
        _ if scope.is_in(&caller.authenticated.scopes) => {
            format!("the role of this key does not allow {}", scope.as_str())
        }
        _ => format!("this needs a key with the scope {}", scope.as_str()),
    };
    Problem::new(ProblemKind::Forbidden, detail).fact("scope", scope.as_str())
}

/// Checks the credential, the organisation and the rate of every request that needs a credential.
pub async fn authenticate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    // Without a route there is nothing to protect: the answer is a plain 404.
    let Some(route) = route.filter(|route| !UNAUTHENTICATED_ROUTES.contains(route)) else {
        return next.run(request).await;
    };
    let route = route.to_owned();
    let caller = match identify(&state, request.headers()).await {
        Ok(caller) => Arc::new(caller),
        Err(problem) => return problem.into_response(),
    };
    caller.record(&tracing::Span::current());
    let allowance = state.limiter.take(&state, &caller.authenticated).await;
    let is_key = matches!(caller.authenticated.grant.actor(), Actor::ApiKey(_));
    let organisation = match &allowance {
        Ok(_) => match check_organisation(&state, &caller, request.headers(), request.extensions()).await {
            Ok(()) => gate::check(&caller.authenticated.gates, &route, is_key),
            refused => refused,
        },
        Err(_) => Ok(()),
    };
    request.extensions_mut().insert(Arc::clone(&caller));
    let mut response = match (&allowance, organisation) {
        (Err(problem), _) => problem.clone().into_response(),
        (_, Err(problem)) => problem.into_response(),
        (Ok(_), Ok(())) => next.run(request).await,
    };
    if let Ok(allowance) = allowance {
        allowance.write(response.headers_mut());
    }
    response.extensions_mut().insert(caller);
    response
}

async fn identify(state: &AppState, headers: &HeaderMap) -> Result<Caller, Problem> {
    let key = bearer(headers).ok_or_else(unauthenticated)?;
    match state.store.authenticate(key).await {
        Ok(Some(authenticated)) => Ok(Caller { authenticated }),
        Ok(None) => {
            tracing::warn!(target: "crm_api::security", "an unknown, revoked or expired credential was refused");
            Err(unauthenticated())
        }
        Err(error) => Err(error.into()),
    }
}

/// The credential of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credential) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| credential.trim())
        .filter(|text| (1..=512).contains(&text.len()))
}

fn unauthenticated() -> Problem {
    Problem::new(
        ProblemKind::Unauthenticated,
        "send Authorization: Bearer <key or access token>; it must exist, not be revoked and not have expired",
    )
    .header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"crm-ai\""),
    )
}

/// `X-Org-Id` may name the organisation by slug or id. Another one than the
/// key's is refused and written down, for it is either a mix-up or an attack.
async fn check_organisation(
    state: &AppState,
    caller: &Caller,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(), Problem> {
    let Some(given) = headers.get(ORGANISATION) else {
        return Ok(());
    };
    let authenticated = &caller.authenticated;
    let given = given.to_str().unwrap_or_default();
    if given == authenticated.tenant_slug
        || given.eq_ignore_ascii_case(&authenticated.grant.tenant().to_string())
    {
        return Ok(());
    }
    tracing::warn!(target: "crm_api::security", "X-Org-Id named another organisation than the key's");
    let address = client::address(headers, extensions, &state.config.http.trusted_proxies);
    let id = extensions.get::<RequestId>();
    let store = state
        .store
        .open(&authenticated.grant)
        .for_request(id.map_or("", RequestId::as_str))
        .from_address(address);
    let mut tx = store.begin().await?;
    let named: String = given.chars().take(100).collect();
    tx.security_event("wrong_organisation", serde_json::json!({"named": named}))
        .await?;
    tx.commit().await?;
    Err(Problem::new(
        ProblemKind::WrongOrganisation,
        "X-Org-Id does not name the organisation that this credential is for",
    ))
}
