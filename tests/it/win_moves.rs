//! What moved, and what people think of it, over HTTP.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::models::ModelKind;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::People,
    http_support::problem,
    win_office::{Office, json_of, now},
    win_support::{any_model, part, score_by},
};

impl Office {
    /// As though one and the same model had said all that was said so far: only then it is compared.
    pub(crate) async fn by_a_model(&self) {
        let mut tx = self.tenant.begin().await.unwrap();
        let model = tx.models().insert(&any_model(ModelKind::Win)).await.unwrap().id;
        tx.commit().await.unwrap();
        sqlx::query("UPDATE win_scores SET model_id = $1, state = 'model'")
            .bind(model)
            .execute(&self.api.db.owner().await)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_history_says_what_moved_and_movers_come_furthest_first() {
    let office = Box::pin(Office::new()).await;
    office.score(0.9, 0.2).await;
    office.score(-1.2, 0.1).await;
    office.by_a_model().await;
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
async fn a_disagreement_is_kept_with_what_was_shown_and_reported() {
    let office = Box::pin(Office::new()).await;
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
        .header("If-Match", office.version().await);
    let close = close.json(&json!({"stage": "Closed Lost", "closed_reason": "Too dear"}));
    json_of(close.send().await.unwrap(), StatusCode::OK).await;
    let told = json_of(office.api.get("/v1/win/opinions").await, StatusCode::OK).await;
    assert_eq!(told["by_model"][0]["people_were_right"], 1, "{told}");
    // What everybody thinks is for those who read feedback.
    problem(
        office.api.get_as(&office.other, "/v1/win/opinions").await,
        403,
        "forbidden",
    )
    .await;
    office.api.end().await;
}

#[tokio::test]
async fn scores_of_days_ago_are_what_movers_are_compared_with() {
    let office = Box::pin(Office::new()).await;
    office.score(0.9, 0.2).await;
    office.score(0.8, 0.2).await;
    let owner = office.api.db.owner().await;
    sqlx::query("UPDATE win_scores SET scored_at = scored_at - interval '9 days' WHERE NOT is_latest")
        .execute(&owner)
        .await
        .unwrap();
    office.by_a_model().await;
    let none = json_of(
        office.api.get_as(&office.rep, "/v1/win/movers").await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(none["data"], json!([]), "two points are no news: {none}");
    office.score(-0.9, 0.2).await;
    office.by_a_model().await;
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

#[tokio::test]
async fn what_another_model_says_moves_no_deal() {
    let office = Box::pin(Office::new()).await;
    let model = any_model(ModelKind::Win);
    let mut tx = office.tenant.begin().await.unwrap();
    let model = tx.models().insert(&model).await.unwrap().id;
    tx.commit().await.unwrap();
    let owner = office.api.db.owner().await;
    let days_ago = async |days: i32| {
        sqlx::query("UPDATE win_scores SET scored_at = scored_at - make_interval(days => $1)")
            .bind(days)
            .execute(&owner)
            .await
            .unwrap();
    };
    let said = async |model: Option<Uuid>, log_odds: f64| {
        let parts = vec![part(
            "age_days",
            log_odds,
            "It is young.",
            "opportunity",
            &[office.deal],
        )];
        score_by(&office.tenant, model, office.deal, parts, now()).await
    };
    let told = async || {
        let get =
            async |path: &str| json_of(office.api.get_as(&office.rep, path).await, StatusCode::OK).await;
        let (movers, open) = (get("/v1/win/movers").await, get("/v1/win/open").await);
        let from = |value: &Value| value["from"].as_f64();
        let movers: Vec<f64> = movers["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(from)
            .collect();
        (movers, from(&open["data"][0]["change"]))
    };
    said(None, 1.5).await;
    days_ago(9).await;
    let first = said(Some(model), -1.0).await;
    assert_eq!(told().await, (vec![], None), "the prior had said something else");
    let share_of = |log_odds: f64| 1.0 / (1.0 + (-log_odds).exp());
    said(Some(model), 0.5).await;
    let (movers, change) = told().await;
    assert!(
        movers.len() == 1 && (movers[0] - share_of(first)).abs() < 1e-9,
        "{movers:?}"
    );
    assert_eq!(change, None, "a week ago another one spoke");
    days_ago(9).await;
    said(Some(model), -0.5).await;
    let (movers, change) = told().await;
    assert_eq!(
        movers.first().copied(),
        change,
        "both are counted from what it said then"
    );
    assert!((change.unwrap() - share_of(0.1)).abs() < 1e-9, "{change:?}");
    office.api.end().await;
}
