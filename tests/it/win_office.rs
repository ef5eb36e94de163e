//! A rep, a colleague and somebody who may not see activities, who read win cards over HTTP.

use chrono::{DateTime, Utc};
use crm_store::TenantStore;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::Api,
    win_support::{part, score},
};

/// A rep, a colleague and somebody who may not see activities, with a deal of the first.
pub(crate) struct Office {
    pub(crate) api: Api,
    pub(crate) tenant: TenantStore,
    pub(crate) rep: Value,
    pub(crate) other: Value,
    pub(crate) blind: Value,
    pub(crate) deal: Uuid,
    pub(crate) call: Uuid,
}

/// The body of a response with this status.
pub(crate) async fn json_of(response: reqwest::Response, status: StatusCode) -> Value {
    let (got, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).unwrap()
}

pub(crate) async fn made(api: &Api, who: &Value, path: &str, body: Value) -> Uuid {
    let request = api.as_person(who, Method::POST, path).json(&body);
    let record = json_of(request.send().await.unwrap(), StatusCode::CREATED).await;
    record["id"].as_str().unwrap().parse().unwrap()
}

/// Changes a record as it is now.
pub(crate) async fn changed(api: &Api, who: &Value, path: &str, body: &Value) -> Value {
    let record = json_of(api.get_as(who, path).await, StatusCode::OK).await;
    let request = api
        .as_person(who, Method::PATCH, path)
        .header("If-Match", format!("\"{}\"", record["version"]))
        .json(body);
    json_of(request.send().await.unwrap(), StatusCode::OK).await
}

/// The moment.
pub(crate) fn now() -> DateTime<Utc> {
    crm_store::Clock::now(&crm_store::SystemClock)
}

impl Office {
    pub(crate) async fn new() -> Self {
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

    /// The version of the deal, as `If-Match` wants it.
    pub(crate) async fn version(&self) -> String {
        let path = format!("/v1/opportunities/{}", self.deal);
        let deal = json_of(self.api.get(&path).await, StatusCode::OK).await;
        format!("\"{}\"", deal["version"])
    }

    pub(crate) async fn card(&self, who: &Value) -> Value {
        let path = format!("/v1/opportunities/{}/win", self.deal);
        json_of(self.api.get_as(who, &path).await, StatusCode::OK).await
    }

    /// What speaks for the deal, and against it.
    pub(crate) async fn score(&self, call: f64, age: f64) -> f64 {
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

/// All parts of the reasons together.
pub(crate) fn sum(reasons: &Value) -> f64 {
    let number = |value: &Value| value.as_f64().unwrap();
    let told = ["up", "down"]
        .iter()
        .flat_map(|side| reasons[side].as_array().unwrap());
    number(&reasons["base"])
        + number(&reasons["prior"])
        + told.map(|reason| number(&reason["log_odds"])).sum::<f64>()
        + number(&reasons["rest"]["log_odds"])
}
