//! The database: the one that is configured, or the embedded cluster.

use std::{path::PathBuf, sync::Arc};

use crm_store::{
    Clock, Migrated, Store, StoreConfig,
    cluster::{Cluster, ClusterConfig, ClusterError},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{AppError, beacon::Beacon, config::Config};

/// A database that can be reached, and the cluster if it is ours.
#[derive(Debug)]
pub struct Database {
    login: Option<SecretString>,
    admin: SecretString,
    cluster: Option<Cluster>,
}

impl Database {
    /// Finds or starts the database. Another process may hold the embedded
    /// cluster: then its connection file leads to it.
    pub async fn open(config: &Config) -> Result<Self, AppError> {
        if let Some(url) = &config.database.url {
            let admin = config.database.admin_url.as_ref().unwrap_or(url).clone();
            return Ok(Self {
                login: Some(url.clone()),
                admin,
                cluster: None,
            });
        }
        let wanted = ClusterConfig {
            bin_dir: config.database.postgres_bin.as_ref().map(PathBuf::from),
            cache_dir: Some(config.cache_dir()),
            ..ClusterConfig::new(&config.data.dir)
        };
        match Cluster::start(wanted).await {
            Ok(cluster) => Ok(Self {
                login: None,
                admin: SecretString::from(cluster.admin_url()),
                cluster: Some(cluster),
            }),
            Err(error @ ClusterError::InUse { .. }) => match Beacon::read(&config.data.dir) {
                Some(beacon) => Ok(Self {
                    login: Some(beacon.login_url),
                    admin: beacon.admin_url,
                    cluster: None,
                }),
                None => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Whether this process started the embedded cluster.
    pub fn owns_cluster(&self) -> bool {
        self.cluster.is_some()
    }

    /// Brings the database to this program's schema.
    pub async fn migrate(&self) -> Result<Migrated, AppError> {
        Store::migrate(self.admin.expose_secret())
            .await
            .map_err(AppError::store("the database cannot be migrated"))
    }

    /// The URL of the role that may do the least. The embedded cluster has it after the migrations.
    pub async fn login_url(&self) -> Result<SecretString, AppError> {
        match (&self.login, &self.cluster) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(cluster)) => Ok(SecretString::from(cluster.login_url().await?)),
            (None, None) => Ok(self.admin.clone()),
        }
    }

    /// The owner's URL.
    pub fn admin_url(&self) -> &SecretString {
        &self.admin
    }

    /// Connects as the role that may do the least.
    pub async fn connect(&self, config: &Config, clock: Arc<dyn Clock>) -> Result<Store, AppError> {
        let url = self.login_url().await?;
        let wanted = StoreConfig {
            max_connections: config.database.max_connections.get(),
            acquire_timeout: config.database.acquire_timeout,
            statement_timeout: config.database.statement_timeout,
            read_url: config
                .database
                .read_url
                .as_ref()
                .map(|url| url.expose_secret().to_owned()),
            read_max_lag: config.database.read_max_lag,
            ..StoreConfig::new(url.expose_secret())
        };
        let store = Store::connect(&wanted, clock)
            .await
            .map_err(AppError::store("the database cannot be used"))?;
        Ok(store.with_secrets(config.secrets.open(&config.data.dir)?))
    }

    /// Stops the cluster if it is ours. Close every connection first.
    pub async fn close(self) -> Result<(), AppError> {
        match self.cluster {
            Some(cluster) => Ok(cluster.stop().await?),
            None => Ok(()),
        }
    }
}
