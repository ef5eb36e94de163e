//! Win cards over HTTP: what a reader is told, what is kept from them, and steps that become tasks.

use crm_tests::harness::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::problem,
    win_office::{Office, json_of, sum},
};

#[tokio::test]
async fn a_reader_is_told_the_reasons_that_they_may_know_and_the_amounts_of_all() {
    let office = Box::pin(Office::new()).await;
    // Nobody had asked for it before: it is scored at once, from the stage alone.
    let before = office.card(&office.rep).await;
    assert_eq!(
        (&before["state"], &before["kind"]),
        (&json!("prior"), &json!("win")),
        "{before}"
    );
    assert!((sum(&before["reasons"]) - before["score"]["log_odds"].as_f64().unwrap()).abs() < 1e-6);
    let log_odds = office.score(0.9, -0.3).await;

    let card = office.card(&office.rep).await;
    let reasons = &card["reasons"];
    assert!((sum(reasons) - log_odds).abs() < 1e-6, "{card}");
    assert_eq!(reasons["up"][0]["sentence"], "One call in the last 30 days.");
    assert_eq!(reasons["up"][0]["records"][0]["title"], "They want it");
    assert_eq!(card["state"], "prior");
    assert!(
        card["sentence"]
            .as_str()
            .unwrap()
            .contains("No model speaks of this deal yet"),
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
    let office = Box::pin(Office::new()).await;
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
    let path = format!("/v1/opportunities/{}", office.deal);
    let gone = office
        .api
        .request(Method::DELETE, &path)
        .header("If-Match", office.version().await)
        .send()
        .await
        .unwrap();
    assert!(gone.status().is_success(), "{}", gone.status());
    problem(office.api.get(&win).await, 404, "not-found").await;
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
    let office = Box::pin(Office::new()).await;
    office.score(0.9, -0.3).await;
    let path = format!("/v1/opportunities/{}", office.deal);
    let close = office.api.as_person(&office.rep, Method::PATCH, &path);
    let close = close
        .header("If-Match", office.version().await)
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
    let day = card["ended"]["at"].as_str().unwrap()[..10].to_owned();
    assert!(sentence.contains(&day), "{sentence}");
    // Who may not see when or why is told neither, in no words.
    let role = json!({"name": "undated", "permissions": {
        "objects": {"opportunity": ["read", "view_all"], "pipeline_stage": ["read"]},
        "fields": {"opportunity": {"closed_at": "hidden", "closed_reason": "masked"}}}});
    assert_eq!(
        office.api.post("/v1/roles", &role).await.status(),
        StatusCode::CREATED
    );
    office.api.member("undated@acme.test", "undated").await;
    let undated = login(&office.api, "undated@acme.test", PASSWORD).await;
    let card = office.card(&undated).await;
    assert_eq!(
        (
            &card["ended"]["won"],
            &card["ended"]["at"],
            &card["ended"]["reason"]
        ),
        (&json!(false), &Value::Null, &Value::Null),
        "{card}"
    );
    let sentence = card["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("This deal was lost. "), "{sentence}");
    assert!(!sentence.contains(&day), "{sentence}");
    office.api.end().await;
}

#[tokio::test]
async fn one_click_makes_one_task_of_the_owner() {
    let office = Box::pin(Office::new()).await;
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
    // A repeated request is answered as it was before: this one made nothing.
    let click_again = json_of(take("two", json!({})).await.unwrap(), StatusCode::OK).await;
    assert_eq!(
        (&again["id"], &click["id"], &click_again["id"]),
        (&task["id"], &task["id"], &task["id"])
    );
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
async fn two_clicks_at_the_same_moment_make_one_task() {
    let office = Box::pin(Office::new()).await;
    let card = office.card(&office.rep).await;
    let step = card["next_steps"][0]["key"].as_str().unwrap();
    let path = format!("/v1/opportunities/{}/win/steps/{step}", office.deal);
    let click = || {
        let click = office.api.as_person(&office.rep, Method::POST, &path);
        click.json(&json!({})).send()
    };
    // Nothing is written until both have looked for an open task and found none.
    let owner = office.api.db.owner().await;
    let mut held = owner.begin().await.unwrap();
    sqlx::query("LOCK TABLE activities IN SHARE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let let_go = async {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'activities'::regclass \
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        until("both clicks wait", async || {
            let asked: i64 = sqlx::query_scalar(waiting).fetch_one(&owner).await.unwrap();
            (asked >= 2).then_some(())
        })
        .await;
        held.commit().await.unwrap();
    };
    let (one, other, ()) = tokio::join!(click(), click(), let_go);
    let (one, other) = (one.unwrap(), other.unwrap());
    let mut statuses = [one.status(), other.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CREATED]);
    let (one, other): (Value, Value) = (one.json().await.unwrap(), other.json().await.unwrap());
    assert_eq!(one["id"], other["id"]);
    let tasks: i64 = sqlx::query_scalar("SELECT count(*) FROM activities WHERE type = 'task'")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert_eq!(tasks, 1);
    office.api.end().await;
}
