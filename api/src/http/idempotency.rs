//! `Idempotency-Key`: the same request twice has one effect.
//!
//! The key is entered in the transaction of the effect where there is one, so
//! that both are there or neither. What is kept is the status and the id of the
//! record; a repeated request gets the record as it is now.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, StatusCode, request::Parts},
};
use crm_store::{StoreError, TenantStore, TenantTx, idempotency::Seen};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Problem, ProblemKind, state::AppState};

/// The header.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of a request, if its caller sent one.
#[derive(Debug)]
pub struct Once {
    key: Option<String>,
    method_path: String,
    /// As it came; none when it says nothing.
    query: Option<String>,
}

/// What is known of a request with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It is the first: do the work, then say [`Once::done`].
    First,
    /// It was done: answer with this record as it is now.
    Before {
        /// The status that it was answered with.
        status: StatusCode,
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
            query: parts
                .uri
                .query()
                .filter(|query| !query.is_empty())
                .map(str::to_owned),
        })
    }
}

impl Once {
    /// Enters the key. A request with the same key that is being worked on is 409, another one 422.
    pub async fn enter(&self, tx: &mut TenantTx, hash: &[u8; 32]) -> Result<Entered, Problem> {
        let Some(key) = &self.key else {
            return Ok(Entered::First);
        };
        let hash = self.with_query(hash);
        match tx.idempotency().begin(key, &self.method_path, &hash).await? {
            Seen::First => Ok(Entered::First),
            Seen::Done { status, resource_id } => Ok(Entered::Before {
                status: answered(status)?,
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

    /// The hash of body and query, for both say what is asked. Without a query it is that of the body alone, as every key
    /// was kept before queries counted.
    fn with_query(&self, body: &[u8; 32]) -> [u8; 32] {
        match &self.query {
            None => *body,
            Some(query) => Sha256::new()
                .chain_update(body)
                .chain_update(query)
                .finalize()
                .into(),
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

/// A status as it was kept.
fn answered(status: i32) -> Result<StatusCode, Problem> {
    let code = u16::try_from(status).ok();
    let code = code.and_then(|code| StatusCode::from_u16(code).ok());
    code.ok_or_else(|| {
        let what = format!("the status {status} of an idempotency key");
        StoreError::Corrupt { what }.into()
    })
}

/// The hash of a request without a body.
pub const NO_BODY: [u8; 32] = [0; 32];

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(query: Option<&str>, body: [u8; 32]) -> [u8; 32] {
        let once = Once {
            key: None,
            method_path: "POST /v1/things".to_owned(),
            query: query.map(str::to_owned),
        };
        once.with_query(&body)
    }

    #[test]
    fn body_and_query_both_say_what_is_asked() {
        assert_eq!(
            hashed(None, [7; 32]),
            [7; 32],
            "keys that were kept before stay good"
        );
        let (yes, no) = (Some("replace=true"), Some("replace=false"));
        assert_eq!(hashed(yes, NO_BODY), hashed(yes, NO_BODY));
        assert_ne!(hashed(yes, NO_BODY), hashed(no, NO_BODY));
        assert_ne!(hashed(yes, NO_BODY), hashed(yes, [7; 32]));
        assert_ne!(hashed(yes, NO_BODY), NO_BODY);
    }

    #[test]
    fn a_status_is_told_as_it_was_kept() {
        assert_eq!(answered(200).ok(), Some(StatusCode::OK));
        assert_eq!(answered(201).ok(), Some(StatusCode::CREATED));
        assert!(answered(-1).is_err() && answered(70_000).is_err());
    }
}
