//! Who may work with the records of the route's object.

use std::{marker::PhantomData, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use crm_store::{TenantStore, catalog::Object};

use crate::{
    Problem, ProblemKind,
    http::{
        auth::{Caller, scope},
        client,
        request_id::RequestId,
    },
    state::AppState,
};

/// The object that a route serves; each route carries it as an extension.
#[derive(Debug, Clone, Copy)]
pub(in crate::routes) struct Served(pub(in crate::routes) &'static Object);

/// What a route does with the records.
pub(in crate::routes) trait Reach {
    /// The word of the scope: `read` or `write`.
    const WORD: &'static str;
}

/// It shows them.
#[derive(Debug)]
pub(in crate::routes) struct Read;

/// It changes them.
#[derive(Debug)]
pub(in crate::routes) struct Write;

impl Reach for Read {
    const WORD: &'static str = "read";
}

impl Reach for Write {
    const WORD: &'static str = "write";
}

/// A caller whose key reaches the records of the route's object; what their role may do, the store says.
#[derive(Debug)]
pub(in crate::routes) struct On<R> {
    /// The tenant's store, as the caller.
    pub(in crate::routes) store: TenantStore,
    /// The object.
    pub(in crate::routes) object: &'static Object,
    reach: PhantomData<R>,
}

/// A caller who reads records of several objects: those that [`Reader::reaches`].
#[derive(Debug)]
pub struct Reader {
    /// The tenant's store, as the caller.
    pub store: TenantStore,
    caller: Arc<Caller>,
}

impl Reader {
    /// Whether the caller's key reaches the records of an object.
    pub fn reaches(&self, object: &Object) -> bool {
        scope::reaches(&self.caller.authenticated().scopes, object.plural, Read::WORD)
    }
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller: &Arc<Caller> = parts.extensions.get().ok_or_else(missing)?;
        Ok(Self {
            caller: Arc::clone(caller),
            store: open(parts, state, caller)?,
        })
    }
}

impl<R: Reach + Send> FromRequestParts<AppState> for On<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Served(object) = parts.extensions.get().copied().ok_or_else(missing)?;
        let caller: &Arc<Caller> = parts.extensions.get().ok_or_else(missing)?;
        if !scope::reaches(&caller.authenticated().scopes, object.plural, R::WORD) {
            let needed = format!("{}:{}", object.plural, R::WORD);
            return Err(Problem::new(
                ProblemKind::Forbidden,
                format!("this needs a key with the scope {needed} or records:{}", R::WORD),
            )
            .fact("scope", needed));
        }
        Ok(Self {
            store: open(parts, state, caller)?,
            object,
            reach: PhantomData,
        })
    }
}

/// The tenant's store, whose audit entries name the request and the caller's address.
fn open(parts: &Parts, state: &AppState, caller: &Caller) -> Result<TenantStore, Problem> {
    let request_id: &RequestId = parts.extensions.get().ok_or_else(missing)?;
    let address = client::address(
        &parts.headers,
        &parts.extensions,
        &state.config.http.trusted_proxies,
    );
    Ok(state
        .store
        .open(&caller.authenticated().grant)
        .for_request(request_id.as_str())
        .from_address(address))
}

fn missing() -> Problem {
    Problem::internal("a route of records is not behind authentication")
}
