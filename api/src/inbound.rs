//! What providers post, read into one shape. No signature is checked and nothing is stored here.

mod email;
mod text;
mod whatsapp;

use chrono::{DateTime, Utc};
use crm_store::{
    inbound::{ChannelKind, Incoming, Receipt},
    messages::DeliveryStatus,
};
use serde_json::Value;

/// What a call of a provider says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parcel {
    /// Messages of people.
    pub messages: Vec<Incoming>,
    /// How far messages of ours got.
    pub receipts: Vec<Receipt>,
}

/// Reads a call of a provider. `Err` says what is missing.
pub fn read(kind: ChannelKind, body: &Value, now: DateTime<Utc>) -> Result<Parcel, String> {
    match kind {
        ChannelKind::WhatsApp => whatsapp::read(body, now),
        ChannelKind::Email => email::read(body, now),
    }
}

/// The text at a key, if there is some.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The word of a provider for how far a message got.
fn status(word: &str) -> Option<DeliveryStatus> {
    match word.to_ascii_lowercase().as_str() {
        "sent" | "accepted" | "processed" => Some(DeliveryStatus::Sent),
        "delivered" | "delivery" => Some(DeliveryStatus::Delivered),
        "read" | "opened" | "open" => Some(DeliveryStatus::Read),
        "failed" | "bounce" | "bounced" | "undelivered" | "rejected" => Some(DeliveryStatus::Failed),
        _ => None,
    }
}

/// Seconds since 1970, as a number or as text.
fn moment(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let value = value?;
    let seconds = value
        .as_i64()
        .or_else(|| value.as_f64().map(whole))
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    DateTime::from_timestamp(seconds, 0)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a fraction of a second is not kept"
)]
fn whole(seconds: f64) -> i64 {
    seconds as i64
}
