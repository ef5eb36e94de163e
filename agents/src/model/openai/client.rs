//! The HTTP side: one POST and what its answer means.

use std::{sync::Arc, time::Duration};

use async_openai::types::chat::CreateChatCompletionRequest;
use crm_store::Clock;
use reqwest::{
    Client, Response, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect::Policy,
};
use secrecy::ExposeSecret;

use super::{OpenAiConfig, OpenAiConfigError, refusal};
use crate::model::ModelError;

/// Bytes of an error's body that are read.
const ERROR_BYTES: usize = 64 * 1024;
/// How long an error's body may take.
const ERROR_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection pool to one endpoint, with its key.
#[derive(Debug)]
pub(super) struct Transport {
    http: Client,
    url: Url,
    headers: HeaderMap,
    clock: Arc<dyn Clock>,
}

impl Transport {
    pub(super) fn new(config: &OpenAiConfig, clock: Arc<dyn Clock>) -> Result<Self, OpenAiConfigError> {
        let bad_url = || OpenAiConfigError::BaseUrl(config.base_url.clone());
        let base = config.base_url.trim().trim_end_matches('/');
        let url: Url = format!("{base}/chat/completions")
            .parse()
            .map_err(|_| bad_url())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(bad_url());
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let key = config.api_key.expose_secret();
        if !key.is_empty() {
            let mut bearer =
                HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| OpenAiConfigError::ApiKey)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let mut http = Client::builder()
            .connect_timeout(config.connect_timeout)
            .tcp_nodelay(true)
            // A redirect would carry the key and the prompt to another host.
            .redirect(Policy::none())
            .user_agent(concat!("crm-ai/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        if let Some(proxy) = &config.proxy {
            http = http.proxy(reqwest::Proxy::all(proxy).map_err(OpenAiConfigError::Client)?);
        }
        let http = http.build().map_err(OpenAiConfigError::Client)?;
        Ok(Self {
            http,
            url,
            headers,
            clock,
        })
    }

    /// Sends the request; anything but the start of an event stream is an error.
    pub(super) async fn open(&self, wire: &CreateChatCompletionRequest) -> Result<Response, ModelError> {
        let response = self
            .http
            .post(self.url.clone())
            .headers(self.headers.clone())
            .json(wire)
            .send()
            .await
            .map_err(|error| ModelError::Unavailable(Box::new(error.without_url())))?;
        let status = response.status();
        if !status.is_success() {
            let headers = response.headers().clone();
            let body = start_of(response).await;
            return Err(refusal::from_response(
                status.as_u16(),
                &headers,
                &body,
                self.clock.now(),
            ));
        }
        let kind = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if !kind.is_empty() && !kind.starts_with("text/event-stream") {
            let kind: String = kind.chars().take(60).collect();
            return Err(ModelError::Protocol(format!(
                "it sent {kind} in place of an event stream"
            )));
        }
        Ok(response)
    }
}

/// The start of an error's body. A body that never ends costs neither memory nor time.
async fn start_of(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while body.len() < ERROR_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
    };
    // What came in time is enough to tell one error from another.
    let _ = tokio::time::timeout(ERROR_TIMEOUT, read).await;
    body.truncate(ERROR_BYTES);
    body
}
