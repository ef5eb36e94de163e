//! `Idempotency-Key`: the same request twice has one effect.
//!
//! The key is entered in the transaction of the effect where there is one, so
//! that both are there or neither. What is kept is the status and the id of the
//! record; a repeated request gets the record as it is now.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use crm_store::{TenantStore, TenantTx, idempotency::Seen};
use uuid::Uuid;

use crate::{Problem, ProblemKind, state::AppState};

/// The header.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of a request, if its caller sent one.
#[derive(Debug)]
pub struct Once {
    key: Option<String>,
    method_path: String,
}

/// What is known of a request with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It is the first: do the work, then say [`Once::done`].
    First,
    /// It was done: answer with this record as it is now.
    Before {
        /// The record that it made or changed.
        resource: Option<Uuid>,
    },
}

impl FromRequestParts<AppState> for Once {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let key = match parts.headers.get(&HEADER) {
            None => None,
            Some(value) => {
                let text = value.to_str().ok().filter(|text| (1..=255).contains(&text.len()));
                let text = text.ok_or_else(|| {
                    Problem::field("Idempotency-Key", "must have 1 to 255 characters of ASCII")
                })?;
                Some(text.to_owned())
            }
        };
        Ok(Self {
            key,
            method_path: format!("{} {}", parts.method, parts.uri.path()),
        })
    }
}

impl Once {
    /// Enters the key. A request with the same key that is being worked on is 409, another one 422.
    pub async fn enter(&self, tx: &mut TenantTx, hash: &[u8; 32]) -> Result<Entered, Problem> {
        let Some(key) = &self.key else {
            return Ok(Entered::First);
        };
        match tx.idempotency().begin(key, &self.method_path, hash).await? {
            Seen::First => Ok(Entered::First),
            Seen::Done { resource_id, .. } => Ok(Entered::Before {
                resource: resource_id,
            }),
            Seen::InFlight => Err(Problem::new(
                ProblemKind::InFlight,
                "a request with this Idempotency-Key is still being worked on: ask again shortly",
            )),
            Seen::Different => Err(Problem::new(
                ProblemKind::KeyReused,
                "this Idempotency-Key came with another request before: take a new key for a new request",
            )),
        }
    }

    /// Keeps that the work is done.
    pub async fn done(&self, tx: &mut TenantTx, status: i32, resource: Option<Uuid>) -> Result<(), Problem> {
        match &self.key {
            Some(key) => Ok(tx.idempotency().finish(key, status, resource).await?),
            None => Ok(()),
        }
    }

    /// Enters the key in a transaction of its own, for work that has its own ones.
    pub async fn enter_alone(&self, store: &TenantStore, hash: &[u8; 32]) -> Result<Entered, Problem> {
        if self.key.is_none() {
            return Ok(Entered::First);
        }
        let mut tx = store.begin().await?;
        let entered = self.enter(&mut tx, hash).await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// Keeps what came of work that had its own transactions: the record that
    /// it made, or nothing, so that the request may be repeated.
    pub async fn settle_alone(&self, store: &TenantStore, made: Option<(i32, Uuid)>) -> Result<(), Problem> {
        let Some(key) = &self.key else { return Ok(()) };
        let mut tx = store.begin().await?;
        match made {
            Some((status, resource)) => tx.idempotency().finish(key, status, Some(resource)).await?,
            None => tx.idempotency().forget(key).await?,
        }
        Ok(tx.commit().await?)
    }
}

/// The hash of a request without a body.
pub const NO_BODY: [u8; 32] = [0; 32];
