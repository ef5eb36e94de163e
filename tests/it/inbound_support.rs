//! Providers as they are: they sign what they post.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::http_support::Api;

/// The secret that the provider shows its customer.
pub(crate) const SECRET: &str = "app-secret-0123456789abcdef";

/// A channel of the tenant, as its provider sees it.
pub(crate) struct Provider<'a> {
    api: &'a Api,
    pub(crate) path: String,
    pub(crate) verify_token: String,
}

/// The signature of a body as `X-Hub-Signature-256` has it.
pub(crate) fn hub(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

impl<'a> Provider<'a> {
    /// Makes a channel that checks `X-Hub-Signature-256`.
    pub(crate) async fn new(api: &'a Api, channel: &str, more: Value) -> Self {
        let mut new = json!({"channel": channel, "name": "Line", "scheme": "hub", "secret": SECRET});
        new.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let response = api.post("/v1/channels", &new).await;
        let status = response.status();
        let made: Value = response.json().await.unwrap();
        assert_eq!(status, 201, "{made}");
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        Self {
            api,
            path: text("path"),
            verify_token: text("verify_token"),
        }
    }

    /// Posts a body with this signature.
    pub(crate) async fn post_signed(&self, body: &[u8], signature: &str) -> Response {
        self.api
            .anonymous(Method::POST, &self.path)
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature)
            .body(body.to_vec())
            .send()
            .await
            .unwrap()
    }

    /// Posts a body with the right signature, and returns what came of it.
    pub(crate) async fn deliver(&self, body: &Value) -> Value {
        let bytes = body.to_string().into_bytes();
        let response = self.post_signed(&bytes, &hub(SECRET, &bytes)).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// A text message as the provider posts it.
pub(crate) fn whatsapp(id: &str, from: &str, name: &str, text: &str) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4930901820", "phone_number_id": "1"},
        "contacts": [{"wa_id": from, "profile": {"name": name}}],
        "messages": [{"id": id, "from": from, "timestamp": "1763692800", "type": "text", "text": {"body": text}}],
    }}]}]})
}

/// A receipt as the provider posts it.
pub(crate) fn status(id: &str, status: &str) -> Value {
    json!({"entry": [{"changes": [{"value": {"statuses": [
        {"id": id, "status": status, "timestamp": "1763692900", "recipient_id": "1"},
    ]}}]}]})
}

/// A mail as a mail service posts it.
pub(crate) fn mail(id: &str, from: &str, subject: &str, text: &str, references: &[&str]) -> Value {
    json!({
        "FromFull": {"Email": from, "Name": "Ada Lovelace"}, "To": "help@acme.example", "Subject": subject,
        "TextBody": text, "MessageID": "internal-of-the-service",
        "Headers": [
            {"Name": "Message-ID", "Value": format!("<{id}>")},
            {"Name": "References", "Value": references.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" ")},
        ],
    })
}

/// All of a list of the API.
pub(crate) async fn all(api: &Api, path: &str) -> Vec<Value> {
    let response = api.get(path).await;
    let status = response.status();
    let page: Value = response.json().await.unwrap();
    assert_eq!(status, 200, "{page}");
    page["data"].as_array().unwrap().clone()
}
