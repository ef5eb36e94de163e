//! Health and case volume over HTTP: who may ask, and what is answered.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::Api,
    privacy_support::made,
};

#[tokio::test]
async fn a_rep_sees_the_health_of_own_customers_alone() {
    let api = Api::new().await;
    api.member("rep@acme.test", "sales").await;
    api.member("other@acme.test", "sales").await;
    let (rep, other) = (
        login(&api, "rep@acme.test", PASSWORD).await,
        login(&api, "other@acme.test", PASSWORD).await,
    );
    let me: Value = api.get_as(&rep, "/v1/me").await.json().await.unwrap();
    let account = json!({"name": "Oak Ltd", "type": "customer", "owner_id": me["actor"]["id"]});
    let account = made(&api, "/v1/accounts", account).await;
    let prospect = json!({"name": "Pine Ltd", "type": "prospect", "owner_id": me["actor"]["id"]});
    let prospect = made(&api, "/v1/accounts", prospect).await;

    let path = format!("/v1/accounts/{account}/health");
    let seen: Value = api.get_as(&rep, &path).await.json().await.unwrap();
    assert_eq!(
        (&seen["account_id"], &seen["health"]["state"]),
        (&json!(account), &json!("prior"))
    );
    let risk = seen["health"]["risk"].as_f64().unwrap();
    let score = seen["health"]["score"].as_f64().unwrap();
    assert!(
        (score - 100.0 * (1.0 - risk).powf(365.0 / 90.0)).abs() <= 0.5,
        "{seen}"
    );
    assert!(seen["score"]["missing"].is_string(), "{seen}");
    assert_eq!(seen["history"].as_array().unwrap().len(), 1);
    assert_eq!(api.get_as(&other, &path).await.status(), 404);
    let nobodys = format!("/v1/accounts/{}/health", Uuid::now_v7());
    assert_eq!(api.get(&nobodys).await.status(), 404);

    let path = format!("/v1/accounts/{prospect}/health");
    let seen: Value = api.get_as(&rep, &path).await.json().await.unwrap();
    assert_eq!((&seen["health"], &seen["score"]), (&Value::Null, &Value::Null));

    for (whose, count) in [("?owner=me", 1), ("", 1)] {
        let list: Value = api
            .get_as(&rep, &format!("/v1/accounts/health{whose}"))
            .await
            .json()
            .await
            .unwrap();
        let found: Vec<&Value> = list["data"].as_array().unwrap().iter().collect();
        assert_eq!(found.len(), count, "{list}");
        assert_eq!(found[0]["account"]["name"], "Oak Ltd");
    }
    let list: Value = api
        .get_as(&other, "/v1/accounts/health")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(list["data"], json!([]));
    for query in ["owner=nobody", "limit=0", "cursor=x", "sort=name"] {
        let refused = api.get(&format!("/v1/accounts/health?{query}")).await;
        assert_eq!(refused.status(), 422, "{query}");
    }
    api.end().await;
}

#[tokio::test]
async fn case_volume_is_asked_for_weeks_and_a_queue() {
    let api = Api::new().await;
    let seen: Value = api.get("/v1/forecast/cases?weeks=3").await.json().await.unwrap();
    assert_eq!(seen["total"]["weeks"].as_array().unwrap().len(), 3, "{seen}");
    assert_eq!(seen["total"]["weeks"][0]["so_far"], 0);
    assert_eq!(seen["is_seasonal"], false);
    for query in ["weeks=0", "weeks=27", "weeks=x", "queue=x"] {
        let refused = api.get(&format!("/v1/forecast/cases?{query}")).await;
        assert_eq!(refused.status(), 422, "{query}");
    }
    let nobodys = format!("/v1/forecast/cases?queue={}", Uuid::now_v7());
    assert_eq!(api.get(&nobodys).await.status(), 404);
    api.end().await;
}
