//! The records and the bodies that the matrix is asked with.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{Days, NaiveDate};
use serde_json::Value;

/// A record of each served object, in an order in which each finds what it refers to. `@account` is the id of the
/// account before it, `@user` a member; `@` alone is a text and `@day` a day that no other record has.
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
        r#"{"currency": "USD", "rate": "1.1", "valid_from": "@day"}"#,
    ),
    (
        "quota",
        r#"{"name": "@", "starts_on": "2026-01-01", "ends_on": "2026-03-31", "amount": {"amount": "10.00", "currency": "EUR"}, "currency": "EUR"}"#,
    ),
    (
        "duplicate_rule",
        r#"{"name": "@", "object": "lead", "criteria": []}"#,
    ),
];

/// Bodies of operations whose empty body would be refused before anybody looks for the record.
pub(super) const BODIES: &[(&str, &str)] = &[
    ("update_article", r#"{"title": "Title"}"#),
    ("update_budget", r#"{"active": true}"#),
    ("update_view", r#"{"name": "@", "object": "lead"}"#),
    ("update_webhook", r#"{"status": "active"}"#),
    ("replay_webhook", r#"{"since": "2026-01-01T00:00:00Z"}"#),
    // With a record that nobody has: a merge that is done would take records away that are asked for later.
    (
        "merge_account",
        r#"{"with": ["00000000-0000-0000-0000-000000000000"]}"#,
    ),
    (
        "merge_contact",
        r#"{"with": ["00000000-0000-0000-0000-000000000000"]}"#,
    ),
    (
        "merge_lead",
        r#"{"with": ["00000000-0000-0000-0000-000000000000"]}"#,
    ),
    (
        "override_lead_score",
        r#"{"probability": 0.5, "reason": "Met them at the fair."}"#,
    ),
    ("qualify_lead", r#"{"score": 70}"#),
    ("decide_approval", r#"{"decision": "approve"}"#),
    ("train_predictive_model", r#"{"kind": "win"}"#),
    ("update_role", r#"{"name": "@"}"#),
    ("update_conversation", r#"{"subject": "Subject"}"#),
    ("post_conversation_message", r#"{"body": "Good morning"}"#),
    (
        "replace_sharing_rule",
        r#"{"name": "@", "object": "lead", "criteria": [], "role_id": "@/v1/roles", "access": "read"}"#,
    ),
];

/// Operations that are not asked, each with the reason.
pub(super) const NOT_ASKED: &[(&str, &str)] = &[
    ("logout", "ends the session that asks; tests/it/http_login.rs"),
    (
        "login",
        "asks for a password, not for a right; tests/it/http_login.rs",
    ),
    ("refresh_tokens", "asks for a token; tests/it/http_login.rs"),
    ("accept_invite", "asks for a token; tests/it/http_members.rs"),
    (
        "reset_password",
        "anybody may ask, and gets a mail; tests/it/http_login.rs",
    ),
    (
        "confirm_reset_password",
        "asks for a token; tests/it/http_login.rs",
    ),
    ("change_password", "asks for a password; tests/it/http_login.rs"),
    ("switch_tenant", "opens another session; tests/it/http_login.rs"),
    ("verify_inbound", "asks for a provider's signature"),
    ("receive_inbound", "asks for a provider's signature"),
];

/// Resources that are no served objects: the path of the collection, and the body that makes one.
pub(super) const RESOURCES: &[(&str, &str)] = &[
    ("/v1/articles", r#"{"title": "Title", "body": "Text."}"#),
    ("/v1/api-keys", r#"{"name": "key", "scopes": ["self:read"]}"#),
    (
        "/v1/budgets",
        r#"{"name": "@", "limit": {"amount": "5", "currency": "USD"}, "period": "day"}"#,
    ),
    ("/v1/roles", r#"{"name": "@", "permissions": {}}"#),
    (
        "/v1/sharing-rules",
        r#"{"name": "@", "object": "lead", "criteria": [], "role_id": "@/v1/roles", "access": "read"}"#,
    ),
    (
        "/v1/webhooks",
        r#"{"url": "https://example.com/hook", "events": ["lead.created"]}"#,
    ),
    ("/v1/conversations", r#"{"channel": "api"}"#),
];

/// Resources that are made elsewhere than they are read: the path of the collection, the path that makes one (with `@` as
/// in bodies), the body, and what tells its id in the answer. A body that is no JSON is a file.
pub(super) const MADE_ELSEWHERE: &[(&str, &str, &str, &str)] = &[
    (
        "/v1/channels",
        "/v1/channels",
        r#"{"channel": "email", "name": "Line", "scheme": "hub", "secret": "a-secret-of-the-provider"}"#,
        "id",
    ),
    (
        "/v1/imports",
        "/v1/imports?object=leads",
        "external_id,last_name\nl1,Reed\n",
        "id",
    ),
    (
        "/v1/invites",
        "/v1/auth/invite",
        r#"{"email": "@mail", "role": "sales"}"#,
        "id",
    ),
    (
        "/v1/messages",
        "/v1/conversations/@/v1/conversations/messages",
        r#"{"body": "Good morning"}"#,
        "id",
    ),
    (
        "/v1/privacy/erasures",
        "/v1/privacy/erasures",
        r#"{"email": "@mail"}"#,
        "id",
    ),
    (
        "/v1/runs",
        "/v1/agents/answer/runs",
        r#"{"input": {"question": "May I return a parcel?"}, "stream": false}"#,
        "run_id",
    ),
];

/// Resources whose records are not made here: they are asked for by an id that nobody has, so that the rights of the
/// caller alone show, and why.
pub(super) const UNMADE: &[(&str, &str)] = &[
    ("/v1/agents", "agents are the same for all"),
    (
        "/v1/custom-schemas",
        "one for each object, which is no id; tests/it/http_custom_schemas.rs",
    ),
    (
        "/v1/me/sessions",
        "opened by signing in; tests/it/http_sessions.rs",
    ),
    (
        "/v1/privacy/exports",
        "a job writes the file, at some moment; tests/it/privacy_*.rs",
    ),
    (
        "/v1/pipeline/questions",
        "belong to whoever saved them; tests/it/pipeline_http.rs",
    ),
    (
        "/v1/predictive-models",
        "a job learns them; tests/it/predict_models.rs",
    ),
    ("/v1/views", "belong to people alone; tests/it/behaviour"),
];

/// A body with its references filled in.
pub(super) fn body(text: &str, made: &BTreeMap<&'static str, String>) -> Value {
    let mut body: Value = serde_json::from_str(text).unwrap();
    for value in body.as_object_mut().unwrap().values_mut() {
        let Some(name) = value.as_str().and_then(|text| text.strip_prefix('@')) else {
            continue;
        };
        *value = match name {
            "" => uuid::Uuid::now_v7().to_string().into(),
            "day" => another_day().into(),
            "mail" => format!("{}@example.com", uuid::Uuid::now_v7()).into(),
            _ => made[name].clone().into(),
        };
    }
    body
}

/// A day that was not given before.
fn another_day() -> String {
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    let start = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
    (start + Days::new(GIVEN.fetch_add(1, Ordering::Relaxed))).to_string()
}
