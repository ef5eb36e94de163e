//! Payloads like those of the `WhatsApp` cloud API.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use crm_store::inbound::{Incoming, Receipt};
use serde_json::Value;

use super::{Parcel, moment, status, text};

/// Reads entries, their changes, and the messages and statuses of each.
pub(super) fn read(body: &Value, now: DateTime<Utc>) -> Result<Parcel, String> {
    let Some(entries) = body.get("entry").and_then(Value::as_array) else {
        return Err("entry: is required, a list".to_owned());
    };
    let mut parcel = Parcel::default();
    let values = entries
        .iter()
        .filter_map(|entry| entry.get("changes").and_then(Value::as_array))
        .flatten()
        .filter_map(|change| change.get("value"));
    for value in values {
        let names = names(value);
        let to = value
            .get("metadata")
            .and_then(|metadata| text(metadata, "display_phone_number"))
            .map(international);
        for message in list(value, "messages") {
            parcel.messages.push(incoming(message, &names, to.clone())?);
        }
        parcel
            .receipts
            .extend(list(value, "statuses").filter_map(|status| receipt(status, now)));
    }
    Ok(parcel)
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The names that people gave themselves, by number.
fn names(value: &Value) -> HashMap<&str, &str> {
    list(value, "contacts")
        .filter_map(|contact| Some((text(contact, "wa_id")?, text(contact.get("profile")?, "name")?)))
        .collect()
}

fn incoming(message: &Value, names: &HashMap<&str, &str>, to: Option<String>) -> Result<Incoming, String> {
    let id = text(message, "id").ok_or("messages: each needs an id")?;
    let from = text(message, "from").ok_or("messages: each needs a from")?;
    let answered = message.get("context").and_then(|context| text(context, "id"));
    Ok(Incoming {
        provider_message_id: id.to_owned(),
        from: international(from),
        from_name: names.get(from).map(|name| (*name).to_owned()),
        to,
        subject: None,
        body: words(message),
        references: answered.map(str::to_owned).into_iter().collect(),
        is_automatic: false,
    })
}

/// What was said; of a picture, a place or anything else that has no words, what it is.
fn words(message: &Value) -> String {
    let kind = text(message, "type").unwrap_or("text");
    let inner = message.get(kind);
    let said = match (kind, inner) {
        ("text", Some(inner)) => inner.get("body").and_then(Value::as_str).map(str::to_owned),
        ("button", Some(inner)) => text(inner, "text").map(str::to_owned),
        ("interactive", Some(inner)) => ["button_reply", "list_reply"]
            .iter()
            .find_map(|reply| text(inner.get(reply)?, "title"))
            .map(str::to_owned),
        ("reaction", Some(inner)) => text(inner, "emoji").map(|emoji| format!("[reaction] {emoji}")),
        ("location", Some(inner)) => {
            let place = |key| inner.get(key).map(Value::to_string);
            place("latitude")
                .zip(place("longitude"))
                .map(|(latitude, longitude)| format!("[location] {latitude}, {longitude}"))
        }
        (_, Some(inner)) => text(inner, "caption").map(|caption| format!("[{kind}] {caption}")),
        (_, None) => None,
    };
    said.unwrap_or_else(|| format!("[{kind}]"))
}

fn receipt(value: &Value, now: DateTime<Utc>) -> Option<Receipt> {
    Some(Receipt {
        provider_message_id: text(value, "id")?.to_owned(),
        status: status(text(value, "status")?)?,
        at: moment(value.get("timestamp")).unwrap_or(now),
    })
}

/// The provider writes numbers in international form without the plus sign.
fn international(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if number.trim_start().starts_with("00") {
        format!("+{}", digits.trim_start_matches('0'))
    } else {
        format!("+{digits}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(message: &Value) -> Value {
        json!({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": {
            "metadata": {"display_phone_number": "4930901820"},
            "contacts": [{"wa_id": "4915112345678", "profile": {"name": "Ada Lovelace"}}],
            "messages": [message],
        }}]}]})
    }

    fn one(message: &Value) -> Incoming {
        read(&body(message), DateTime::UNIX_EPOCH)
            .unwrap()
            .messages
            .remove(0)
    }

    #[test]
    fn a_text_has_its_person_and_words() {
        let read = one(&json!({
            "id": "wamid.1", "from": "4915112345678", "type": "text", "text": {"body": "Grüße 👋\nzwei"},
            "context": {"id": "wamid.0"},
        }));
        assert_eq!(
            (read.from.as_str(), read.to.as_deref()),
            ("+4915112345678", Some("+4930901820"))
        );
        assert_eq!(
            (read.body.as_str(), read.from_name.as_deref()),
            ("Grüße 👋\nzwei", Some("Ada Lovelace"))
        );
        assert_eq!(read.references, ["wamid.0"]);
    }

    #[test]
    fn what_has_no_words_says_what_it_is() {
        let words = |message: Value| one(&message).body;
        let from = |kind: &str, inner: Value| json!({"id": "1", "from": "1", "type": kind, kind: inner});
        assert_eq!(
            words(from("image", json!({"caption": "broken"}))),
            "[image] broken"
        );
        assert_eq!(words(from("sticker", json!({}))), "[sticker]");
        assert_eq!(
            words(from("location", json!({"latitude": 1.5, "longitude": 2}))),
            "[location] 1.5, 2"
        );
        assert_eq!(
            words(from("interactive", json!({"list_reply": {"title": "Yes"}}))),
            "Yes"
        );
        assert_eq!(
            words(json!({"id": "1", "from": "1", "type": "new_kind"})),
            "[new_kind]"
        );
    }

    #[test]
    fn statuses_are_receipts_and_unknown_ones_are_not() {
        let value = json!({"entry": [{"changes": [{"value": {"statuses": [
            {"id": "a", "status": "delivered", "timestamp": "1763692800"},
            {"id": "b", "status": "warning", "timestamp": "1763692800"},
        ]}}]}]});
        let parcel = read(&value, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(parcel.receipts.len(), 1);
        assert_eq!(parcel.receipts[0].at.timestamp(), 1_763_692_800);
        assert_eq!(
            read(&json!({"entry": []}), DateTime::UNIX_EPOCH),
            Ok(Parcel::default())
        );
        assert!(read(&json!({}), DateTime::UNIX_EPOCH).is_err());
        assert!(read(&body(&json!({"from": "1"})), DateTime::UNIX_EPOCH).is_err());
    }
}
