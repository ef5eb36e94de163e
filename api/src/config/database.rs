//! Where Postgres is, and where the index is.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, value};

/// Section `data`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The folder of everything that is embedded.
    #[serde(deserialize_with = "value::path")]
    pub dir: PathBuf,
    /// The folder of models and binaries; the user's own when not set.
    #[serde(deserialize_with = "value::optional")]
    pub cache_dir: Option<String>,
}

/// Section `database`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`; the embedded cluster when not set.
    #[serde(deserialize_with = "value::secret")]
    pub url: Option<SecretString>,
    #[serde(deserialize_with = "value::optional")]
    url_file: Option<String>,
    /// The owner's URL for migrations; `url` when not set.
    #[serde(deserialize_with = "value::secret")]
    pub admin_url: Option<SecretString>,
    #[serde(deserialize_with = "value::optional")]
    admin_url_file: Option<String>,
    /// A copy that Postgres keeps of the database, for questions; none when not set.
    #[serde(deserialize_with = "value::secret")]
    pub read_url: Option<SecretString>,
    #[serde(deserialize_with = "value::optional")]
    read_url_file: Option<String>,
    /// The most that the copy may be behind to be asked.
    #[serde(deserialize_with = "value::duration")]
    pub read_max_lag: Duration,
    /// Connections for work inside tenants.
    pub max_connections: NonZeroU32,
    /// How long a request waits for a connection.
    #[serde(deserialize_with = "value::duration")]
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    #[serde(deserialize_with = "value::duration")]
    pub statement_timeout: Duration,
    /// The folder of the server's binaries.
    #[serde(deserialize_with = "value::optional")]
    pub postgres_bin: Option<String>,
}

impl Database {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        value::resolve_secret("database.url", &mut self.url, self.url_file.as_ref())?;
        value::resolve_secret(
            "database.admin_url",
            &mut self.admin_url,
            self.admin_url_file.as_ref(),
        )?;
        value::resolve_secret(
            "database.read_url",
            &mut self.read_url,
            self.read_url_file.as_ref(),
        )?;
        for (key, url) in [
            ("database.url", &self.url),
            ("database.admin_url", &self.admin_url),
            ("database.read_url", &self.read_url),
        ] {
            let Some(url) = url else { continue };
            if !["postgres://", "postgresql://"]
                .iter()
                .any(|scheme| url.expose_secret().starts_with(scheme))
            {
                return Err(ConfigError::invalid(key, "must start with postgres://"));
            }
        }
        if self.max_connections.get() < 2 {
            return Err(ConfigError::invalid(
                "database.max_connections",
                "must be at least 2",
            ));
        }
        Ok(())
    }
}

/// Section `search`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// The Qdrant server; the index embedded in the data folder when not set.
    #[serde(deserialize_with = "value::optional")]
    pub qdrant_url: Option<String>,
    /// The server's key.
    #[serde(deserialize_with = "value::secret")]
    pub qdrant_api_key: Option<SecretString>,
    #[serde(deserialize_with = "value::optional")]
    qdrant_api_key_file: Option<String>,
    /// The name of the collection.
    pub collection: String,
}

impl Search {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        let file = self.qdrant_api_key_file.as_ref();
        value::resolve_secret("search.qdrant_api_key", &mut self.qdrant_api_key, file)?;
        if let Some(url) = &self.qdrant_url {
            super::check_url("search.qdrant_url", url, &["http", "https"])?;
        }
        Ok(())
    }
}
