//! Saved questions that are shared: who reads them, whose numbers they give, who changes them.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
};

const QUESTIONS: &str = "/v1/pipeline/questions";

struct Company {
    api: Api,
    rep: Value,
    other: Value,
    agent: Value,
    boss: Value,
}

/// A rep with two deals, a colleague with one, a support agent and an administrator.
async fn company() -> Company {
    let api = Api::new().await;
    for (email, role) in [
        ("rep@acme.test", "sales"),
        ("other@acme.test", "sales"),
        ("agent@acme.test", "support"),
        ("boss@acme.test", "admin"),
    ] {
        api.member(email, role).await;
    }
    let person = async |email: &str| login(&api, email, PASSWORD).await;
    let (rep, other) = (person("rep@acme.test").await, person("other@acme.test").await);
    for (who, deals) in [(&rep, 2), (&other, 1)] {
        let me: Value = api.get_as(who, "/v1/me").await.json().await.unwrap();
        for n in 0..deals {
            let deal = json!({"name": format!("Deal {n}"), "close_date": "2030-06-30", "owner_id": me["actor"]["id"]});
            let made = api
                .as_person(who, Method::POST, "/v1/opportunities")
                .json(&deal)
                .send()
                .await
                .unwrap();
            assert_eq!(made.status(), StatusCode::CREATED);
        }
    }
    let (agent, boss) = (person("agent@acme.test").await, person("boss@acme.test").await);
    Company {
        api,
        rep,
        other,
        agent,
        boss,
    }
}

impl Company {
    async fn send(&self, who: &Value, method: Method, path: &str, version: u32, body: &Value) -> Response {
        self.api
            .as_person(who, method, path)
            .header("if-match", format!("\"{version}\""))
            .json(body)
            .send()
            .await
            .unwrap()
    }

    async fn save(&self, more: Value) -> Value {
        let mut body = json!({"name": "Deals", "query": {"entity": "opportunities", "measures": ["count"]}, "pinned": true});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = self.send(&self.rep, Method::POST, QUESTIONS, 0, &body).await;
        let (status, text) = (made.status(), made.text().await.unwrap());
        assert_eq!(status, StatusCode::CREATED, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn change(&self, who: &Value, path: &str, version: u32, body: Value) -> Response {
        self.send(who, Method::PATCH, path, version, &body).await
    }

    async fn names(&self, who: &Value) -> Vec<Value> {
        let all: Value = self.api.get_as(who, QUESTIONS).await.json().await.unwrap();
        all["data"].as_array().unwrap().clone()
    }
}

fn path(question: &Value) -> String {
    format!("{QUESTIONS}/{}", question["id"].as_str().unwrap())
}

#[tokio::test]
async fn whoever_opens_a_shared_question_gets_their_own_numbers_and_changes_nothing() {
    let company = company().await;
    let alert = json!({"measure": "count", "op": "gte", "value": "100"});
    let made = company
        .save(json!({"visibility": "tenant", "alert": alert}))
        .await;
    let at = path(&made);
    assert_eq!(
        (&made["mine"], &made["can_edit"], &made["visibility"]),
        (&json!(true), &json!(true), &json!("tenant"))
    );
    for (who, count) in [(&company.rep, "2"), (&company.other, "1"), (&company.boss, "3")] {
        let opened: Value = company.api.get_as(who, &at).await.json().await.unwrap();
        let asked = company
            .api
            .as_person(who, Method::POST, "/v1/pipeline/query")
            .json(&json!({"query": opened["query"]}))
            .send()
            .await
            .unwrap();
        let card: Value = asked.json().await.unwrap();
        assert_eq!(card["table"]["rows"][0][0], count, "{card}");
    }
    let theirs: Value = company
        .api
        .get_as(&company.other, &at)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        [
            &theirs["mine"],
            &theirs["can_edit"],
            &theirs["pinned"],
            &theirs["alert"]
        ],
        [&json!(false), &json!(false), &json!(false), &Value::Null],
        "{theirs}"
    );
    assert_eq!(theirs["owner"]["name"], "Some Body");
    for body in [
        json!({"name": "Mine now"}),
        json!({"visibility": "private"}),
        json!({"alert": null}),
    ] {
        let refused = company.change(&company.other, &at, 1, body).await;
        problem(refused, 403, "forbidden").await;
    }
    let refused = company
        .send(&company.other, Method::DELETE, &at, 1, &json!({}))
        .await;
    problem(refused, 403, "forbidden").await;
    // Taken back, it is gone for the others.
    let back = company
        .change(&company.rep, &at, 1, json!({"visibility": "private"}))
        .await;
    assert_eq!(back.status(), StatusCode::OK);
    problem(company.api.get_as(&company.other, &at).await, 404, "not-found").await;
    problem(company.api.get_as(&company.boss, &at).await, 404, "not-found").await;
    company.api.end().await;
}

#[tokio::test]
async fn a_question_for_a_role_is_for_who_has_it() {
    let company = company().await;
    let roles: Value = company
        .api
        .get_as(&company.boss, "/v1/roles")
        .await
        .json()
        .await
        .unwrap();
    let sales = roles["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["name"] == "sales")
        .unwrap()["id"]
        .clone();
    let made = company
        .save(json!({"visibility": "role", "role_id": sales}))
        .await;
    assert_eq!(company.names(&company.other).await[0]["id"], made["id"]);
    assert!(company.names(&company.agent).await.is_empty());
    problem(
        company.api.get_as(&company.agent, &path(&made)).await,
        404,
        "not-found",
    )
    .await;
    // Bad wishes are named.
    for (body, pointer) in [
        (json!({"visibility": "role"}), "/role_id"),
        (json!({"visibility": "tenant", "role_id": sales}), "/role_id"),
        (
            json!({"visibility": "role", "role_id": "0199f000-0000-7000-8000-000000000000"}),
            "/role_id",
        ),
        (json!({"role_id": sales}), "/role_id"),
    ] {
        let refused = company.change(&company.rep, &path(&made), 1, body.clone()).await;
        let told = problem(refused, 422, "invalid").await;
        assert_eq!(told["errors"][0]["pointer"], pointer, "{body}: {told}");
    }
    company.api.end().await;
}

#[tokio::test]
async fn an_administrator_tidies_what_is_shared_and_leaves_pin_and_alert_alone() {
    let company = company().await;
    let alert = json!({"measure": "count", "op": "gte", "value": "100"});
    let made = company
        .save(json!({"visibility": "tenant", "alert": alert}))
        .await;
    let at = path(&made);
    let renamed = company
        .change(&company.boss, &at, 1, json!({"name": "Deals of all"}))
        .await;
    assert_eq!(renamed.status(), StatusCode::OK);
    for (body, pointer) in [
        (json!({"alert": null}), "/alert"),
        (
            json!({"query": {"entity": "leads", "measures": ["count"]}}),
            "/query",
        ),
        (json!({"pinned": false}), "/pinned"),
        (json!({"visibility": "private"}), "/visibility"),
    ] {
        let refused = company.change(&company.boss, &at, 2, body.clone()).await;
        let told = problem(refused, 422, "invalid").await;
        assert_eq!(told["errors"][0]["pointer"], pointer, "{body}: {told}");
    }
    let own: Value = company.api.get_as(&company.rep, &at).await.json().await.unwrap();
    assert_eq!(
        (&own["name"], &own["pinned"], &own["alert"]),
        (&json!("Deals of all"), &json!(true), &alert)
    );
    // A key without the scope for settings is no administrator, whatever else it may.
    let key = company
        .api
        .post(
            "/v1/api-keys",
            &json!({"name": "writer", "scopes": ["records:read", "records:write"]}),
        )
        .await;
    let key: Value = key.json().await.unwrap();
    let by_key = company
        .api
        .anonymous(Method::DELETE, &at)
        .bearer_auth(key["key"].as_str().unwrap())
        .header("if-match", "\"2\"")
        .send()
        .await
        .unwrap();
    problem(by_key, 403, "forbidden").await;
    let gone = company
        .send(&company.boss, Method::DELETE, &at, 2, &json!({}))
        .await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    company.api.end().await;
}
