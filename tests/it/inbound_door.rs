//! Who is let in: whose signature is right, and nobody else.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    http_support::{Api, problem},
    inbound_support::{Provider, SECRET, all, hub, mail, whatsapp},
};

#[tokio::test]
async fn a_wrong_signature_is_refused_whatever_is_wrong_with_it() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    let body = whatsapp("wamid.1", "4915112345678", "Ada", "Hi")
        .to_string()
        .into_bytes();
    let right = hub(SECRET, &body);
    let mut details = Vec::new();
    for wrong in [
        hub("another-secret-0123456789", &body),
        right.replace("sha256=", ""),
        right.replace("sha256=", "sha1="),
        right[..right.len() - 2].to_owned(),
        "sha256=".to_owned(),
        "sha256=zz".to_owned(),
        String::new(),
    ] {
        let refused = problem(line.post_signed(&body, &wrong).await, 401, "unauthenticated").await;
        details.push(refused["detail"].clone());
    }
    let mut changed = body.clone();
    *changed.last_mut().unwrap() = b' ';
    details.push(
        problem(line.post_signed(&changed, &right).await, 401, "unauthenticated").await["detail"].clone(),
    );
    // What is not JSON is not looked at before the signature.
    details
        .push(problem(line.post_signed(b"{", &right).await, 401, "unauthenticated").await["detail"].clone());
    let unsigned = api
        .anonymous(Method::POST, &line.path)
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    details.push(problem(unsigned, 401, "unauthenticated").await["detail"].clone());
    details.dedup();
    assert_eq!(details.len(), 1, "one answer for all");
    assert_eq!(all(&api, "/v1/conversations").await.len(), 0);
    // Signed, but no message.
    problem(line.post_signed(b"{", &hub(SECRET, b"{")).await, 400, "malformed").await;
    problem(line.post_signed(b"{}", &hub(SECRET, b"{}")).await, 422, "invalid").await;
    api.end().await;
}

#[tokio::test]
async fn unknown_and_closed_doors_are_not_there() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    let site = line.path.rsplit('/').next().unwrap().to_owned();
    for path in [
        "/v1/inbound/whatsapp/nobody".to_owned(),
        format!("/v1/inbound/email/{site}"),
        format!("/v1/inbound/pigeon/{site}"),
        format!("/v1/inbound/whatsapp/{}", "x".repeat(500)),
    ] {
        let body = b"{}";
        let response = api
            .anonymous(Method::POST, &path)
            .header("x-hub-signature-256", hub(SECRET, body))
            .body(&body[..])
            .send()
            .await
            .unwrap();
        problem(response, 404, "not-found").await;
    }
    let channels = all(&api, "/v1/channels").await;
    let path = format!("/v1/channels/{}", channels[0]["id"].as_str().unwrap());
    let closed = api
        .request(Method::PATCH, &path)
        .json(&json!({"enabled": false}))
        .send()
        .await
        .unwrap();
    assert_eq!(closed.status(), StatusCode::OK);
    problem(
        line.post_signed(b"{}", &hub(SECRET, b"{}")).await,
        404,
        "not-found",
    )
    .await;
    let large = vec![b'x'; 4 * 1024 * 1024 + 1];
    json_patch(&api, &path, json!({"enabled": true})).await;
    let refused = line.post_signed(&large, "sha256=00").await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    api.end().await;
}

async fn json_patch(api: &Api, path: &str, body: Value) -> Value {
    let response = api.request(Method::PATCH, path).json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

#[tokio::test]
async fn the_providers_question_is_answered_when_it_knows_the_token() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    let ask = async |token: &str, mode: &str, challenge: &str| {
        api.anonymous(Method::GET, &line.path)
            .query(&[
                ("hub.mode", mode),
                ("hub.verify_token", token),
                ("hub.challenge", challenge),
            ])
            .send()
            .await
            .unwrap()
    };
    let right = ask(&line.verify_token, "subscribe", "1158201444").await;
    assert_eq!(right.status(), StatusCode::OK);
    assert!(
        right.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
    assert_eq!(right.text().await.unwrap(), "1158201444");
    for token in ["", "wrong", &line.verify_token[1..]] {
        problem(ask(token, "subscribe", "1").await, 401, "unauthenticated").await;
    }
    problem(
        ask(&line.verify_token, "unsubscribe", "1").await,
        401,
        "unauthenticated",
    )
    .await;
    problem(
        ask(&line.verify_token, "subscribe", "<script>").await,
        422,
        "invalid",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn mail_services_sign_in_their_own_ways() {
    let api = Api::new().await;
    // Standard Webhooks, with a secret that was made here.
    let new = json!({"channel": "email", "name": "Inbox", "scheme": "standard"});
    let made: Value = api.post("/v1/channels", &new).await.json().await.unwrap();
    let secret = crm_store::webhooks::SigningSecret::parse(made["secret"].as_str().unwrap()).unwrap();
    let path = made["path"].as_str().unwrap();
    let body = mail("s1@x", "ada@example.com", "Hi", "standard", &[]).to_string();
    let now = crm_store::Clock::now(&crm_store::SystemClock);
    let post = async |at: chrono::DateTime<chrono::Utc>, body: String| {
        let signature =
            crm_store::webhooks::signature(std::slice::from_ref(&secret), "msg_1", at, body.as_bytes());
        api.anonymous(Method::POST, path)
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", at.timestamp())
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await
            .unwrap()
    };
    assert_eq!(post(now, body.clone()).await.status(), StatusCode::OK);
    let old = now - chrono::TimeDelta::minutes(6);
    assert_eq!(
        post(old, body).await.status(),
        StatusCode::UNAUTHORIZED,
        "replayed too late"
    );

    // Mailgun: the signature is in the body.
    let inbox = Provider::new(&api, "email", json!({"scheme": "mailgun"})).await;
    let signed = |at: i64, text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{at}token").as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        json!({
            "signature": {"timestamp": at.to_string(), "token": "token", "signature": signature},
            "sender": "ada@example.com", "recipient": "help@acme.example", "subject": "Hi", "body-plain": text,
            "Message-Id": "<g1@x>",
        })
    };
    let good = signed(now.timestamp(), "mailgun").to_string();
    assert_eq!(
        inbox.post_signed(good.as_bytes(), "").await.status(),
        StatusCode::OK
    );
    let late = signed(old.timestamp(), "late").to_string();
    assert_eq!(
        inbox.post_signed(late.as_bytes(), "").await.status(),
        StatusCode::UNAUTHORIZED
    );
    // A channel that wants one way takes no other.
    let hubbed = hub(SECRET, b"{}");
    assert_eq!(
        inbox.post_signed(b"{}", &hubbed).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(all(&api, "/v1/conversations").await.len(), 2);
    api.end().await;
}

#[tokio::test]
async fn secrets_of_channels_are_sealed_and_never_told_again() {
    let api = Api::new().await;
    Provider::new(&api, "whatsapp", json!({})).await;
    let listed = api.get("/v1/channels").await.text().await.unwrap();
    assert!(!listed.contains(SECRET) && !listed.contains("verify_token"));
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT secret_sealed FROM channel_configs")
        .fetch_one(&api.db.owner().await)
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains(SECRET));
    for bad in [
        json!({"channel": "whatsapp", "name": "x", "scheme": "hub"}),
        json!({"channel": "whatsapp", "name": "x", "scheme": "hub", "secret": "short"}),
        json!({"channel": "pigeon", "name": "x", "scheme": "hub", "secret": SECRET}),
        json!({"channel": "email", "name": "", "scheme": "standard"}),
        json!({"channel": "email", "name": "x", "scheme": "standard", "default_country": "Germany"}),
    ] {
        problem(api.post("/v1/channels", &bad).await, 422, "invalid").await;
    }
    api.end().await;
}

/// Switches features on and off.
async fn switch(api: &Api, features: Value) {
    let read = api.get("/v1/settings").await;
    let changed = api
        .request(Method::PATCH, "/v1/settings")
        .header("if-match", read.headers()["etag"].clone())
        .json(&json!({"features": features}))
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_switched_off_door_tells_the_provider_alone_and_takes_nothing() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    let webhook = json!({"url": "https://example.com/hook", "events": ["*"]});
    assert_eq!(
        api.post("/v1/webhooks", &webhook).await.status(),
        StatusCode::CREATED
    );
    let owner = api.db.owner().await;
    let deliveries = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries")
            .fetch_one(&owner)
            .await
            .unwrap()
    };
    switch(&api, json!({"inbound": false, "webhooks": false})).await;
    let before = deliveries().await;
    let body = whatsapp("wamid.1", "4915112345678", "Ada", "Hi")
        .to_string()
        .into_bytes();
    let refused = line.post_signed(&body, &hub(SECRET, &body)).await;
    assert_eq!(problem(refused, 403, "forbidden").await["feature"], "inbound");
    problem(line.post_signed(&body, "sha256=00").await, 401, "unauthenticated").await;
    let challenge = api.anonymous(Method::GET, &line.path).query(&[
        ("hub.mode", "subscribe"),
        ("hub.verify_token", &line.verify_token),
        ("hub.challenge", "1"),
    ]);
    problem(challenge.send().await.unwrap(), 403, "forbidden").await;
    assert_eq!(all(&api, "/v1/conversations").await.len(), 0);

    // The door is open again, webhooks are still off: the message is stored and nobody is told.
    switch(&api, json!({"inbound": true})).await;
    let again = line.post_signed(&body, &hub(SECRET, &body)).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(all(&api, "/v1/conversations").await.len(), 1);
    assert_eq!(deliveries().await, before);
    switch(&api, json!({"webhooks": true})).await;
    line.deliver(&whatsapp("wamid.2", "4915112345678", "Ada", "Hello?"))
        .await;
    assert!(deliveries().await > before);
    api.end().await;
}
