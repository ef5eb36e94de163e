//! Mail as the webhooks of mail services deliver it: names of fields like Postmark's, like Mailgun's, or plain ones.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use crm_store::inbound::{Incoming, Receipt};
use serde_json::Value;

use super::{Parcel, moment, status, text, text::plain};

/// Reads one mail, or one receipt.
pub(super) fn read(body: &Value, now: DateTime<Utc>) -> Result<Parcel, String> {
    let inner = body
        .get("event-data")
        .or_else(|| body.get("data"))
        .unwrap_or(body);
    if let Some(receipt) = receipt(inner, now) {
        return Ok(Parcel {
            receipts: vec![receipt],
            ..Parcel::default()
        });
    }
    Ok(Parcel {
        messages: vec![mail(inner)?],
        ..Parcel::default()
    })
}

/// Postmark says `RecordType`, Mailgun `event`.
fn receipt(body: &Value, now: DateTime<Utc>) -> Option<Receipt> {
    let word = first(body, &["RecordType", "event", "status"])?;
    let inner = body.get("message").unwrap_or(body);
    let headers = inner.get("headers").unwrap_or(inner);
    let id = first(headers, &["message-id", "MessageID", "message_id"])?;
    Some(Receipt {
        provider_message_id: bare(id),
        status: status(word)?,
        at: moment(body.get("timestamp")).unwrap_or(now),
    })
}

fn mail(body: &Value) -> Result<Incoming, String> {
    let headers = headers(body);
    let header = |name: &str| headers.get(name).map(String::as_str);
    let id = header("message-id").or_else(|| first(body, &["Message-Id", "message_id", "MessageID"]));
    let id = id.ok_or("message_id: is required")?;
    let said = match body.get("FromFull").or_else(|| body.get("from")) {
        Some(full @ Value::Object(_)) => {
            let name = first(full, &["Name", "name"]);
            first(full, &["Email", "email", "address"])
                .map(|address| (address.to_owned(), name.map(str::to_owned)))
        }
        _ => first(body, &["from", "From", "sender"])
            .or_else(|| header("from"))
            .and_then(mailbox),
    };
    let (from, from_name) = said.ok_or("from: must be an e-mail address")?;
    let to = first(body, &["recipient", "OriginalRecipient", "to", "To"]).or_else(|| header("to"));
    let mut references: Vec<String> =
        ids(first(body, &["References", "references"]).or_else(|| header("references")));
    if let Some(Value::Array(list)) = body.get("references") {
        references = list.iter().filter_map(Value::as_str).map(bare).collect();
    }
    let answered = first(body, &["In-Reply-To", "in_reply_to"]).or_else(|| header("in-reply-to"));
    for id in ids(answered) {
        references.retain(|known| *known != id);
        references.push(id);
    }
    let words = first(
        body,
        &[
            "stripped-text",
            "StrippedTextReply",
            "body-plain",
            "TextBody",
            "text",
        ],
    );
    let words = words
        .map(str::to_owned)
        .or_else(|| first(body, &["stripped-html", "body-html", "HtmlBody", "html"]).map(plain));
    let automatic = header("auto-submitted").is_some_and(|word| !word.eq_ignore_ascii_case("no"))
        || header("precedence").is_some_and(|word| word.eq_ignore_ascii_case("auto_reply"));
    Ok(Incoming {
        provider_message_id: bare(id),
        from,
        from_name,
        to: to.and_then(mailbox).map(|(address, _)| address),
        subject: first(body, &["Subject", "subject"])
            .or_else(|| header("subject"))
            .map(str::to_owned),
        body: words.unwrap_or_default(),
        references,
        is_automatic: automatic,
    })
}

fn first<'v>(body: &'v Value, keys: &[&str]) -> Option<&'v str> {
    keys.iter().find_map(|key| text(body, key))
}

/// The headers by name in lower case: lists of `{Name, Value}`, lists of pairs (also as text), or an object.
fn headers(body: &Value) -> HashMap<String, String> {
    let parsed;
    let given = ["Headers", "message-headers", "headers"]
        .iter()
        .find_map(|key| body.get(key));
    let given = match given {
        Some(Value::String(text)) => {
            parsed = serde_json::from_str(text).unwrap_or(Value::Null);
            &parsed
        }
        Some(given) => given,
        None => return HashMap::new(),
    };
    let pairs: Vec<(&str, &str)> = match given {
        Value::Array(list) => list
            .iter()
            .filter_map(|entry| match entry {
                Value::Array(pair) => Some((pair.first()?.as_str()?, pair.get(1)?.as_str()?)),
                entry => Some((
                    first(entry, &["Name", "name"])?,
                    first(entry, &["Value", "value"])?,
                )),
            })
            .collect(),
        Value::Object(map) => map
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect(),
        _ => Vec::new(),
    };
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

/// `Ada <ada@example.com>` or the bare address.
fn mailbox(said: &str) -> Option<(String, Option<String>)> {
    let (name, address) = match said.rsplit_once('<') {
        Some((name, rest)) => (
            name.trim().trim_matches('"').trim(),
            rest.split('>').next().unwrap_or_default(),
        ),
        None => ("", said),
    };
    let address = address.split(',').next().unwrap_or_default().trim();
    let (local, domain) = address.rsplit_once('@')?;
    let fine = !local.is_empty()
        && domain.contains('.')
        && address.len() <= 320
        && !address.chars().any(|c| c.is_whitespace() || c.is_control());
    fine.then(|| (address.to_owned(), (!name.is_empty()).then(|| name.to_owned())))
}

/// The ids of a header, which stand in angle brackets.
fn ids(said: Option<&str>) -> Vec<String> {
    said.unwrap_or_default()
        .split_whitespace()
        .map(bare)
        .filter(|id| !id.is_empty())
        .collect()
}

fn bare(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

#[cfg(test)]
mod tests {
    use crm_store::messages::DeliveryStatus;
    use serde_json::json;

    use super::*;

    fn one(body: &Value) -> Incoming {
        read(body, DateTime::UNIX_EPOCH).unwrap().messages.remove(0)
    }

    #[test]
    fn reads_what_postmark_posts() {
        let read = one(&json!({
            "FromFull": {"Email": "ada@example.com", "Name": "Ada Lovelace"}, "From": "ada@example.com",
            "To": "\"Help\" <help@acme.example>", "Subject": "Grüße", "MessageID": "73e6d360-66eb-11e1",
            "TextBody": "long\n> quoted", "StrippedTextReply": "long",
            "Headers": [
                {"Name": "Message-ID", "Value": "<b@example.com>"},
                {"Name": "References", "Value": "<0@x> <a@acme.example>"},
                {"Name": "In-Reply-To", "Value": "<a@acme.example>"},
            ],
        }));
        assert_eq!(read.provider_message_id, "b@example.com");
        assert_eq!(
            (read.from.as_str(), read.from_name.as_deref()),
            ("ada@example.com", Some("Ada Lovelace"))
        );
        assert_eq!(
            (read.to.as_deref(), read.body.as_str()),
            (Some("help@acme.example"), "long")
        );
        assert_eq!(read.references, ["0@x", "a@acme.example"]);
        assert!(!read.is_automatic);
    }

    #[test]
    fn reads_what_mailgun_posts() {
        let read = one(&json!({
            "sender": "ada@example.com", "from": "Ada <ada@example.com>", "recipient": "help@acme.example",
            "subject": "Hi", "body-html": "<p>Hello &amp; <b>bye</b></p>", "Message-Id": "<m@example.com>",
            "In-Reply-To": "<a@x>", "message-headers": "[[\"Auto-Submitted\", \"auto-replied\"]]",
        }));
        assert_eq!(
            (read.provider_message_id.as_str(), read.body.as_str()),
            ("m@example.com", "Hello & bye")
        );
        assert_eq!(read.references, ["a@x"]);
        assert!(read.is_automatic);
    }

    #[test]
    fn reads_plain_fields_and_refuses_what_is_no_mail() {
        let read = one(&json!({
            "message_id": "m1", "from": {"address": "ada@example.com", "name": "Ada"}, "subject": "x", "text": "y",
            "references": ["<p>", "<q>"], "in_reply_to": "<p>",
        }));
        assert_eq!(read.references, ["q", "p"], "what is answered stands last");
        for bad in [
            json!({}),
            json!({"message_id": "m"}),
            json!({"message_id": "m", "from": "nobody"}),
            json!([]),
        ] {
            assert!(super::read(&bad, DateTime::UNIX_EPOCH).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_receipts() {
        let receipts = |body: Value| super::read(&body, DateTime::UNIX_EPOCH).unwrap().receipts;
        let postmark = receipts(json!({"RecordType": "Delivery", "MessageID": "abc"}));
        assert_eq!(
            (postmark[0].provider_message_id.as_str(), postmark[0].status),
            ("abc", DeliveryStatus::Delivered)
        );
        let mailgun = receipts(json!({"event-data": {
            "event": "opened", "timestamp": 1_763_692_800.5, "message": {"headers": {"message-id": "m@x"}},
        }}));
        assert_eq!(
            (mailgun[0].provider_message_id.as_str(), mailgun[0].status),
            ("m@x", DeliveryStatus::Read)
        );
        assert_eq!(mailgun[0].at.timestamp(), 1_763_692_800);
    }
}
