//! Access and refresh tokens: what they say, and how they are proven.
//!
//! Both are made with keys that follow from the keys of the configuration ([`Secrets::derive`]), so every replica that
//! has the configuration proves them, a new key in front signs from then on, and what older keys signed stays good
//! until those are taken out. The database has no part of a token that could be used.
//!
//! An access token (JWT, HS256) lives ten minutes. Its signature only keeps garbage from the database: whether the
//! session is still good is read from Postgres with every request, by its primary key, in the round trip that reads the
//! role anyway. So signing out, a disabled member and a changed role hold at once on every replica, with no list of
//! revoked tokens to keep and to spread.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    Secrets, StoreError,
    ids::{TenantId, UserId},
};

/// How long an access token is good.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(10);
const ISSUER: &str = "crm-ai";
const ACCESS_LABEL: &str = "access tokens";
const REFRESH_LABEL: &str = "refresh tokens";
const REFRESH_PREFIX: &str = "crr_";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: UserId,
    pub(super) sid: Uuid,
    pub(super) tid: TenantId,
    iat: i64,
    exp: i64,
}

/// What a refresh token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RefreshToken {
    pub(super) tenant: TenantId,
    pub(super) session: Uuid,
    pub(super) generation: i32,
}

fn broken(what: &str) -> StoreError {
    StoreError::Secrets {
        what: what.to_owned(),
    }
}

/// Signs an access token.
pub(super) fn sign(
    secrets: &Secrets,
    user: UserId,
    tenant: TenantId,
    session: Uuid,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    let keys = secrets.derive(ACCESS_LABEL);
    let key = keys.first().ok_or_else(|| broken("no key signs tokens"))?;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        sub: user,
        sid: session,
        tid: tenant,
        iat: now.timestamp(),
        exp: (now + ACCESS_LIFETIME).timestamp(),
    };
    let header = Header {
        kid: Some(key.id.clone()),
        ..Header::new(Algorithm::HS256)
    };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key.expose()))
        .map_err(|_| broken("a token cannot be signed"))
}

/// What a token says, if one of our keys signed it and it has not expired.
pub(super) fn read(secrets: &Secrets, token: &str, now: DateTime<Utc>) -> Option<Claims> {
    let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
    let keys = secrets.derive(ACCESS_LABEL);
    let key = keys.iter().find(|key| key.id == kid)?;
    // One algorithm; the time is the store's, so that a test decides it.
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    let claims: Claims = jsonwebtoken::decode(token, &DecodingKey::from_secret(key.expose()), &validation)
        .ok()?
        .claims;
    (claims.exp > now.timestamp()).then_some(claims)
}

impl RefreshToken {
    /// The token as its holder keeps it.
    pub(super) fn write(&self, secrets: &Secrets) -> Result<String, StoreError> {
        let keys = secrets.derive(REFRESH_LABEL);
        let key = keys.first().ok_or_else(|| broken("no key makes tokens"))?;
        let body = self.body();
        let id = hex::decode(&key.id).unwrap_or_default();
        let proof = proof(key.expose(), &body)?.finalize().into_bytes();
        let all = [body.as_slice(), &id, &proof].concat();
        Ok(format!("{REFRESH_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(all)))
    }

    /// Reads a token that one of our keys made.
    pub(super) fn read(secrets: &Secrets, text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(text.strip_prefix(REFRESH_PREFIX)?)
            .ok()?;
        let (body, rest) = bytes.split_at_checked(36)?;
        let (id, proven) = rest.split_at_checked(8)?;
        let id = hex::encode(id);
        let key = secrets
            .derive(REFRESH_LABEL)
            .into_iter()
            .find(|key| key.id == id)?;
        // In constant time.
        proof(key.expose(), body).ok()?.verify_slice(proven).ok()?;
        let (tenant, rest) = body.split_first_chunk::<16>()?;
        let (session, generation) = rest.split_first_chunk::<16>()?;
        Some(Self {
            tenant: Uuid::from_bytes(*tenant).into(),
            session: Uuid::from_bytes(*session),
            generation: i32::from_be_bytes(generation.try_into().ok()?),
        })
    }

    fn body(&self) -> Vec<u8> {
        [
            self.tenant.uuid().as_bytes().as_slice(),
            self.session.as_bytes(),
            &self.generation.to_be_bytes(),
        ]
        .concat()
    }
}

fn proof(key: &[u8], body: &[u8]) -> Result<Hmac<Sha256>, StoreError> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| broken("no key makes tokens"))?;
    Ok(mac.chain_update(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> (Secrets, String) {
        let key = Secrets::generate();
        (Secrets::parse([key.as_str()]).unwrap(), key)
    }

    #[test]
    fn an_access_token_is_good_until_it_expires_and_for_our_keys_alone() {
        let (ours, key) = secrets();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (user, tenant, session) = (UserId::new(), TenantId::new(), Uuid::now_v7());
        let token = sign(&ours, user, tenant, session, now).unwrap();
        let claims = read(&ours, &token, now).unwrap();
        assert_eq!((claims.sub, claims.tid, claims.sid), (user, tenant, session));
        assert!(read(&ours, &token, now + ACCESS_LIFETIME).is_none());
        assert!(read(&secrets().0, &token, now).is_none());
        // A key that was put in front signs; the old one still proves.
        let rotated = Secrets::parse([Secrets::generate().as_str(), &key]).unwrap();
        assert!(read(&rotated, &token, now).is_some());
        let newer = sign(&rotated, user, tenant, session, now).unwrap();
        assert!(read(&ours, &newer, now).is_none());
    }

    #[test]
    fn a_changed_token_or_another_algorithm_is_refused() {
        let (ours, _) = secrets();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let token = sign(&ours, UserId::new(), TenantId::new(), Uuid::now_v7(), now).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let header = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let none = header(&format!(r#"{{"alg":"none","typ":"JWT","kid":"{kid}"}}"#));
        let other = header(&format!(r#"{{"alg":"HS512","typ":"JWT","kid":"{kid}"}}"#));
        let body = BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
        let body = String::from_utf8(body).unwrap().replace("crm-ai", "crm-bi");
        for bad in [
            format!("{none}.{}.", parts[1]),
            format!("{other}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], header(&body), parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            String::new(),
            "a.b.c".to_owned(),
        ] {
            assert!(read(&ours, &bad, now).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_refresh_token_reads_back_and_cannot_be_made_up() {
        let (ours, _) = secrets();
        let token = RefreshToken {
            tenant: TenantId::new(),
            session: Uuid::now_v7(),
            generation: 7,
        };
        let text = token.write(&ours).unwrap();
        assert_eq!(RefreshToken::read(&ours, &text), Some(token));
        assert_eq!(RefreshToken::read(&secrets().0, &text), None);
        let next = RefreshToken {
            generation: 8,
            ..token
        };
        let (mut bytes, fresh) = (BASE64_URL_SAFE_NO_PAD.decode(&text[4..]).unwrap(), next.body());
        bytes[..36].copy_from_slice(&fresh);
        let forged = format!("crr_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        assert_eq!(RefreshToken::read(&ours, &forged), None);
        for bad in ["", "crr_", "crr_AAAA", &text[4..]] {
            assert_eq!(RefreshToken::read(&ours, bad), None);
        }
    }
}
