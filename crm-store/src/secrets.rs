//! Secrets that the store keeps for a tenant: sealed with a key that the database does not have.
//!
//! [`Secrets`] holds the keys of the configuration. The first one seals; all of them open, so a new key is put in front,
//! `crm-ai secrets rotate` seals everything anew ([`crate::Store::rotate_secrets`]), and then the old key can go. Cipher:
//! XChaCha20-Poly1305 with a random nonce of 24 bytes. What is sealed is bound to its tenant and its purpose: moved to
//! another tenant's row or another column it does not open.
//!
//! A column that holds sealed bytes is `bytea`, ends in `_sealed`, and has a line in [`SEALED`], else rotation would pass
//! it by (`tests/it/secrets.rs` compares).

use std::{fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::{StoreError, TenantStore, TenantTx, ids::TenantId};

mod rotate;

pub use rotate::Rotated;

/// How a key is written: 32 bytes in hexadecimal.
const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;
/// The first byte of everything that is sealed.
const FORMAT: u8 = 1;

/// A column with sealed bytes. Its table has the columns `tenant_id` and `id`, and jobs may update it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What [`TenantTx::seal`] is told when the column is written.
    pub purpose: &'static str,
}

/// Every column with sealed bytes.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "webhook_endpoints",
        column: "secret_sealed",
        purpose: "webhook",
    },
    SealedColumn {
        table: "webhook_endpoints",
        column: "old_secret_sealed",
        purpose: "webhook",
    },
    SealedColumn {
        table: "channel_configs",
        column: "secret_sealed",
        purpose: "channel",
    },
    SealedColumn {
        table: "channel_configs",
        column: "verify_token_sealed",
        purpose: "channel_verify",
    },
];

/// Keys of the configuration: the first seals, all open. Cheap to clone.
#[derive(Clone)]
pub struct Secrets(Arc<[MasterKey]>);

struct MasterKey {
    id: [u8; KEY_ID_BYTES],
    key: [u8; KEY_BYTES],
}

/// A key that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// There is none.
    #[error("at least one key is needed")]
    None,
    /// It is not 64 hexadecimal digits. Which one, counted from 1; never its text.
    #[error("key {0} must be 64 hexadecimal digits, as `openssl rand -hex 32` prints them")]
    Malformed(usize),
}

/// A key for something else, such as signatures, that follows from a key of the configuration.
#[derive(Clone)]
pub struct DerivedKey {
    /// Tells which key it follows from: 16 hexadecimal digits.
    pub id: String,
    bytes: [u8; KEY_BYTES],
}

/// Sealed bytes, as a column holds them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(Vec<u8>);

/// A secret in clear. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secrets {
    /// Reads keys, the one that seals first.
    pub fn parse<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        let parse = |(n, text): (usize, &str)| {
            let mut key = [0; KEY_BYTES];
            hex::decode_to_slice(text.trim(), &mut key).map_err(|_| KeyError::Malformed(n + 1))?;
            Ok(MasterKey {
                id: key_id(&key),
                key,
            })
        };
        let keys: Arc<[MasterKey]> = keys
            .into_iter()
            .enumerate()
            .map(parse)
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        Ok(Self(keys))
    }

    /// A fresh key, as [`Self::parse`] reads it.
    pub fn generate() -> String {
        hex::encode(rand::random::<[u8; KEY_BYTES]>())
    }

    /// Keys for another use, in the order of the configuration. Knowing one tells nothing of the key it follows from.
    pub fn derive(&self, label: &str) -> Vec<DerivedKey> {
        let derived = |key: &MasterKey| DerivedKey {
            id: hex::encode(key.id),
            bytes: keyed_hash(&key.key, &[b"crm-ai derived key\0", label.as_bytes()]),
        };
        self.0.iter().map(derived).collect()
    }

    pub(crate) fn seal(&self, tenant: TenantId, purpose: &str, clear: &[u8]) -> Result<Sealed, StoreError> {
        let first = self.0.first().ok_or_else(no_keys)?;
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let cipher = XChaCha20Poly1305::new(&first.key.into());
        let aad = binding(tenant, purpose);
        let payload = Payload {
            msg: clear,
            aad: &aad,
        };
        let text = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::Secrets {
                what: "a secret cannot be sealed".to_owned(),
            })?;
        let mut sealed = vec![FORMAT];
        sealed.extend_from_slice(&first.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(Sealed(sealed))
    }

    pub(crate) fn open(
        &self,
        tenant: TenantId,
        purpose: &str,
        sealed: &Sealed,
    ) -> Result<Secret, StoreError> {
        let broken = || StoreError::Corrupt {
            what: format!("the sealed {purpose}"),
        };
        let rest = sealed.0.strip_prefix(&[FORMAT]).ok_or_else(broken)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>().ok_or_else(broken)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(broken)?;
        let key = self.0.iter().find(|key| key.id == *id);
        let key = key.ok_or_else(|| StoreError::Secrets {
            what: format!(
                "the key {} that the {purpose} was sealed with is not configured",
                hex::encode(id)
            ),
        })?;
        let aad = binding(tenant, purpose);
        let clear = XChaCha20Poly1305::new(&key.key.into())
            .decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &aad })
            .map_err(|_| broken())?;
        Ok(Secret(clear))
    }

    /// How everything begins that was sealed with the first key.
    pub(crate) fn current_prefix(&self) -> Result<Vec<u8>, StoreError> {
        let first = self.0.first().ok_or_else(no_keys)?;
        Ok([&[FORMAT], first.id.as_slice()].concat())
    }
}

impl TenantStore {
    /// Seals a secret of the tenant. `purpose` says what it is for; only the same word opens it.
    pub fn seal(&self, purpose: &str, clear: &[u8]) -> Result<Sealed, StoreError> {
        self.secrets()
            .ok_or_else(no_keys)?
            .seal(self.grant().tenant(), purpose, clear)
    }

    /// Opens a secret of the tenant.
    pub fn unseal(&self, purpose: &str, sealed: &Sealed) -> Result<Secret, StoreError> {
        self.secrets()
            .ok_or_else(no_keys)?
            .open(self.grant().tenant(), purpose, sealed)
    }
}

impl TenantTx {
    /// Seals a secret of the tenant. `purpose` says what it is for; only the same word opens it.
    pub fn seal(&self, purpose: &str, clear: &[u8]) -> Result<Sealed, StoreError> {
        self.secrets()
            .ok_or_else(no_keys)?
            .seal(self.grant().tenant(), purpose, clear)
    }

    /// Opens a secret of the tenant.
    pub fn unseal(&self, purpose: &str, sealed: &Sealed) -> Result<Secret, StoreError> {
        self.secrets()
            .ok_or_else(no_keys)?
            .open(self.grant().tenant(), purpose, sealed)
    }
}

impl Sealed {
    /// As text, for a place inside JSON.
    pub fn to_text(&self) -> String {
        BASE64_STANDARD.encode(&self.0)
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, StoreError> {
        let bytes = BASE64_STANDARD.decode(text);
        bytes.map(Self).map_err(|_| StoreError::Corrupt {
            what: "a sealed text".to_owned(),
        })
    }
}

impl Secret {
    /// The bytes. Show them to nobody but their user.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The text, of a secret that is one.
    pub fn expose_text(&self) -> Result<&str, StoreError> {
        std::str::from_utf8(&self.0).map_err(|_| StoreError::Corrupt {
            what: "a sealed text".to_owned(),
        })
    }
}

impl DerivedKey {
    /// The key.
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<String> = self.0.iter().map(|key| hex::encode(key.id)).collect();
        f.debug_tuple("Secrets").field(&ids).finish()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn no_keys() -> StoreError {
    StoreError::Secrets {
        what: "no key for secrets is configured".to_owned(),
    }
}

/// Names a key without telling anything of it, so that nobody has to make names up.
fn key_id(key: &[u8; KEY_BYTES]) -> [u8; KEY_ID_BYTES] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(b"crm-ai key id\0")
        .chain_update(key)
        .finalize()
        .into();
    let mut id = [0; KEY_ID_BYTES];
    id.copy_from_slice(hash.first_chunk::<KEY_ID_BYTES>().unwrap_or(&[0; KEY_ID_BYTES]));
    id
}

fn keyed_hash(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC fills a short key up to a block with zeros; done here, no length is left to be wrong.
    let mut block = [0; 64];
    let (head, _) = block.split_at_mut(KEY_BYTES);
    head.copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn binding(tenant: TenantId, purpose: &str) -> Vec<u8> {
    [
        b"crm-ai sealed\0".as_slice(),
        tenant.uuid().as_bytes(),
        purpose.as_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;
