//! Asking the server that holds the embedded parts.

use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{beacon::Beacon, config::Config, control};

/// A server that works on the same data folder.
pub(super) struct Remote {
    beacon: Beacon,
    client: reqwest::Client,
}

impl Remote {
    /// The running server of this data folder, when the index is embedded in it.
    pub(super) async fn find(config: &Config) -> anyhow::Result<Option<Self>> {
        if config.search.qdrant_url.is_some() {
            return Ok(None);
        }
        let Some(beacon) = Beacon::read(&config.data.dir) else {
            return Ok(None);
        };
        // Never through a proxy: the server is on this machine.
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        let remote = Self { beacon, client };
        // A file that was left behind, whose process number is another's now.
        let hello = remote
            .client
            .get(remote.url("hello"))
            .bearer_auth(remote.beacon.token.expose_secret());
        match hello.timeout(Duration::from_secs(5)).send().await {
            Ok(response) if response.status().is_success() => Ok(Some(remote)),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Lets the server do it.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        what: &str,
        request: &impl Serialize,
    ) -> anyhow::Result<T> {
        let response = self
            .client
            .post(self.url(what))
            .bearer_auth(self.beacon.token.expose_secret())
            .json(request)
            .send()
            .await
            .with_context(|| format!("the server at {} does not answer", self.beacon.url))?;
        if !response.status().is_success() {
            let problem: Value = response.json().await.unwrap_or_default();
            bail!(
                "{}",
                problem
                    .get("detail")
                    .and_then(Value::as_str)
                    .unwrap_or("the server refused")
            );
        }
        response
            .json()
            .await
            .context("the server's answer cannot be read")
    }

    fn url(&self, what: &str) -> String {
        format!("{}{}/{what}", self.beacon.url, control::PREFIX)
    }
}
