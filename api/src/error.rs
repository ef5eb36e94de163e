//! Why the program cannot start or do what it was told, by what the user does next.

use std::{net::SocketAddr, path::PathBuf};

use crm_agents::RunError;
use crm_rag::RagError;
use crm_store::{StoreError, cluster::ClusterError};

use crate::config::ConfigError;

/// A start or a command that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// Mend the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The embedded Postgres does not run.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The database refuses or is away.
    #[error("{doing}: {source}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: StoreError,
    },
    /// The index or the embedding model is away.
    #[error("the index cannot be used: {0}; `crm-ai doctor` tells more")]
    Rag(#[source] RagError),
    /// The agents cannot be made.
    #[error("the agents cannot be made")]
    Run(#[source] RunError),
    /// A provider of models is configured in a way that cannot work.
    #[error("models.providers: {0}")]
    Model(String),
    /// Something else listens on the port.
    #[error("{addr} is in use by another program: stop it, or choose another port with PORT={other} (or http.port)", other = addr.port().wrapping_add(1))]
    PortTaken {
        /// The address.
        addr: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {addr} (http.host and http.port)")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A running server holds what this command needs.
    #[error("{0}")]
    Busy(String),
}

impl AppError {
    /// Says what the store was asked for when it failed.
    pub(crate) fn store(doing: &'static str) -> impl FnOnce(StoreError) -> Self {
        move |source| Self::Store { doing, source }
    }

    /// Says which file failed.
    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { doing, path, source }
    }
}
