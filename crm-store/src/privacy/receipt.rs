//! What an erasure leaves behind: counts per place, signed.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::{StoreError, secrets::Secrets};

/// What the keys for receipts are derived for.
const USE: &str = "erasure receipts";

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The erasure.
    pub id: Uuid,
    /// The tenant.
    pub tenant: Uuid,
    /// `person` or `tenant`.
    pub scope: String,
    /// The SHA-256 of the request's subject, so that a receipt can be matched with it and names nobody.
    pub subject_sha256: String,
    /// When.
    pub erased_at: DateTime<Utc>,
    /// What went, place by place; a place where nothing was found is not named.
    pub places: Vec<Place>,
    /// What stayed, and why.
    pub kept: Vec<(String, String)>,
    /// How it is signed.
    pub algorithm: String,
    /// The key of the configuration that the signing key follows from.
    pub key_id: String,
}

/// Counts of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// A table, or `vectors`, or `files`.
    pub place: String,
    /// Rows that went.
    pub deleted: u64,
    /// Rows in which the person was blanked out.
    pub changed: u64,
}

/// A receipt with its signature, as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The receipt's text; the signature is over these bytes.
    pub receipt: String,
    /// The signature in hexadecimal.
    pub signature: String,
}

/// What a check of a receipt found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This service wrote it, and nobody changed it since.
    Genuine(Box<Receipt>),
    /// The text or the signature was changed.
    Forged,
    /// It was signed with a key that the configuration no longer has.
    UnknownKey(String),
}

/// Signs a receipt with the first key of the configuration.
pub(super) fn sign(secrets: &Secrets, mut receipt: Receipt) -> Result<(String, Vec<u8>), StoreError> {
    let damaged = |what: &str| StoreError::Corrupt {
        what: what.to_owned(),
    };
    let key = secrets.derive(USE).into_iter().next();
    let key = key.ok_or_else(|| damaged("the keys of the configuration"))?;
    "HMAC-SHA256".clone_into(&mut receipt.algorithm);
    key.id.clone_into(&mut receipt.key_id);
    let text = serde_json::to_string(&receipt).map_err(|_| damaged("a receipt"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).map_err(|_| damaged("a key"))?;
    mac.update(text.as_bytes());
    Ok((text, mac.finalize().into_bytes().to_vec()))
}

/// Checks a receipt against the keys of the configuration.
pub fn verify(secrets: &Secrets, signed: &Signed) -> Verdict {
    let Ok(receipt) = serde_json::from_str::<Receipt>(&signed.receipt) else {
        return Verdict::Forged;
    };
    let Some(key) = secrets
        .derive(USE)
        .into_iter()
        .find(|key| key.id == receipt.key_id)
    else {
        return Verdict::UnknownKey(receipt.key_id);
    };
    let (Ok(mut mac), Ok(signature)) = (
        Hmac::<Sha256>::new_from_slice(key.expose()),
        hex::decode(&signed.signature),
    ) else {
        return Verdict::Forged;
    };
    mac.update(signed.receipt.as_bytes());
    match mac.verify_slice(&signature) {
        Ok(()) => Verdict::Genuine(Box::new(receipt)),
        Err(_) => Verdict::Forged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_that_was_changed_is_no_receipt() {
        let (old, new) = (Secrets::generate(), Secrets::generate());
        let secrets = Secrets::parse([old.as_str()]).unwrap();
        let receipt = Receipt {
            id: Uuid::nil(),
            tenant: Uuid::nil(),
            scope: "person".to_owned(),
            subject_sha256: String::new(),
            erased_at: DateTime::UNIX_EPOCH,
            places: Vec::new(),
            kept: Vec::new(),
            algorithm: String::new(),
            key_id: String::new(),
        };
        let (text, signature) = sign(&secrets, receipt).unwrap();
        let signed = Signed {
            receipt: text,
            signature: hex::encode(signature),
        };
        assert!(matches!(verify(&secrets, &signed), Verdict::Genuine(_)));
        let rotated = Secrets::parse([new.as_str(), old.as_str()]).unwrap();
        assert!(matches!(verify(&rotated, &signed), Verdict::Genuine(_)));
        let other = Secrets::parse([new.as_str()]).unwrap();
        assert!(matches!(verify(&other, &signed), Verdict::UnknownKey(_)));
        let forged = Signed {
            receipt: signed.receipt.replace("person", "nobody"),
            ..signed
        };
        assert_eq!(verify(&secrets, &forged), Verdict::Forged);
    }
}
