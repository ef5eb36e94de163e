//! Who may work with the records of the route's object.

use std::{marker::PhantomData, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use crm_store::{TenantStore, catalog::Object};

use crate::{
    Problem, ProblemKind,
    http::auth::{Caller, scope},
    http::request_id::RequestId,
    state::AppState,
};

/// The object that a route serves; each route carries it as an extension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served(pub(super) &'static Object);

/// What a route does with the records.
pub(super) trait Reach {
    /// The word of the scope: `read` or `write`.
    const WORD: &'static str;
}

/// It shows them.
#[derive(Debug)]
pub(super) struct Read;

/// It changes them.
#[derive(Debug)]
pub(super) struct Write;

impl Reach for Read {
    const WORD: &'static str = "read";
}

impl Reach for Write {
    const WORD: &'static str = "write";
}

/// A caller whose key reaches the records of the route's object; what their role may do, the store says.
#[derive(Debug)]
pub(super) struct On<R> {
    /// The tenant's store, as the caller.
    pub(super) store: TenantStore,
    /// The object.
    pub(super) object: &'static Object,
    reach: PhantomData<R>,
}

impl<R: Reach + Send> FromRequestParts<AppState> for On<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let missing = || Problem::internal("a route of records is not behind authentication");
        let Served(object) = parts.extensions.get().copied().ok_or_else(missing)?;
        let caller: &Arc<Caller> = parts.extensions.get().ok_or_else(missing)?;
        let request_id: &RequestId = parts.extensions.get().ok_or_else(missing)?;
        if !scope::reaches(&caller.authenticated().scopes, object.plural, R::WORD) {
            let needed = format!("{}:{}", object.plural, R::WORD);
            return Err(Problem::new(
                ProblemKind::Forbidden,
                format!("this needs a key with the scope {needed} or records:{}", R::WORD),
            )
            .fact("scope", needed));
        }
        Ok(Self {
            store: state
                .store
                .open(&caller.authenticated().grant)
                .for_request(request_id.as_str()),
            object,
            reach: PhantomData,
        })
    }
}
