//! Win cards over HTTP: what a reader is told, what is kept from them, steps, opinions, what moved.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::TenantStore;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
    win_support::{part, score},
};

/// A rep, a colleague and somebody who may not see activities, with a deal of the first.
struct Office {
    api: Api,
    tenant: TenantStore,
    rep: Value,
    other: Value,
    blind: Value,
    deal: Uuid,
    call: Uuid,
}

async fn json_of(response: reqwest::Response, status: StatusCode) -> Value {
    let (got, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn made(api: &Api, who: &Value, path: &str, body: Value) -> Uuid {
    let request = api.as_person(who, Method::POST, path).json(&body);
    let record = json_of(request.send().await.unwrap(), StatusCode::CREATED).await;
    record["id"].as_str().unwrap().parse().unwrap()
}

fn now() -> DateTime<Utc> {
    crm_store::Clock::now(&crm_store::SystemClock)
}

impl Office {
    async fn new() -> Self {
        let api = Api::new().await;
        let role = json!({"name": "blind", "permissions": {"objects": {
            "opportunity": ["read", "view_all"], "pipeline_stage": ["read"], "account": ["read", "view_all"]}}});
        assert_eq!(api.post("/v1/roles", &role).await.status(), StatusCode::CREATED);
        for (email, role) in [
            ("rep@acme.test", "sales"),
            ("other@acme.test", "sales"),
            ("blind@acme.test", "blind"),
        ] {
            api.member(email, role).await;
        }
        let rep = login(&api, "rep@acme.test", PASSWORD).await;
        let other = login(&api, "other@acme.test", PASSWORD).await;
        let blind = login(&api, "blind@acme.test", PASSWORD).await;
        let me: Value = api.get_as(&rep, "/v1/me").await.json().await.unwrap();
        let body = json!({"name": "Harbour", "close_date": "2030-06-30", "owner_id": me["actor"]["id"]});
        let deal = made(&api, &rep, "/v1/opportunities", body).await;
        let body = json!({"type": "call", "subject": "They want it", "occurred_at": "2026-01-05T09:00:00Z",
            "status": "completed", "opportunity_id": deal});
        let call = made(&api, &rep, "/v1/activities", body).await;
        let store = api.db.store().await;
        let tenant = store.open(&store.operate("acme", None).await.unwrap().unwrap());
        Self {
            api,
            tenant,
            rep,
            other,
            blind,
            deal,
            call,
        }
    }

    async fn card(&self, who: &Value) -> Value {
        let path = format!("/v1/opportunities/{}/win", self.deal);
        json_of(self.api.get_as(who, &path).await, StatusCode::OK).await
    }

    /// What speaks for the deal, and against it.
    async fn score(&self, call: f64, age: f64) -> f64 {
        let parts = vec![
            part(
                "calls_30d",
                call,
                "One call in the last 30 days.",
                "activity",
                &[self.call],
            ),
            part("age_days", age, "It is 90 days old.", "opportunity", &[self.deal]),
        ];
        score(&self.tenant, self.deal, parts, now()).await
    }
}

fn sum(reasons: &Value) -> f64 {
    let number = |value: &Value| value.as_f64().unwrap();
    let told = ["up", "down"]
        .iter()
        .flat_map(|side| reasons[side].as_array().unwrap());
    number(&reasons["base"])
        + number(&reasons["prior"])
        + told.map(|reason| number(&reason["log_odds"])).sum::<f64>()
        + number(&reasons["rest"]["log_odds"])
}

#[tokio::test]
async fn a_reader_is_told_the_reasons_that_they_may_know_and_the_amounts_of_all() {
    let office = Office::new().await;
    let before = office.card(&office.rep).await;
    assert_eq!(
        (before["state"].as_str(), before["kind"].as_str()),
        (Some("unscored"), Some("win")),
        "{before}"
    );
    let log_odds = office.score(0.9, -0.3).await;

    let card = office.card(&office.rep).await;
    let reasons = &card["reasons"];
    assert!((sum(reasons) - log_odds).abs() < 1e-6, "{card}");
    assert_eq!(reasons["up"][0]["sentence"], "One call in the last 30 days.");
    assert_eq!(reasons["up"][0]["records"][0]["title"], "They want it");
    assert_eq!(card["state"], "prior");
    assert!(
        card["sentence"].as_str().unwrap().contains("not enough data"),
        "{card}"
    );

    let hidden = office.card(&office.blind).await;
    let reason = &hidden["reasons"]["up"][0];
    assert_eq!(
        (&reason["sentence"], &reason["hidden"], &reason["feature"]),
        (
            &json!("Something in records that you may not see."),
            &json!(true),
            &Value::Null
        )
    );
    assert_eq!(reason["log_odds"], reasons["up"][0]["log_odds"]);
    assert!((sum(&hidden["reasons"]) - log_odds).abs() < 1e-6);
    assert!(
        !hidden.to_string().contains("They want it")
            && !hidden.to_string().contains(&office.call.to_string())
    );
    office.api.end().await;
}

#[tokio::test]
async fn who_may_not_see_a_deal_is_told_that_there_is_none() {
    let office = Office::new().await;
    office.score(0.9, -0.3).await;
    let win = format!("/v1/opportunities/{}/win", office.deal);
    for path in [win.clone(), format!("{win}/history")] {
        problem(office.api.get_as(&office.other, &path).await, 404, "not-found").await;
    }
    let take = |who: &Value, path: String| {
        office
            .api
            .as_person(who, Method::POST, &path)
            .json(&json!({}))
            .send()
    };
    problem(
        take(&office.other, format!("{win}/steps/hold_meeting"))
            .await
            .unwrap(),
        404,
        "not-found",
    )
    .await;
    problem(
        take(&office.rep, format!("{win}/steps/dance")).await.unwrap(),
        404,
        "not-found",
    )
    .await;
    let movers = office.api.get_as(&office.other, "/v1/win/movers").await;
    assert_eq!(json_of(movers, StatusCode::OK).await["data"], json!([]));
    // A deal that was deleted is gone for everybody; another tenant's never was there.
    let gone = office.api.as_person(
        &office.rep,
        Method::DELETE,
        &format!("/v1/opportunities/{}", office.deal),
    );
    let _ = gone.send().await.unwrap();
    let boss = office.api.get(&win).await;
    assert!([StatusCode::OK, StatusCode::NOT_FOUND].contains(&boss.status()));
    problem(
        office
            .api
            .get(&format!("/v1/opportunities/{}/win", Uuid::now_v7()))
            .await,
        404,
        "not-found",
    )
    .await;
    office.api.end().await;
}

#[tokio::test]
async fn a_closed_deal_says_how_it_ended_and_what_was_said_before() {
    let office = Office::new().await;
    office.score(0.9, -0.3).await;
    let path = format!("/v1/opportunities/{}", office.deal);
    let close = office.api.as_person(&office.rep, Method::PATCH, &path);
    let close = close
        .header("If-Match", "*")
        .json(&json!({"stage": "Closed Lost", "closed_reason": "Too dear"}));
    json_of(close.send().await.unwrap(), StatusCode::OK).await;
    let card = office.card(&office.rep).await;
    assert_eq!(
        (&card["kind"], &card["ended"]["won"]),
        (&json!("ended"), &json!(false)),
        "{card}"
    );
    let sentence = card["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("lost") && sentence.contains("Too dear") && sentence.contains("55 %"),
        "{sentence}"
    );
    office.api.end().await;
}

#[tokio::test]
async fn the_history_says_what_moved_and_movers_come_furthest_first() {
    let office = Office::new().await;
    office.score(0.9, 0.2).await;
    office.score(-1.2, 0.1).await;
    let path = format!("/v1/opportunities/{}/win/history?limit=1", office.deal);
    let page = json_of(office.api.get_as(&office.rep, &path).await, StatusCode::OK).await;
    let latest = &page["data"][0];
    assert_eq!(latest["moved"]["feature"], "calls_30d", "{page}");
    assert!(latest["moved"]["points"].as_f64().unwrap() < -40.0, "{page}");
    assert!(
        latest["moved"]["sentence"]
            .as_str()
            .unwrap()
            .ends_with("One call in the last 30 days.")
    );
    let next = format!("{path}&cursor={}", page["next_cursor"].as_str().unwrap());
    let first = json_of(office.api.get_as(&office.rep, &next).await, StatusCode::OK).await;
    assert_eq!(
        (&first["data"][0]["moved"], &first["next_cursor"]),
        (&Value::Null, &Value::Null)
    );

    let movers = json_of(
        office.api.get_as(&office.rep, "/v1/win/movers").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(movers["data"][0]["opportunity"]["name"], "Harbour", "{movers}");
    let blind = json_of(
        office.api.get_as(&office.blind, "/v1/win/movers").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(blind["data"][0]["feature"], Value::Null, "{blind}");
    assert!(
        blind["data"][0]["cause"]
            .as_str()
            .unwrap()
            .contains("may not see")
    );
    problem(
        office.api.get_as(&office.rep, "/v1/win/movers?days=0").await,
        422,
        "invalid",
    )
    .await;
    office.api.end().await;
}

#[tokio::test]
async fn one_click_makes_one_task_of_the_owner() {
    let office = Office::new().await;
    let card = office.card(&office.rep).await;
    let step = card["next_steps"][0]["key"]
        .as_str()
        .unwrap_or_else(|| panic!("{card}"))
        .to_owned();
    let path = format!("/v1/opportunities/{}/win/steps/{step}", office.deal);
    let take = |key: &str, body: Value| {
        office
            .api
            .as_person(&office.rep, Method::POST, &path)
            .header("Idempotency-Key", key)
            .json(&body)
            .send()
    };
    let task = json_of(
        take("one", json!({"task": "Ask who signs"})).await.unwrap(),
        StatusCode::CREATED,
    )
    .await;
    assert_eq!(
        (&task["type"], &task["subject"]),
        (&json!("task"), &json!("Ask who signs")),
        "{task}"
    );
    let me: Value = office
        .api
        .get_as(&office.rep, "/v1/me")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&task["owner_id"], &task["opportunity_id"]),
        (&me["actor"]["id"], &json!(office.deal))
    );
    // The same request again, and another click, come to the same task.
    let again = json_of(
        take("one", json!({"task": "Ask who signs"})).await.unwrap(),
        StatusCode::CREATED,
    )
    .await;
    let click = json_of(take("two", json!({})).await.unwrap(), StatusCode::OK).await;
    assert_eq!((&again["id"], &click["id"]), (&task["id"], &task["id"]));
    problem(
        take("one", json!({"task": "Something else"})).await.unwrap(),
        422,
        "idempotency-key-reused",
    )
    .await;
    let after = office.card(&office.rep).await;
    assert_eq!(after["next_steps"][0]["task_id"], task["id"], "{after}");
    // Who may not see activities is not told of the task, and cannot make one.
    let blind = office.card(&office.blind).await;
    assert!(!blind.to_string().contains(task["id"].as_str().unwrap()));
    let refused = office
        .api
        .as_person(&office.blind, Method::POST, &path)
        .json(&json!({}));
    let refused = refused.send().await.unwrap().status();
    assert!(
        [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&refused),
        "{refused}"
    );
    problem(take("three", json!({"task": " "})).await.unwrap(), 422, "invalid").await;
    office.api.end().await;
}

#[tokio::test]
async fn a_disagreement_is_kept_with_what_was_shown_and_reported() {
    let office = Office::new().await;
    let give = |who: &Value, body: Value| {
        office
            .api
            .as_person(who, Method::POST, "/v1/feedback")
            .json(&body)
            .send()
    };
    let wrong = json!({"opportunity_id": office.deal, "verdict": "bad", "direction": "too_high", "comment": "They wait."});
    problem(give(&office.rep, wrong.clone()).await.unwrap(), 404, "not-found").await;
    office.score(0.9, -0.3).await;
    json_of(
        give(&office.rep, wrong.clone()).await.unwrap(),
        StatusCode::CREATED,
    )
    .await;
    let second = json!({"opportunity_id": office.deal, "verdict": "bad", "direction": "too_high", "comment": "They stopped."});
    json_of(give(&office.rep, second).await.unwrap(), StatusCode::CREATED).await;
    problem(
        give(&office.other, wrong.clone()).await.unwrap(),
        404,
        "not-found",
    )
    .await;
    for bad in [
        json!({"opportunity_id": office.deal, "verdict": "good", "direction": "too_high"}),
        json!({"verdict": "bad", "direction": "too_high"}),
        json!({"opportunity_id": office.deal, "run_id": office.deal, "verdict": "bad"}),
    ] {
        problem(give(&office.rep, bad).await.unwrap(), 422, "invalid").await;
    }
    let told = json_of(
        office.api.get("/v1/win/opinions?verdict=bad").await,
        StatusCode::OK,
    )
    .await;
    let [opinion] = told["data"].as_array().unwrap().as_slice() else {
        panic!("{told}")
    };
    assert_eq!(
        (&opinion["comment"], &opinion["direction"]),
        (&json!("They stopped."), &json!("too_high"))
    );
    assert!(
        (opinion["probability"].as_f64().unwrap() - 0.549_833_997_312_478).abs() < 1e-9,
        "{opinion}"
    );
    let by = &told["by_model"][0];
    assert_eq!(
        (&by["disagreed"], &by["too_high"], &by["ended"]),
        (&json!(1), &json!(1), &json!(0)),
        "{told}"
    );
    let path = format!("/v1/opportunities/{}", office.deal);
    let close = office
        .api
        .as_person(&office.rep, Method::PATCH, &path)
        .header("If-Match", "*");
    let close = close.json(&json!({"stage": "Closed Lost", "closed_reason": "Too dear"}));
    json_of(close.send().await.unwrap(), StatusCode::OK).await;
    let told = json_of(office.api.get("/v1/win/opinions").await, StatusCode::OK).await;
    assert_eq!(told["by_model"][0]["people_were_right"], 1, "{told}");
    let others = json_of(
        office.api.get_as(&office.other, "/v1/win/opinions").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!((&others["data"], &others["by_model"]), (&json!([]), &json!([])));
    office.api.end().await;
}

#[tokio::test]
async fn scores_of_days_ago_are_what_movers_are_compared_with() {
    let office = Office::new().await;
    office.score(0.9, 0.2).await;
    office.score(0.8, 0.2).await;
    let owner = office.api.db.owner().await;
    sqlx::query("UPDATE win_scores SET scored_at = scored_at - interval '9 days' WHERE NOT is_latest")
        .execute(&owner)
        .await
        .unwrap();
    let none = json_of(
        office.api.get_as(&office.rep, "/v1/win/movers").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(none["data"], json!([]), "two points are no news: {none}");
    office.score(-0.9, 0.2).await;
    let moved = json_of(
        office.api.get_as(&office.rep, "/v1/win/movers?days=7").await,
        StatusCode::OK,
    )
    .await;
    let from = moved["data"][0]["from"].as_f64().unwrap();
    assert!(
        (from - 1.0 / (1.0 + (-0.7_f64).exp())).abs() < 1e-9,
        "the one of nine days ago: {moved}"
    );
    let since: DateTime<Utc> = moved["since"].as_str().unwrap().parse().unwrap();
    assert!(now() - since >= TimeDelta::days(7) - TimeDelta::minutes(1));
    office.api.end().await;
}
