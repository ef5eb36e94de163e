//! Alerts on saved questions: seen with the rights of their owner, told once for each crossing.

use chrono::{DateTime, Utc};
use crm_tests::harness::until;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    feed_http::Follower,
    http_people::{PASSWORD, People, login},
    http_support::Api,
    webhook_support::{Receiver, Reply},
};

const SETTINGS: &[(&str, &str)] = &[
    ("CRM_AI__WEBHOOKS__ALLOW_PRIVATE", "true"),
    ("CRM_AI__WORKER__POLL", "1s"),
];

async fn save(api: &Api, tokens: &Value, name: &str, value: &str) -> Value {
    let body = json!({
        "name": name,
        "query": {"entity": "opportunities", "measures": ["count"]},
        "alert": {"measure": "count", "op": "gte", "value": value},
    });
    let made = api
        .as_person(tokens, Method::POST, "/v1/pipeline/questions")
        .json(&body)
        .send()
        .await
        .unwrap();
    made.json().await.unwrap()
}

/// Waits until every question was looked at after a moment.
async fn looked(api: &Api, after: DateTime<Utc>, wanted: i64) {
    let owner = api.db.owner().await;
    until("the alerts", async || {
        let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM saved_questions WHERE alert_looked_at > $1")
            .bind(after)
            .fetch_one(&owner)
            .await
            .unwrap();
        (seen >= wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_alert_sees_what_its_owner_sees_and_tells_once() {
    let api = Api::with(Vec::new(), SETTINGS).await;
    let receiver = Receiver::start([Reply::Status(204)]).await;
    let hook = json!({"url": receiver.url(), "events": ["pipeline.alert"]});
    assert_eq!(api.post("/v1/webhooks", &hook).await.status(), 201);
    for (email, count) in [("rep@acme.test", 2), ("other@acme.test", 1)] {
        api.member(email, "sales").await;
        let tokens = login(&api, email, PASSWORD).await;
        let me: Value = api.get_as(&tokens, "/v1/me").await.json().await.unwrap();
        for n in 0..count {
            let deal = json!({"name": format!("Deal {n}"), "close_date": "2030-06-30", "owner_id": me["actor"]["id"]});
            let made = api
                .as_person(&tokens, Method::POST, "/v1/opportunities")
                .json(&deal);
            assert_eq!(made.send().await.unwrap().status(), 201);
        }
    }
    let rep = login(&api, "rep@acme.test", PASSWORD).await;
    let began = DateTime::<Utc>::UNIX_EPOCH;
    // There are three deals, of which the rep sees two.
    save(&api, &rep, "All", "3").await;
    looked(&api, began, 1).await;
    let own = save(&api, &rep, "Own", "2").await;
    looked(&api, began, 2).await;
    let calls = receiver.calls(1).await;
    let told = calls[0].json();
    assert_eq!(
        (&told["type"], &told["data"]["id"], &told["data"]["fields"]),
        (&json!("pipeline.alert"), &own["id"], &json!(["count"])),
        "{told}"
    );

    // Looked at again, it is still beyond: nothing new to tell.
    let id: Uuid = own["id"].as_str().unwrap().parse().unwrap();
    let before: DateTime<Utc> =
        sqlx::query_scalar("SELECT alert_looked_at FROM saved_questions WHERE id = $1")
            .bind(id)
            .fetch_one(&api.db.owner().await)
            .await
            .unwrap();
    let changed = api
        .as_person(&rep, Method::PATCH, &format!("/v1/pipeline/questions/{id}"))
        .header("if-match", "\"1\"")
        .json(&json!({"pinned": true}));
    assert_eq!(changed.send().await.unwrap().status(), 200);
    looked(&api, before, 1).await;
    let deliveries: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries")
        .fetch_one(&api.db.owner().await)
        .await
        .unwrap();
    assert_eq!(deliveries, 1);
    api.end().await;
}

/// The feed of somebody, from now on.
async fn follow(api: &Api, tokens: &Value, query: &str) -> Follower {
    let mut feed = Follower::of(api.get_as(tokens, &format!("/v1/feed{query}")).await);
    assert_eq!(feed.next().await.name, "ready");
    feed
}

#[tokio::test]
async fn an_alert_reaches_its_owners_feed_and_nobody_elses() {
    let api = Api::with(Vec::new(), SETTINGS).await;
    for (email, role) in [("rep@acme.test", "sales"), ("boss@acme.test", "admin")] {
        api.member(email, role).await;
    }
    let rep = login(&api, "rep@acme.test", PASSWORD).await;
    let boss = login(&api, "boss@acme.test", PASSWORD).await;
    let mut own = follow(&api, &rep, "?objects=pipeline").await;
    let mut all = follow(&api, &rep, "").await;
    let mut others = follow(&api, &boss, "").await;
    let saved = save(&api, &rep, "None at all", "0").await;
    let heard = own.next().await;
    assert_eq!(
        (
            heard.name.as_str(),
            &heard.data["id"],
            &heard.data["fields"],
            &heard.data["object"]
        ),
        (
            "pipeline.alert",
            &saved["id"],
            &json!(["count"]),
            &json!("pipeline")
        )
    );
    assert!(heard.data.get("value").is_none(), "no number: {heard:?}");
    assert_eq!(all.next().await.name, "pipeline.alert");
    // The next that an administrator hears is what came after it.
    let lead = json!({"last_name": "Lovelace", "company": "Engines"});
    assert_eq!(api.post("/v1/leads", &lead).await.status(), 201);
    assert_eq!(others.next().await.name, "lead.created");
    // What the look found is told with the question, to its owner.
    let path = format!("/v1/pipeline/questions/{}", saved["id"].as_str().unwrap());
    let told: Value = api.get_as(&rep, &path).await.json().await.unwrap();
    assert_eq!(told["alert_state"]["beyond"], true, "{told}");
    drop((own, all, others));
    api.end().await;
}

/// Has the alert looked at once more, and waits until it was.
async fn look_again(api: &Api) {
    let owner = api.db.owner().await;
    sqlx::query("UPDATE jobs SET run_at = now() WHERE kind = 'pipeline_alert' AND state = 'ready'")
        .execute(&owner)
        .await
        .unwrap();
    until("another look", async || {
        let waits: Option<bool> = sqlx::query_scalar(
            "SELECT bool_and(state = 'ready' AND run_at > now()) FROM jobs \
             WHERE kind = 'pipeline_alert' AND state IN ('ready', 'leased')",
        )
        .fetch_one(&owner)
        .await
        .unwrap();
        waits.unwrap_or(false).then_some(())
    })
    .await;
}

async fn set_measure(api: &Api, measure: &str) {
    sqlx::query("UPDATE saved_questions SET query = jsonb_set(query, '{measures,0}', to_jsonb($1::text))")
        .bind(measure)
        .execute(&api.db.owner().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_alert_that_cannot_be_looked_at_any_more_says_why_and_tells_once() {
    let api = Api::with(Vec::new(), SETTINGS).await;
    api.member("rep@acme.test", "sales").await;
    let rep = login(&api, "rep@acme.test", PASSWORD).await;
    let mut feed = follow(&api, &rep, "?objects=pipeline").await;
    let saved = save(&api, &rep, "None at all", "0").await;
    assert_eq!(feed.next().await.name, "pipeline.alert");
    let path = format!("/v1/pipeline/questions/{}", saved["id"].as_str().unwrap());
    let state = async || {
        let told: Value = api.get_as(&rep, &path).await.json().await.unwrap();
        told["alert_state"].clone()
    };
    let well = state().await;
    assert_eq!((&well["beyond"], &well["failure"]), (&json!(true), &Value::Null));
    // The measure goes, as an entry of the organisation's vocabulary can.
    set_measure(&api, "gone").await;
    look_again(&api).await;
    let failed = state().await;
    assert_eq!(failed["failure"], "query", "{failed}");
    assert!(failed["failed_at"].is_string(), "{failed}");
    // When it was last read it was so, and nothing says that it still is.
    assert_eq!(failed["at"], well["at"], "{failed}");
    let heard = feed.next().await;
    assert_eq!(
        (heard.name.as_str(), &heard.data["id"], &heard.data["fields"]),
        ("pipeline.alert_failed", &saved["id"], &json!(["count"]))
    );
    look_again(&api).await;
    assert_eq!(
        state().await["failed_at"],
        failed["failed_at"],
        "since the first time"
    );
    let told = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM feed_events WHERE object = 'pipeline'")
            .fetch_one(&api.db.owner().await)
            .await
            .unwrap()
    };
    assert_eq!(told().await, 2, "once each");
    // Mended, it is looked at as before: the number is where it was, which is nothing new.
    set_measure(&api, "count").await;
    look_again(&api).await;
    let mended = state().await;
    assert_eq!(
        (&mended["beyond"], &mended["failure"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(told().await, 2);
    drop(feed);
    api.end().await;
}
