//! Signing in with an address and a password.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    Choice, Client, Tokens, choices, password, remember, session,
    throttle::{self, Charged},
    warn,
};
use crate::{Store, StoreError, SystemTx, ids::UserId};

/// What came of an attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// The person is in.
    In(Tokens),
    /// The password is right; the person has several tenants and must name one.
    Choose(Vec<Choice>),
    /// Address, password or tenant is wrong, and nobody is told which.
    Refused,
    /// Too many attempts; also the right password is refused until then.
    Locked(DateTime<Utc>),
}

impl Store {
    /// Signs a person in. The answer takes as long for an unknown address as for a known one.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        tenant: Option<&str>,
        client: &Client,
    ) -> Result<SignedIn, StoreError> {
        let account = throttle::account(email);
        let address = throttle::address(client.address);
        let counters: Vec<_> = [Some(account.clone()), address.clone()]
            .into_iter()
            .flatten()
            .collect();

        // Counted and committed first: an attempt that is broken off has been one all the same.
        let mut tx = self.system().await?;
        let (user, hash) = credentials(&mut tx, email)
            .await?
            .map_or((None, None), |(user, hash)| (Some(user), hash));
        let locked = match throttle::charge(&mut tx, &counters).await? {
            Charged::Locked(until) => {
                remember(&mut tx, user, None, "locked", client).await?;
                tx.commit().await?;
                return Ok(SignedIn::Locked(until));
            }
            Charged::Counted { locked } => locked,
        };
        tx.commit().await?;

        let fits = password::verify(password, hash).await?;

        let mut tx = self.system().await?;
        let Some(user) = user.filter(|_| fits) else {
            remember(&mut tx, user, None, "wrong_password", client).await?;
            if let Some(until) = locked {
                warn(&mut tx, user, None, "lockout", json!({"until": until}), client).await?;
            }
            tx.commit().await?;
            return Ok(SignedIn::Refused);
        };
        throttle::forgive(&mut tx, &account, address.as_ref()).await?;
        let mut all = choices(&mut tx, user).await?;
        let chosen = match tenant {
            Some(slug) => all.into_iter().find(|choice| choice.slug == slug),
            None if all.len() > 1 => {
                tx.commit().await?;
                return Ok(SignedIn::Choose(all));
            }
            None => all.pop(),
        };
        let Some(chosen) = chosen else {
            remember(&mut tx, Some(user), None, "not_a_member", client).await?;
            tx.commit().await?;
            return Ok(SignedIn::Refused);
        };
        let tokens = session::open(self, &mut tx, user, &chosen, client).await?;
        remember(&mut tx, Some(user), Some(chosen.tenant_id), "succeeded", client).await?;
        tx.commit().await?;
        Ok(SignedIn::In(tokens))
    }

    /// Makes what the first attempt to sign in needs, so that it takes no longer than the others.
    pub async fn warm_up_sign_in(&self) -> Result<(), StoreError> {
        password::warm_up().await
    }
}

/// The person with this address and the hash of their password, if they have set one.
pub(super) async fn credentials(
    tx: &mut SystemTx,
    email: &str,
) -> Result<Option<(UserId, Option<String>)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT u.id, c.password_hash FROM users u LEFT JOIN credentials c ON c.user_id = u.id WHERE u.email = lower($1)",
    )
    .bind(email)
    .fetch_optional(tx.conn())
    .await?)
}
