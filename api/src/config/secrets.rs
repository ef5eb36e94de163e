//! The keys for what the store keeps sealed and for tokens.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use crm_store::Secrets;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, value};
use crate::AppError;

/// The key file in the data folder.
const FILE: &str = "secrets.key";

/// Section `secrets`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretKeys {
    /// Keys of 64 hexadecimal digits with spaces or lines between them; the first one seals and signs.
    #[serde(deserialize_with = "value::secret")]
    pub keys: Option<SecretString>,
    #[serde(deserialize_with = "value::optional")]
    keys_file: Option<String>,
}

impl SecretKeys {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        value::resolve_secret("secrets.keys", &mut self.keys, self.keys_file.as_ref())?;
        if let Some(keys) = &self.keys {
            parse(keys.expose_secret())?;
        }
        Ok(())
    }

    /// The keys: those of the configuration, else the one in the data folder, which is made when there is none.
    ///
    /// The folder is enough for one machine; replicas need the same keys from their configuration.
    pub fn open(&self, data_dir: &Path) -> Result<Secrets, AppError> {
        if let Some(keys) = &self.keys {
            return Ok(parse(keys.expose_secret())?);
        }
        let path = data_dir.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(parse(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make(&path)?;
                // As it is on disk now: another process may have been first.
                let text = std::fs::read_to_string(&path).map_err(AppError::file("read", &path))?;
                Ok(parse(&text)?)
            }
            Err(error) => Err(AppError::file("read", &path)(error)),
        }
    }
}

fn make(path: &Path) -> Result<(), AppError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(AppError::file("make", folder))?;
    }
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match file {
        Ok(mut file) => {
            file.write_all(format!("{}\n", Secrets::generate()).as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(AppError::file("write", path))?;
            tracing::info!(path = %path.display(), "made a key for secrets: whoever restores a backup needs it too");
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(AppError::file("make", path)(error)),
    }
}

fn parse(text: &str) -> Result<Secrets, ConfigError> {
    Secrets::parse(text.split_whitespace())
        .map_err(|error| ConfigError::invalid("secrets.keys", error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_its_owners_alone() {
        let folder = std::env::temp_dir().join(format!("crm-ai-keys-{}", std::process::id()));
        let none = SecretKeys {
            keys: None,
            keys_file: None,
        };
        let first = none.open(&folder).unwrap();
        let mode = std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            format!("{:?}", none.open(&folder).unwrap()),
            format!("{first:?}"),
            "the same key"
        );
        let own = SecretKeys {
            keys: Some(SecretString::from(Secrets::generate())),
            keys_file: None,
        };
        assert_ne!(format!("{:?}", own.open(&folder).unwrap()), format!("{first:?}"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
