//! Open deals in the order of their chances, over HTTP.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_store::FixedClock;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::People,
    http_support::problem,
    win_office::{Office, changed, json_of, made, now},
    win_support::{part, score},
};

/// The names of all pages of two, in their order.
async fn names(office: &Office, who: &Value, query: &str) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/win/open?limit=2&{query}{cursor}");
        let page = json_of(office.api.get_as(who, &path).await, StatusCode::OK).await;
        let deals = page["data"].as_array().unwrap();
        assert!(deals.len() <= 2, "{page}");
        names.extend(
            deals
                .iter()
                .map(|deal| deal["opportunity"]["name"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

async fn deal(office: &Office, who: &Value, name: &str, amount: u32) -> Uuid {
    let me = json_of(office.api.get_as(who, "/v1/me").await, StatusCode::OK).await;
    let body = json!({"name": name, "close_date": "2030-06-30", "amount": {"amount": amount, "currency": "EUR"},
        "owner_id": me["actor"]["id"]});
    made(&office.api, who, "/v1/opportunities", body).await
}

#[tokio::test]
async fn open_deals_come_by_their_chance_and_those_without_one_last() {
    let office = Box::pin(Office::new()).await;
    let said = |id: Uuid, log_odds: f64| {
        let parts = vec![part("age_days", log_odds, "It is young.", "opportunity", &[id])];
        score(&office.tenant, id, parts, now())
    };
    // Equal chances are told apart by their ids, also from page to page.
    let mut equal = Vec::new();
    for (name, amount) in [("Even 1", 10), ("Even 2", 40), ("Even 3", 30)] {
        let id = deal(&office, &office.rep, name, amount).await;
        said(id, 0.7).await;
        equal.push((id, name));
    }
    equal.sort_unstable();
    let equal: Vec<&str> = equal.into_iter().map(|(_, name)| name).collect();
    said(deal(&office, &office.rep, "Best", 20).await, 2.0).await;
    let ended = deal(&office, &office.rep, "Ended", 99).await;
    said(ended, 3.0).await;
    let stages = json_of(
        office.api.get_as(&office.rep, "/v1/pipeline_stages").await,
        StatusCode::OK,
    )
    .await;
    let stage = |kind: &str| {
        let all = stages["data"].as_array().unwrap();
        let found = all.iter().find(|stage| stage["kind"] == kind).unwrap();
        found["name"].clone()
    };
    let close = json!({"stage": stage("lost"), "closed_reason": "price"});
    let path = format!("/v1/opportunities/{ended}");
    changed(&office.api, &office.rep, &path, &close).await;
    said(deal(&office, &office.other, "Theirs", 50).await, 1.0).await;

    let own = [&["Best"], equal.as_slice(), &["Harbour"]].concat();
    assert_eq!(names(&office, &office.rep, "owner=me").await, own);
    let turned: Vec<&str> = own[..4].iter().rev().copied().chain(["Harbour"]).collect();
    assert_eq!(
        names(&office, &office.rep, "owner=me&sort=probability").await,
        turned
    );
    assert_eq!(names(&office, &office.rep, "").await, own, "others' are not seen");
    let all = names(&office, &office.blind, "").await;
    let expected = [&["Best", "Theirs"], equal.as_slice(), &["Harbour"]].concat();
    assert_eq!(all, expected, "a role that views all sees the deals of others");
    assert_eq!(
        names(&office, &office.rep, "owner=me&sort=-amount").await[..4],
        ["Harbour", "Even 2", "Even 3", "Best"],
        "an amount that is not known sorts as the highest, as in every list"
    );
    office.api.end().await;
}

#[tokio::test]
async fn a_row_says_what_moved_and_why_and_what_may_not_be_known_stays_so() {
    let office = Box::pin(Office::new()).await;
    let then = now() - TimeDelta::days(8);
    let store = office.api.db.store_at(Arc::new(FixedClock::at(then))).await;
    let past = store.open(&store.operate("acme", None).await.unwrap().unwrap());
    let parts = vec![part(
        "age_days",
        1.0,
        "It is young.",
        "opportunity",
        &[office.deal],
    )];
    let chance = |log_odds: f64| 1.0 / (1.0 + (-log_odds).exp());
    let before = chance(score(&past, office.deal, parts, then).await);
    let path = "/v1/win/open";
    let page = json_of(office.api.get_as(&office.rep, path).await, StatusCode::OK).await;
    assert_eq!(page["data"][0]["change"], Value::Null, "nothing was said since");
    let after = chance(office.score(-1.2, 0.1).await);
    let page = json_of(office.api.get_as(&office.rep, path).await, StatusCode::OK).await;
    let row = &page["data"][0];
    let number = |value: &Value| value.as_f64().unwrap();
    assert!((number(&row["change"]["from"]) - before).abs() < 1e-9, "{row}");
    let points = (after - before) * 100.0;
    assert!((number(&row["change"]["points"]) - points).abs() < 1e-9, "{row}");
    assert_eq!(
        (&row["reason"]["sentence"], &row["reason"]["feature"]),
        (&json!("One call in the last 30 days."), &json!("calls_30d"))
    );
    assert_eq!(row["score"]["state"], "prior");
    let blind = json_of(office.api.get_as(&office.blind, path).await, StatusCode::OK).await;
    let reason = &blind["data"][0]["reason"];
    assert_eq!(
        (&reason["feature"], &reason["hidden"]),
        (&Value::Null, &json!(true))
    );
    for (query, pointer) in [
        ("owner=Jon", "?owner"),
        ("sort=name", "?sort"),
        ("limit=0", "?limit"),
        ("cursor=x", "cursor"),
        (
            "cursor=r3ff8000000000000-00000000000000000000000000000007",
            "cursor",
        ),
    ] {
        let answer = office.api.get_as(&office.rep, &format!("{path}?{query}")).await;
        let told = problem(answer, 422, "invalid").await;
        assert!(told.to_string().contains(pointer), "{query}: {told}");
    }
    let nobody = office
        .api
        .get_as(&office.rep, &format!("{path}?owner=team"))
        .await;
    let told = problem(nobody, 422, "invalid").await;
    assert!(told.to_string().contains("no team of yours"), "{told}");
    office.api.end().await;
}
