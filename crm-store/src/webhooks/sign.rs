//! Standard Webhooks: `HMAC-SHA256` over `id.timestamp.body`, with secrets that are written `whsec_` and base64.

use std::fmt;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::StoreError;

const PREFIX: &str = "whsec_";
/// Bytes of a fresh secret; the standard asks for 24 to 64.
const FRESH: usize = 32;
/// How far the clocks of sender and receiver may be apart.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// A secret that signs. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// A fresh one.
    pub fn generate() -> Self {
        Self(rand::random::<[u8; FRESH]>().to_vec())
    }

    /// Reads `whsec_…`; the prefix may be left out.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let body = text.trim();
        let body = body.strip_prefix(PREFIX).unwrap_or(body).trim_end_matches('=');
        match BASE64_STANDARD_NO_PAD.decode(body) {
            Ok(bytes) if (16..=128).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err(StoreError::invalid(
                "secret",
                "must be `whsec_` and 16 to 128 bytes in base64",
            )),
        }
    }

    /// The secret as its receiver is told it.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret([redacted])")
    }
}

/// The header `webhook-signature`: one signature per secret, so that a receiver can change its secret in peace.
pub fn signature(secrets: &[SigningSecret], id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let timestamp = at.timestamp().to_string();
    let signed: Vec<String> = secrets
        .iter()
        .map(|secret| {
            format!(
                "v1,{}",
                BASE64_STANDARD.encode(mac(secret, id, &timestamp, body).finalize().into_bytes())
            )
        })
        .collect();
    signed.join(" ")
}

/// Whether one of the signatures in `header` is right and the timestamp near `now`. Takes the same time for any
/// signature.
pub fn verify(
    secret: &SigningSecret,
    id: &str,
    timestamp: &str,
    header: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> bool {
    let Some(at) = timestamp
        .parse()
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
    else {
        return false;
    };
    let near = (now - at).abs() <= TOLERANCE;
    let fits = header
        .split(' ')
        .filter_map(|part| part.strip_prefix("v1,"))
        .filter_map(|text| BASE64_STANDARD.decode(text).ok())
        .any(|given| mac(secret, id, timestamp, body).verify_slice(&given).is_ok());
    near && fits
}

fn mac(secret: &SigningSecret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = keyed(&secret.0);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

/// HMAC with a key of any length.
pub(crate) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // A key as long as a block, as RFC 2104 makes one of any: so no length is left that could be wrong.
    let mut block = [0; 64];
    let hashed;
    let key = if key.len() <= block.len() {
        key
    } else {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    };
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    <Hmac<Sha256> as KeyInit>::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own documentation and libraries.
    #[test]
    fn signs_as_the_standard_does() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let header = signature(std::slice::from_ref(&secret), id, at, body);
        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(verify(
            &secret,
            id,
            "1614265330",
            &format!("v1,AAAA {header}"),
            body,
            at
        ));
        assert!(!verify(&secret, id, "1614265331", &header, body, at));
        assert!(!verify(
            &secret,
            id,
            "1614265330",
            &header,
            body,
            at + TimeDelta::minutes(6)
        ));
        assert!(!verify(
            &SigningSecret::generate(),
            id,
            "1614265330",
            &header,
            body,
            at
        ));
    }

    /// Test cases 2 and 6 of RFC 4231: a short key and one that is longer than a block.
    #[test]
    fn keys_of_any_length_are_those_of_the_standard() {
        let of = |key: &[u8], text: &[u8]| {
            let mut mac = keyed(key);
            mac.update(text);
            hex::encode(mac.finalize().into_bytes())
        };
        assert_eq!(
            of(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            of(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            ),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_secret_reads_back_and_does_not_show() {
        let secret = SigningSecret::generate();
        assert_eq!(SigningSecret::parse(&secret.to_text()).unwrap(), secret);
        assert!(!format!("{secret:?}").contains(&secret.to_text()[8..]));
        for bad in ["", "whsec_", "whsec_!!", "c2hvcnQ="] {
            assert!(SigningSecret::parse(bad).is_err(), "{bad}");
        }
    }
}
