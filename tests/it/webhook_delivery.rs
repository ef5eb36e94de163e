//! Webhooks from the change of a record to the receiver's answer, over real HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    http_support::{Api, problem},
    webhook_support::{LONG, Receiver, Reply},
};

/// Short pauses, so that retries come within a test.
const QUICK: &[(&str, &str)] = &[
    ("CRM_AI__WORKER__POLL", "1s"),
    ("CRM_AI__WEBHOOKS__FIRST_RETRY", "1ms"),
    ("CRM_AI__WEBHOOKS__LONGEST_RETRY", "10ms"),
    ("CRM_AI__WEBHOOKS__TIMEOUT", "1s"),
    // A test asks again and again until something has come to be.
    ("CRM_AI__RATE_LIMIT__PER_SECOND", "100000"),
    ("CRM_AI__RATE_LIMIT__BURST", "100000"),
    ("CRM_AI__RATE_LIMIT__TENANT_PER_SECOND", "100000"),
    ("CRM_AI__RATE_LIMIT__TENANT_BURST", "100000"),
];

async fn api(allow_private: bool, more: &[(&str, &str)]) -> Api {
    let allow = [(
        "CRM_AI__WEBHOOKS__ALLOW_PRIVATE",
        if allow_private { "true" } else { "false" },
    )];
    let settings: Vec<_> = QUICK.iter().chain(&allow).chain(more).copied().collect();
    Api::with(Vec::new(), &settings).await
}

async fn json_of(response: reqwest::Response) -> Value {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Makes a webhook and returns its id and secret.
async fn webhook(api: &Api, url: &str, events: &[&str]) -> (String, String) {
    let made = json_of(
        api.post("/v1/webhooks", &json!({"url": url, "events": events}))
            .await,
    )
    .await;
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

/// Begins a conversation: the event `conversation.created`.
async fn conversation(api: &Api) -> String {
    let made = json_of(
        api.post(
            "/v1/conversations",
            &json!({"channel": "email", "subject": "Grüße 👋"}),
        )
        .await,
    )
    .await;
    made["id"].as_str().unwrap().to_owned()
}

async fn say(api: &Api, conversation: &str, body: &str) -> String {
    let path = format!("/v1/conversations/{conversation}/messages");
    let made = json_of(api.post(&path, &json!({ "body": body })).await).await;
    made["id"].as_str().unwrap().to_owned()
}

/// The deliveries of a webhook once they are as wanted.
async fn deliveries(api: &Api, webhook: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let path = format!("/v1/webhooks/{webhook}/deliveries");
    let looked = timeout(LONG, async {
        loop {
            let page = json_of(api.get(&path).await).await;
            let found = page["data"].as_array().unwrap().clone();
            if wanted(&found) {
                return found;
            }
        }
    });
    looked.await.expect("the deliveries come to be so")
}

fn all_are(state: &'static str) -> impl Fn(&[Value]) -> bool {
    move |found| !found.is_empty() && found.iter().all(|delivery| delivery["state"] == state)
}

#[tokio::test]
async fn a_change_is_told_once_with_a_signature_that_anybody_can_check() {
    let api = api(true, &[]).await;
    let receiver = Receiver::start([]).await;
    let (id, secret) = webhook(&api, &receiver.url(), &["message.created", "lead.*"]).await;
    let conversation = conversation(&api).await;
    let message = say(&api, &conversation, "Guten Tag").await;
    let calls = receiver.calls(1).await;
    assert_eq!(calls[0].signed_by(&secret), 1);
    let body = calls[0].json();
    assert_eq!(
        (&body["type"], &body["data"]["id"]),
        (&json!("message.created"), &json!(message))
    );
    assert_eq!(body["data"]["refs"]["conversation_id"], conversation);
    assert!(
        !String::from_utf8(calls[0].body.clone())
            .unwrap()
            .contains("Guten Tag"),
        "ids, no values"
    );
    let found = deliveries(&api, &id, all_are("delivered")).await;
    assert_eq!(found.len(), 1, "the conversation itself was not asked for");
    assert_eq!(found[0]["webhook_id"], calls[0].id);
    assert_eq!(
        (&found[0]["status"], &found[0]["attempts"]),
        (&json!(200), &json!(1))
    );
    assert_eq!(found[0]["log"][0]["answer"], "told");
    assert!(found[0]["latency_ms"].as_i64().unwrap() < 1_000);
    assert_eq!(receiver.so_far(), 1);
    api.end().await;
}

#[tokio::test]
async fn a_failed_event_comes_again_under_its_id_until_it_is_taken() {
    let api = api(true, &[]).await;
    let script = [
        Reply::Status(500),
        Reply::RetryAfter(503, "1"),
        Reply::Hang,
        Reply::Redirect("http://169.254.169.254/latest/meta-data/"),
    ];
    let receiver = Receiver::start(script).await;
    let (id, secret) = webhook(&api, &receiver.url(), &["conversation.created"]).await;
    conversation(&api).await;
    let found = deliveries(&api, &id, all_are("delivered")).await;
    let calls = receiver.calls(5).await;
    assert_eq!(calls.len(), 5);
    for call in &calls {
        assert_eq!(
            (call.signed_by(&secret), &call.id, &call.body),
            (1, &calls[0].id, &calls[0].body)
        );
    }
    let log = found[0]["log"].as_array().unwrap();
    let statuses: Vec<_> = log.iter().map(|entry| entry["status"].clone()).collect();
    assert_eq!(
        statuses,
        [json!(500), json!(503), Value::Null, json!(302), json!(200)]
    );
    assert_eq!(log[2]["error"], "no answer in time");
    assert!(
        log[3]["error"]
            .as_str()
            .unwrap()
            .contains("redirects are not followed")
    );
    let asked = |n: usize| {
        log[n]["at"]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    assert!(
        (asked(2) - asked(1)).num_milliseconds() >= 1_000,
        "Retry-After is honoured"
    );
    let webhook = json_of(api.get(&format!("/v1/webhooks/{id}")).await).await;
    assert_eq!(
        (&webhook["failures"], &webhook["status"]),
        (&json!(0), &json!("active"))
    );
    api.end().await;
}

#[tokio::test]
async fn private_addresses_are_refused_as_text_and_as_names() {
    let api = api(false, &[("CRM_AI__WEBHOOKS__ATTEMPTS", "1")]).await;
    let receiver = Receiver::start([]).await;
    for bad in [
        receiver.url(),
        "http://[::ffff:127.0.0.1]/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://2130706433/".to_owned(),
        "ftp://example.com/".to_owned(),
        "https://user:pass@example.com/".to_owned(),
    ] {
        let response = api
            .post("/v1/webhooks", &json!({"url": bad, "events": ["*"]}))
            .await;
        let body = problem(response, 422, "invalid").await;
        assert_eq!(body["errors"][0]["pointer"], "/url", "{bad}");
    }
    // A name says nothing until it is resolved.
    let name = format!("http://localhost:{}/hook", receiver.port);
    let (id, _) = webhook(&api, &name, &["conversation.created"]).await;
    conversation(&api).await;
    let found = deliveries(&api, &id, all_are("failed")).await;
    let error = found[0]["error"].as_str().unwrap();
    assert!(error.ends_with("is not public"), "{error}");
    assert_eq!(receiver.so_far(), 0);
    api.end().await;
}

#[tokio::test]
async fn an_endpoint_that_keeps_failing_is_disabled_and_starts_afresh_when_told_so() {
    let api = api(true, &[("CRM_AI__WEBHOOKS__DISABLE_AFTER", "3")]).await;
    let receiver = Receiver::start([Reply::Status(500), Reply::Status(404), Reply::Status(500)]).await;
    let (id, _) = webhook(&api, &receiver.url(), &["conversation.created"]).await;
    conversation(&api).await;
    let path = format!("/v1/webhooks/{id}");
    let disabled = timeout(LONG, async {
        loop {
            let found = json_of(api.get(&path).await).await;
            if found["status"] == "disabled" {
                return found;
            }
        }
    });
    let disabled = disabled.await.unwrap();
    assert!(
        disabled["disabled_reason"]
            .as_str()
            .unwrap()
            .contains("3 attempts in a row failed")
    );
    let owner = api.db.owner().await;
    let noted: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE action = 'disable' AND object = 'webhook'")
            .fetch_one(&owner)
            .await
            .unwrap();
    assert_eq!(noted, 1);
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM security_events WHERE kind = 'webhook_disabled'")
            .fetch_one(&owner)
            .await
            .unwrap();
    assert_eq!(seen, 1);
    // Nothing is written down for it meanwhile, and what waits is told when it is active again.
    conversation(&api).await;
    assert_eq!(deliveries(&api, &id, |_| true).await.len(), 1);
    let active = json!({"status": "active"});
    json_of(
        api.request(Method::PATCH, &path)
            .json(&active)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let found = deliveries(&api, &id, all_are("delivered")).await;
    assert_eq!((found.len(), &found[0]["attempts"]), (1, &json!(4)));
    api.end().await;
}

#[tokio::test]
async fn events_are_replayed_under_their_old_ids() {
    let api = api(true, &[("CRM_AI__WEBHOOKS__ATTEMPTS", "1")]).await;
    let receiver = Receiver::start([Reply::Status(200), Reply::Status(500)]).await;
    let (id, _) = webhook(&api, &receiver.url(), &["conversation.created"]).await;
    conversation(&api).await;
    deliveries(&api, &id, all_are("delivered")).await;
    conversation(&api).await;
    let ended =
        |found: &[Value]| found.len() == 2 && found.iter().all(|delivery| delivery["state"] != "pending");
    let found = deliveries(&api, &id, ended).await;
    assert_eq!(
        (&found[0]["state"], &found[1]["state"]),
        (&json!("failed"), &json!("delivered"))
    );
    let path = format!("/v1/webhooks/{id}/replay");
    // One by its id.
    let one = json_of(api.post(&path, &json!({"delivery_ids": [found[1]["id"]]})).await).await;
    assert_eq!(one["replayed"], 1);
    // Those that failed of a span.
    let span = json!({"since": found[1]["created_at"], "state": "failed"});
    assert_eq!(json_of(api.post(&path, &span).await).await["replayed"], 1);
    let calls = receiver.calls(4).await;
    let mut ids: Vec<&str> = calls.iter().map(|call| call.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2, "four calls, two events");
    let replayed = deliveries(&api, &id, |found| {
        found.len() == 4 && found.iter().filter(|d| d["state"] == "delivered").count() == 3
    })
    .await;
    assert!(
        replayed
            .iter()
            .any(|delivery| delivery["replay_of"] == found[0]["id"])
    );
    let strange = json!({"delivery_ids": [uuid::Uuid::now_v7()]});
    problem(api.post(&path, &strange).await, 422, "invalid").await;
    problem(api.post(&path, &json!({})).await, 422, "invalid").await;
    api.end().await;
}

#[tokio::test]
async fn during_a_change_of_secrets_both_sign() {
    let api = api(true, &[]).await;
    let receiver = Receiver::start([]).await;
    let (id, old) = webhook(&api, &receiver.url(), &["*"]).await;
    let path = format!("/v1/webhooks/{id}/rotate-secret");
    let rotated = json_of(api.post(&path, &json!({"overlap_hours": 1})).await).await;
    let new = rotated["secret"].as_str().unwrap().to_owned();
    conversation(&api).await;
    let calls = receiver.calls(1).await;
    assert_eq!((calls[0].signed_by(&old), calls[0].signed_by(&new)), (1, 1));
    let last = json_of(api.post(&path, &json!({"overlap_hours": 0})).await).await;
    let last = last["secret"].as_str().unwrap();
    deliveries(&api, &id, all_are("delivered")).await;
    conversation(&api).await;
    let calls = receiver.calls(2).await;
    assert_eq!((calls[1].signed_by(&new), calls[1].signed_by(last)), (0, 1));
    // The secret is nowhere in clear.
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT secret_sealed FROM webhook_endpoints")
        .fetch_one(&api.db.owner().await)
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("whsec_"));
    api.end().await;
}

#[tokio::test]
async fn webhooks_are_changed_with_care_and_by_their_tenant_alone() {
    let api = api(true, &[]).await;
    let (id, _) = webhook(&api, "https://example.com/hook", &["case.*"]).await;
    let path = format!("/v1/webhooks/{id}");
    let stale = api
        .request(Method::PATCH, &path)
        .header("if-match", "\"7\"")
        .json(&json!({"description": "x"}))
        .send()
        .await
        .unwrap();
    problem(stale, 412, "stale").await;
    let wrong = api
        .post(
            "/v1/webhooks",
            &json!({"url": "https://example.com", "events": ["spaceship.launched"]}),
        )
        .await;
    let body = problem(wrong, 422, "invalid").await;
    assert_eq!(body["errors"][0]["pointer"], "/events/0");
    let (other, _) = api.db.tenant("other").await;
    let key = api.db.key(&other).await.secret;
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::GET, format!("{path}/deliveries")),
    ] {
        let response = api
            .anonymous(method, &path)
            .bearer_auth(&key)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let deleted = api.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(api.get(&path).await.status(), StatusCode::NOT_FOUND);
    api.end().await;
}
