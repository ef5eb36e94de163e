//! The configuration: read once, checked once, passed on as final types.

mod database;
mod env;
mod events;
mod http;
mod models;
mod redacted;
mod secrets;
mod value;
mod work;

use std::path::{Path, PathBuf};

use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde::Deserialize;

pub use self::{
    database::{Data, Database, Search},
    env::Environment,
    events::Webhooks,
    http::{Http, RateLimit},
    models::{Embedding, EmbeddingKind, Models, ProviderConfig},
    secrets::SecretKeys,
    work::{Agents, Log, LogFormat, Retention, Shutdown, Worker},
};

/// Every key with its default and its documentation.
pub const DEFAULTS: &str = include_str!("../../config.default.toml");

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folders.
    pub data: Data,
    /// The HTTP service.
    pub http: Http,
    /// How fast one key may ask.
    pub rate_limit: RateLimit,
    /// Keys for what is kept sealed and for tokens.
    pub secrets: SecretKeys,
    /// Postgres.
    pub database: Database,
    /// The index.
    pub search: Search,
    /// The embedding model.
    pub embedding: Embedding,
    /// The language models.
    pub models: Models,
    /// Limits of runs.
    pub agents: Agents,
    /// Background work.
    pub worker: Worker,
    /// What tenants' servers are told.
    pub webhooks: Webhooks,
    /// How long things are kept.
    pub retention: Retention,
    /// How the process ends.
    pub shutdown: Shutdown,
    /// Logs.
    pub log: Log,
    /// The user's home folder, for the default cache.
    #[serde(skip)]
    home: Option<PathBuf>,
}

/// A configuration that cannot be used; the message names the key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A source has a key that does not exist, or a value of the wrong type.
    #[error("{0}")]
    Source(String),
    /// A value makes no sense.
    #[error("{key}: {message}")]
    Invalid {
        /// The key.
        key: String,
        /// What is wrong with it.
        message: String,
    },
    /// A file that the configuration names cannot be read.
    #[error("{key}: cannot read {path}", path = path.display())]
    File {
        /// The key that names it.
        key: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl ConfigError {
    pub(crate) fn invalid(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            key: key.into(),
            message: message.into(),
        }
    }
}

impl Config {
    /// Reads the defaults, then `file`, then the environment.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
                key: "--config".to_owned(),
                path: path.to_owned(),
                source,
            })?;
            // A provider of text, not of the path: figment takes a missing file for an empty one.
            figment = figment.merge(Toml::string(&text));
        }
        for variable in environment.providers() {
            figment = figment.merge(variable);
        }
        let mut config: Self = figment
            .extract()
            .map_err(|error| ConfigError::Source(describe(&error, file)))?;
        config.home = environment.get("HOME").map(PathBuf::from);
        config.resolve(environment)?;
        Ok(config)
    }

    fn resolve(&mut self, environment: &Environment) -> Result<(), ConfigError> {
        self.http.check()?;
        self.secrets.resolve()?;
        self.database.resolve()?;
        self.search.resolve()?;
        self.embedding.resolve()?;
        self.models.resolve(environment)?;
        self.agents.check()?;
        self.worker.check()?;
        self.webhooks.check()?;
        if self.data.dir.as_os_str().is_empty() {
            return Err(ConfigError::invalid("data.dir", "must not be empty"));
        }
        Ok(())
    }

    /// The folder of models and binaries.
    pub fn cache_dir(&self) -> PathBuf {
        match (&self.data.cache_dir, &self.home) {
            (Some(dir), _) => PathBuf::from(dir),
            (None, Some(home)) => home.join(".cache").join("crm-ai"),
            (None, None) => self.data.dir.join("cache"),
        }
    }
}

/// One sentence with the key and the source that set it.
fn describe(error: &figment::Error, file: Option<&Path>) -> String {
    let key = error.path.join(".");
    let source = error
        .metadata
        .as_ref()
        .map(|metadata| match (metadata.name.as_ref(), file) {
            (name, Some(path)) if name.starts_with("TOML") => path.display().to_string(),
            (name, _) => name.to_owned(),
        });
    let kind = &error.kind;
    match (key.is_empty(), source) {
        (true, Some(source)) => format!("{kind} (in {source})"),
        (true, None) => kind.to_string(),
        (false, Some(source)) => format!("{key}: {kind} (in {source})"),
        (false, None) => format!("{key}: {kind}"),
    }
}

/// Requires an absolute URL with one of `schemes` and a host.
fn check_url(key: &str, url: &str, schemes: &[&str]) -> Result<(), ConfigError> {
    let parsed: Option<axum::http::Uri> = url.parse().ok();
    let fits = parsed.is_some_and(|uri| {
        uri.host().is_some_and(|host| !host.is_empty())
            && uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme))
    });
    if fits {
        return Ok(());
    }
    // The value is not repeated: a URL may carry a password.
    Err(ConfigError::invalid(
        key,
        format!("must be a URL that starts with {}://", schemes.join(":// or ")),
    ))
}

#[cfg(test)]
mod tests;
