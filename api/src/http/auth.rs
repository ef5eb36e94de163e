//! Who asks: every route wants a valid key, but for the short list here.

pub mod scope;

use std::{marker::PhantomData, ops::Deref, sync::Arc, time::Instant};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use crm_store::{TenantStore, api_keys::Authenticated};

pub use self::scope as scopes;
pub use self::scope::{Scope, ScopeName};
use super::request_id::RequestId;
use crate::{Problem, ProblemKind, state::AppState};

/// Routes that need no key. All others do, so forgetting to list one is safe.
const UNAUTHENTICATED_ROUTES: &[&str] = &[
    "/",
    "/health",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/",
    "/docs/{*rest}",
    // Guarded by a token of the data folder instead: see `control`.
    "/control/v1/hello",
    "/control/v1/ask",
    "/control/v1/index",
    "/control/v1/eval",
];

/// The organisation that a client believes it talks about.
const ORGANISATION: HeaderName = HeaderName::from_static("x-org-id");

/// A caller whose key was checked.
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

    /// What the key proves.
    pub fn authenticated(&self) -> &Authenticated {
        &self.authenticated
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
        if !S::SCOPE.is_in(&caller.authenticated.scopes) {
            return Err(Problem::new(
                ProblemKind::Forbidden,
                format!("this needs a key with the scope {}", S::SCOPE.as_str()),
            )
            .fact("scope", S::SCOPE.as_str()));
        }
        let request_id = parts
            .extensions
            .get::<RequestId>()
            .cloned()
            .ok_or_else(unauthenticated)?;
        let store = state.store.open(&caller.authenticated.grant);
        Ok(Self {
            caller,
            store,
            request_id,
            scope: PhantomData,
        })
    }
}

/// Checks the key, the organisation and the rate of every request that needs a key.
pub async fn authenticate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    // Without a route there is nothing to protect: the answer is a plain 404.
    if route.is_none_or(|route| UNAUTHENTICATED_ROUTES.contains(&route)) {
        return next.run(request).await;
    }
    let caller = match identify(&state, request.headers()).await {
        Ok(caller) => Arc::new(caller),
        Err(problem) => return problem.into_response(),
    };
    caller.record(&tracing::Span::current());
    let key = caller.authenticated.grant.actor().id();
    let allowance = state.limiter.take(key, Instant::now());
    let organisation = match &allowance {
        Ok(_) => check_organisation(&state, &caller, request.headers()).await,
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
            tracing::warn!(target: "crm_api::security", "an unknown, revoked or expired key was refused");
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
        "send Authorization: Bearer <key> with a key that exists, is not revoked and has not expired",
    )
    .header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"crm-ai\""),
    )
}

/// `X-Org-Id` may name the organisation by slug or id. Another one than the
/// key's is refused and written down, for it is either a mix-up or an attack.
async fn check_organisation(state: &AppState, caller: &Caller, headers: &HeaderMap) -> Result<(), Problem> {
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
    let mut tx = state.store.open(&authenticated.grant).begin().await?;
    tx.audit()
        .record("refuse", "organisation", None, &["x-org-id"])
        .await?;
    tx.commit().await?;
    Err(Problem::new(
        ProblemKind::WrongOrganisation,
        "X-Org-Id does not name the organisation that this key belongs to",
    ))
}
