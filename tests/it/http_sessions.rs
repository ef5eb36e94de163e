//! Where people are signed in, and how they and their administrators end that.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
};

async fn sessions(api: &Api, tokens: &Value, path: &str) -> Vec<Value> {
    let response = api.get_as(tokens, path).await;
    assert_eq!(response.status(), StatusCode::OK);
    let list: Value = response.json().await.unwrap();
    list["data"].as_array().unwrap().clone()
}

async fn end(api: &Api, tokens: &Value, path: &str) -> reqwest::Response {
    api.as_person(tokens, Method::DELETE, path).send().await.unwrap()
}

#[tokio::test]
async fn a_person_sees_their_sessions_and_ends_one() {
    let api = Api::new().await;
    api.member("mara@acme.test", "sales").await;
    api.member("otto@acme.test", "sales").await;
    let here = login(&api, "mara@acme.test", PASSWORD).await;
    let there = login(&api, "mara@acme.test", PASSWORD).await;
    let otto = login(&api, "otto@acme.test", PASSWORD).await;

    let list = sessions(&api, &here, "/v1/me/sessions").await;
    assert_eq!(list.len(), 2, "not those of others: {list:?}");
    let other = list.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!(
        list.iter().filter(|session| session["current"] == true).count(),
        1
    );
    assert_eq!(other["ip"], "127.0.0.1");
    let path = format!("/v1/me/sessions/{}", other["id"].as_str().unwrap());
    problem(end(&api, &otto, &path).await, 404, "not-found").await;
    assert_eq!(end(&api, &here, &path).await.status(), StatusCode::NO_CONTENT);
    problem(end(&api, &here, &path).await, 404, "not-found").await;
    // The one that was ended is out at once and cannot come back.
    assert_eq!(
        api.get_as(&there, "/v1/me").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(api.refresh(&there).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(api.get_as(&here, "/v1/me").await.status(), StatusCode::OK);
    assert_eq!(sessions(&api, &here, "/v1/me/sessions").await.len(), 1);
    let none: Value = api.get("/v1/me/sessions").await.json().await.unwrap();
    assert_eq!(none, json!({"data": []}), "a key has no sessions");
    api.end().await;
}

#[tokio::test]
async fn administrators_end_the_sessions_of_members_below_them() {
    let api = Api::new().await;
    let role = json!({"name": "people", "permissions": {"manage": ["members"]}});
    assert_eq!(api.post("/v1/roles", &role).await.status(), StatusCode::CREATED);
    api.member("boss@acme.test", "admin").await;
    api.member("pia@acme.test", "people").await;
    api.member("nobody@acme.test", "people").await;
    api.member("mara@acme.test", "sales").await;
    let boss = login(&api, "boss@acme.test", PASSWORD).await;
    let pia = login(&api, "pia@acme.test", PASSWORD).await;
    let second = login(&api, "nobody@acme.test", PASSWORD).await;
    let mara = login(&api, "mara@acme.test", PASSWORD).await;
    let of = |tokens: &Value| format!("/v1/members/{}/sessions", tokens["user_id"].as_str().unwrap());
    let first = async |whose: &Value| {
        let list = sessions(&api, &boss, &of(whose)).await;
        format!("{}/{}", of(whose), list[0]["id"].as_str().unwrap())
    };
    problem(api.get_as(&mara, &of(&pia)).await, 403, "forbidden").await;
    // Of equals, not of somebody who may do more; and no session under another member's name.
    let (theirs, admins, sellers) = (first(&second).await, first(&boss).await, first(&mara).await);
    problem(end(&api, &pia, &admins).await, 403, "forbidden").await;
    assert_eq!(end(&api, &pia, &theirs).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        api.get_as(&second, "/v1/me").await.status(),
        StatusCode::UNAUTHORIZED
    );
    let session = sellers.rsplit('/').next().unwrap();
    let wrong = format!("{}/{session}", of(&pia));
    problem(end(&api, &boss, &wrong).await, 404, "not-found").await;
    assert_eq!(end(&api, &boss, &sellers).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        api.get_as(&mara, "/v1/me").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(api.get_as(&boss, "/v1/me").await.status(), StatusCode::OK);
    let events: Value = api
        .get("/v1/security-events?kind=session_revoked")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(events["data"].as_array().unwrap().len(), 2);
    api.end().await;
}

#[tokio::test]
async fn a_key_that_expires_makes_none_that_outlives_it() {
    let api = Api::new().await;
    let end = "2999-01-01T00:00:00Z";
    let new = json!({"name": "mother", "scopes": ["keys:manage", "leads:read"], "expires_at": end});
    let made: Value = api.post("/v1/api-keys", &new).await.json().await.unwrap();
    let key = made["key"].as_str().unwrap().to_owned();
    let child = async |expires_at: Value| {
        let new = json!({"name": "child", "scopes": ["leads:read"], "expires_at": expires_at});
        let request = api.anonymous(Method::POST, "/v1/api-keys").bearer_auth(&key);
        request.json(&new).send().await.unwrap()
    };
    let refused = problem(child(json!("2999-01-01T00:00:01Z")).await, 422, "invalid").await;
    assert_eq!(refused["errors"][0]["pointer"], "/expires_at");
    assert_eq!(
        child(json!("2998-01-01T00:00:00Z")).await.status(),
        StatusCode::CREATED
    );
    assert_eq!(child(Value::Null).await.status(), StatusCode::CREATED);
    let listed: Value = api.get("/v1/api-keys").await.json().await.unwrap();
    let mut ends: Vec<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["name"] == "child")
        .map(|key| key["expires_at"].as_str().unwrap())
        .collect();
    ends.sort_unstable();
    assert_eq!(ends, ["2998-01-01T00:00:00Z", end], "said, and the mother's own");
    api.end().await;
}
