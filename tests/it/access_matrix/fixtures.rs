//! The records and the bodies that the matrix is asked with.

use std::collections::BTreeMap;

use serde_json::Value;

/// A record of each served object, in an order in which each finds what it refers to. `@account` is the id of the
/// account before it, `@user` a member, `@` alone a text that no other record has.
pub(super) const RECORDS: &[(&str, &str)] = &[
    ("account", r#"{"name": "Account"}"#),
    ("contact", r#"{"last_name": "Contact", "account_id": "@account"}"#),
    ("lead", r#"{"last_name": "Lead", "company": "Lead Ltd"}"#),
    (
        "account_contact_role",
        r#"{"account_id": "@account", "contact_id": "@contact", "role": "influencer"}"#,
    ),
    ("campaign", r#"{"name": "Campaign"}"#),
    (
        "campaign_member",
        r#"{"campaign_id": "@campaign", "lead_id": "@lead"}"#,
    ),
    (
        "engagement_event",
        r#"{"type": "email_opened", "occurred_at": "2026-01-01T00:00:00Z", "contact_id": "@contact"}"#,
    ),
    (
        "pipeline_stage",
        r#"{"name": "@", "position": 9, "probability": 50, "forecast_category": "pipeline"}"#,
    ),
    (
        "opportunity",
        r#"{"name": "Opportunity", "account_id": "@account"}"#,
    ),
    (
        "opportunity_contact_role",
        r#"{"opportunity_id": "@opportunity", "contact_id": "@contact"}"#,
    ),
    (
        "activity",
        r#"{"type": "call", "occurred_at": "2026-01-01T00:00:00Z", "subject": "Call", "account_id": "@account"}"#,
    ),
    ("product", r#"{"name": "Product"}"#),
    ("pricebook", r#"{"name": "@", "currency": "EUR"}"#),
    (
        "pricebook_entry",
        r#"{"pricebook_id": "@pricebook", "product_id": "@product", "unit_price": {"amount": "10.00", "currency": "EUR"}, "currency": "EUR"}"#,
    ),
    ("quote", r#"{"name": "Quote", "opportunity_id": "@opportunity"}"#),
    (
        "quote_line",
        r#"{"quote_id": "@quote", "description": "Line", "quantity": "1", "unit_price": {"amount": "10.00"}}"#,
    ),
    ("contract", r#"{"name": "Contract", "account_id": "@account"}"#),
    (
        "payment",
        r#"{"account_id": "@account", "amount": {"amount": "10.00", "currency": "EUR"}, "currency": "EUR"}"#,
    ),
    ("queue", r#"{"name": "@"}"#),
    ("queue_member", r#"{"queue_id": "@queue", "user_id": "@user"}"#),
    ("sla_policy", r#"{"name": "@", "targets": {}}"#),
    ("case", r#"{"subject": "Case", "account_id": "@account"}"#),
    (
        "consent",
        r#"{"channel": "email", "purpose": "marketing", "status": "granted", "source": "form", "given_at": "2026-01-01T00:00:00Z", "contact_id": "@contact"}"#,
    ),
    (
        "exchange_rate",
        r#"{"currency": "USD", "rate": "1.1", "valid_from": "2026-01-01"}"#,
    ),
    (
        "duplicate_rule",
        r#"{"name": "@", "object": "lead", "criteria": []}"#,
    ),
];

/// Bodies of operations whose empty body would be refused before anybody looks for the record.
pub(super) const BODIES: &[(&str, &str)] = &[];

/// Operations that are not asked, each with the reason.
pub(super) const NOT_ASKED: &[(&str, &str)] = &[];

/// Where the id in a path comes from when it is not that of a served object: the path up to it, and how the record is made.
pub(super) const RESOURCES: &[(&str, &str)] = &[];

/// A body with its references filled in.
pub(super) fn body(text: &str, made: &BTreeMap<&'static str, String>) -> Value {
    let mut body: Value = serde_json::from_str(text).unwrap();
    for value in body.as_object_mut().unwrap().values_mut() {
        let Some(name) = value.as_str().and_then(|text| text.strip_prefix('@')) else {
            continue;
        };
        *value = match name {
            "" => uuid::Uuid::now_v7().to_string().into(),
            _ => made[name].clone().into(),
        };
    }
    body
}
