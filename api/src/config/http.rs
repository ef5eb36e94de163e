//! How the service listens and how much it takes on.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use axum::http::HeaderValue;
use serde::Deserialize;

use super::{ConfigError, value};

/// Section `http`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// How clients reach the service.
    #[serde(deserialize_with = "value::optional")]
    pub public_url: Option<String>,
    /// Whether clients arrive over TLS.
    pub behind_tls: bool,
    /// Sites whose scripts may call the API.
    pub cors_origins: Vec<String>,
    /// Proxies whose word on the client's address is taken.
    pub trusted_proxies: Vec<IpAddr>,
    /// The largest request body in bytes.
    pub body_limit: usize,
    /// The largest file that can be uploaded for an import, in bytes.
    pub upload_limit: u64,
    /// How long a request may take until its response begins.
    #[serde(deserialize_with = "value::duration")]
    pub request_timeout: Duration,
    /// Requests at the same time.
    pub max_in_flight: NonZeroU32,
    /// Streams at the same time.
    pub max_streams: NonZeroU32,
    /// Silence after which a stream sends a comment.
    #[serde(deserialize_with = "value::duration")]
    pub keep_alive: Duration,
}

/// Section `rate_limit`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests per second that one key or person may make in the long run.
    pub per_second: NonZeroU32,
    /// Requests that it may make at once after a rest.
    pub burst: NonZeroU32,
    /// Requests per second that all of a tenant may make together.
    pub tenant_per_second: NonZeroU32,
    /// Requests that they may make at once after a rest.
    pub tenant_burst: NonZeroU32,
}

impl Http {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.cors_origins.iter().any(|origin| origin.trim() == "*") {
            return Err(ConfigError::invalid(
                "http.cors_origins",
                "names each site; `*` would open the API to all",
            ));
        }
        self.origins()?;
        if self.body_limit < 1_024 {
            return Err(ConfigError::invalid(
                "http.body_limit",
                "must be at least 1024 bytes",
            ));
        }
        if self.request_timeout.is_zero() {
            return Err(ConfigError::invalid(
                "http.request_timeout",
                "must be longer than nothing",
            ));
        }
        if self.keep_alive < Duration::from_millis(100) {
            return Err(ConfigError::invalid("http.keep_alive", "must be at least 100ms"));
        }
        if let Some(url) = &self.public_url {
            super::check_url("http.public_url", url, &["http", "https"])?;
        }
        Ok(())
    }

    /// The allowed origins as headers.
    pub fn origins(&self) -> Result<Vec<HeaderValue>, ConfigError> {
        let parse = |origin: &String| {
            super::check_url("http.cors_origins", origin, &["http", "https"])?;
            HeaderValue::from_str(origin.trim_end_matches('/')).map_err(|_| {
                ConfigError::invalid("http.cors_origins", format!("`{origin}` is not an origin"))
            })
        };
        self.cors_origins.iter().map(parse).collect()
    }
}
