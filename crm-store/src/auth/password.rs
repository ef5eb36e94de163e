//! Passwords: argon2id with the parameters that OWASP names, away from the threads that serve requests.

use std::sync::OnceLock;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::StoreError;

/// 19 MiB, two passes, one lane: OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at the same time, each with its memory: more wait, and guess no faster.
static PLACES: Semaphore = Semaphore::const_new(4);
/// What the password of nobody is compared with, so that an unknown address takes as long as a known one.
static NOBODYS: OnceLock<String> = OnceLock::new();

const SHORTEST: usize = 12;
const LONGEST: usize = 256;

fn hasher() -> Result<Argon2<'static>, StoreError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| failed())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed() -> StoreError {
    StoreError::Secrets {
        what: "a password cannot be hashed".to_owned(),
    }
}

/// Hashes a password.
pub(super) async fn hash(password: &str) -> Result<String, StoreError> {
    let password = password.to_owned();
    aside(move || hash_now(&password)).await
}

fn hash_now(password: &str) -> Result<String, StoreError> {
    let hash = hasher()?
        .hash_password(password.as_bytes())
        .map_err(|_| failed())?;
    Ok(hash.to_string())
}

/// Whether the password is the one of the hash. Without a hash it is not, after the same time.
pub(super) async fn verify(password: &str, hash: Option<String>) -> Result<bool, StoreError> {
    let password = password.to_owned();
    aside(move || {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => nobodys()?,
        };
        let fits = hasher()?
            .verify_password(password.as_bytes(), hash.as_str())
            .is_ok();
        Ok(fits && known)
    })
    .await
}

fn nobodys() -> Result<String, StoreError> {
    if let Some(hash) = NOBODYS.get() {
        return Ok(hash.clone());
    }
    let hash = hash_now(&crate::api_keys::random_text(40))?;
    Ok(NOBODYS.get_or_init(|| hash).clone())
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let _place = PLACES.acquire().await.map_err(|_| failed())?;
    tokio::task::spawn_blocking(work).await.map_err(|_| failed())?
}

/// Makes the hash of nobody's password, so that the first attempt of all is no slower than the others.
pub(super) async fn warm_up() -> Result<(), StoreError> {
    aside(|| nobodys().map(|_| ())).await
}

/// Refuses a password that would be guessed: short, the person's own words, or one letter all along.
pub(super) fn check(password: &str, email: &str, name: &str) -> Result<(), StoreError> {
    let refuse = |why: &str| Err(StoreError::invalid("password", why));
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return refuse("must have 12 to 256 characters; a sentence is a good password");
    }
    let plain = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let own = [email, local, name].map(str::to_lowercase);
    if own
        .iter()
        .any(|word| word.len() > 3 && plain.contains(word.as_str()))
    {
        return refuse("must not contain your name or address");
    }
    let mut letters: Vec<char> = plain.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 5 {
        return refuse("must have at least five different characters");
    }
    if COMMON.iter().any(|word| plain.starts_with(word)) {
        return refuse("is one of those that are tried first");
    }
    Ok(())
}

/// How passwords begin that are long enough and still at the top of every list.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "123456789",
    "qwertyuiop",
    "qwertzuiop",
    "letmein",
    "welcome1",
    "iloveyou",
    "admin123",
    "abcdefgh",
    "changeme",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_fits_its_hash() {
        let stored = hash("correct horse battery").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            verify("correct horse battery", Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !verify("correct horse batterx", Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(!verify("correct horse battery", None).await.unwrap());
        assert!(!verify("x", Some("not a hash".to_owned())).await.unwrap());
        assert_ne!(hash("correct horse battery").await.unwrap(), stored, "salted");
    }

    #[test]
    fn passwords_that_are_guessed_are_refused() {
        let refused = |password| check(password, "mara.lind@acme.test", "Mara Lind").is_err();
        for bad in [
            "",
            "short",
            "elevenchars",
            "mara.lind-2026!",
            "my name is Mara Lind",
            "aaaaaaaaaaaaaaaa",
            "Password1234!",
        ] {
            assert!(refused(bad), "{bad}");
        }
        let long = "long ".repeat(60);
        assert!(refused(&long));
        assert!(!refused("a walk along the harbour"));
        assert!(!refused("пароль на сегодня"));
    }
}
