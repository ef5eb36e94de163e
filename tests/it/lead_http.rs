//! What is said of leads over HTTP: ranked, overridden, qualified, compared, by everybody's own rights.

use std::sync::Arc;

use crm_store::{TenantStore, models::ModelKind};
use crm_tests::harness::until;
use crm_tools::predictions::{Predictor, Why, score_one};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
    win_office::{changed, json_of, made},
};

/// Two reps and somebody who only looks.
pub(crate) struct Firm {
    pub(crate) api: Api,
    tenant: TenantStore,
    predictor: Arc<Predictor>,
    pub(crate) rep: Value,
    pub(crate) other: Value,
    pub(crate) viewer: Value,
}

impl Firm {
    pub(crate) async fn new() -> Self {
        let api = Api::new().await;
        for (email, role) in [
            ("rep@acme.test", "sales"),
            ("other@acme.test", "sales"),
            ("viewer@acme.test", "viewer"),
        ] {
            api.member(email, role).await;
        }
        let rep = login(&api, "rep@acme.test", PASSWORD).await;
        let other = login(&api, "other@acme.test", PASSWORD).await;
        let viewer = login(&api, "viewer@acme.test", PASSWORD).await;
        let tenant = api.tenant.clone();
        Self {
            api,
            tenant,
            predictor: Arc::default(),
            rep,
            other,
            viewer,
        }
    }

    /// A lead of somebody's, with so many forms sent, and scored.
    pub(crate) async fn lead(&self, who: &Value, name: &str, forms: usize) -> Uuid {
        let me: Value = self.api.get_as(who, "/v1/me").await.json().await.unwrap();
        let body = json!({"last_name": name, "company": "Reed Ltd", "owner_id": me["actor"]["id"]});
        let id = made(&self.api, who, "/v1/leads", body).await;
        for _ in 0..forms {
            let event =
                json!({"type": "form_submitted", "lead_id": id, "occurred_at": crate::win_office::now()});
            made(&self.api, who, "/v1/engagement_events", event).await;
        }
        let service = self.tenant.predicting();
        score_one(&self.predictor, &service, ModelKind::Lead, id, Why::Asked)
            .await
            .unwrap();
        id
    }

    pub(crate) async fn send(
        &self,
        who: &Value,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Response {
        let request = self.api.as_person(who, method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn names(&self, who: &Value, query: &str) -> Vec<String> {
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/leads/ranked?limit=2&{query}{cursor}");
            let page = json_of(self.api.get_as(who, &path).await, StatusCode::OK).await;
            let leads = page["data"].as_array().unwrap();
            assert!(leads.len() <= 2, "{page}");
            names.extend(
                leads
                    .iter()
                    .map(|lead| lead["lead"]["name"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return names,
            }
        }
    }
}

#[tokio::test]
async fn leads_come_by_points_and_by_probability_for_whoever_may_see_them() {
    let firm = Box::pin(Firm::new()).await;
    firm.lead(&firm.rep, "Cool", 0).await;
    let hot = firm.lead(&firm.rep, "Hot", 4).await;
    firm.lead(&firm.rep, "Warm", 1).await;
    firm.lead(&firm.other, "Theirs", 2).await;
    let body = json!({"last_name": "Unscored"});
    made(&firm.api, &firm.rep, "/v1/leads", body).await;
    let gone = firm.lead(&firm.rep, "Gone", 5).await;
    let path = format!("/v1/leads/{gone}");
    changed(&firm.api, &firm.rep, &path, &json!({"status": "unqualified"})).await;
    let by_points = firm.names(&firm.rep, "owner=me&sort=points").await;
    assert_eq!(by_points, ["Hot", "Warm", "Cool"]);
    let all = firm.names(&firm.rep, "sort=points").await;
    assert_eq!(
        all,
        ["Hot", "Warm", "Cool", "Unscored"],
        "nobody's are everybody's, others' are not"
    );
    assert_eq!(
        firm.names(&firm.viewer, "sort=points").await,
        ["Hot", "Theirs", "Warm", "Cool", "Unscored"]
    );
    let mut by_probability = firm.names(&firm.viewer, "").await;
    assert_eq!(by_probability.pop().as_deref(), Some("Unscored"));
    by_probability.sort_unstable();
    assert_eq!(by_probability, ["Cool", "Hot", "Theirs", "Warm"]);
    let page = json_of(
        firm.api
            .get_as(&firm.rep, "/v1/leads/ranked?sort=points&limit=1")
            .await,
        StatusCode::OK,
    )
    .await;
    let first = &page["data"][0];
    assert_eq!(
        (
            &first["lead_id"],
            &first["state"],
            &first["band"],
            &first["reason"]["sentence"]
        ),
        (
            &json!(hot),
            &json!("points"),
            &json!("hot"),
            &json!("4 forms submitted: +60.0 points.")
        ),
        "{first}"
    );
    assert_eq!(
        (&first["override"], &first["qualification"]),
        (&Value::Null, &Value::Null)
    );
    for (query, pointer) in [
        ("sort=name", "?sort"),
        ("owner=them", "?owner"),
        ("limit=0", "?limit"),
        ("cursor=x", "/cursor"),
        (
            "sort=points&cursor=none-00000000000000000000000000000000",
            "/cursor",
        ),
    ] {
        let refused = firm
            .api
            .get_as(&firm.rep, &format!("/v1/leads/ranked?{query}"))
            .await;
        assert_eq!(refused.status(), 422, "{query}");
        let told: Value = refused.json().await.unwrap();
        assert_eq!(told["errors"][0]["pointer"], pointer, "{query}: {told}");
    }
    firm.api.end().await;
}

#[tokio::test]
async fn past_leads_are_shown_and_counted_only_where_the_reader_may_read_them() {
    let firm = Box::pin(Firm::new()).await;
    let lead = firm.lead(&firm.rep, "Now", 1).await;
    let (mine, theirs) = (
        firm.lead(&firm.rep, "Mine", 1).await,
        firm.lead(&firm.other, "Theirs", 1).await,
    );
    for (who, id) in [(&firm.rep, mine), (&firm.other, theirs)] {
        let convert = firm
            .send(
                who,
                Method::POST,
                &format!("/v1/leads/{id}/convert"),
                Some(json!({})),
            )
            .await;
        assert!(convert.status().is_success(), "{}", convert.text().await.unwrap());
    }
    let path = format!("/v1/leads/{lead}/score/similar");
    let seen = json_of(firm.api.get_as(&firm.rep, &path).await, StatusCode::OK).await;
    let names = |seen: &Value| -> Vec<String> {
        let leads = seen["leads"].as_array().unwrap();
        leads
            .iter()
            .map(|lead| lead["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (names(&seen), &seen["n"], &seen["converted"]),
        (vec!["Mine".to_owned()], &json!(1), &json!(1)),
        "{seen}"
    );
    assert_eq!(
        seen["sentence"],
        "Of the 1 past leads that were most like this one, 1 were converted (over 99 %)."
    );
    let mut all = names(&json_of(firm.api.get_as(&firm.viewer, &path).await, StatusCode::OK).await);
    all.sort_unstable();
    assert_eq!(all, ["Mine", "Theirs"]);
    assert_eq!(firm.api.get_as(&firm.other, &path).await.status(), 404);
    firm.api.end().await;
}

#[tokio::test]
async fn the_rules_are_read_by_all_and_set_by_those_who_administer_settings() {
    let firm = Box::pin(Firm::new()).await;
    let path = "/v1/settings/lead-scoring";
    let read = firm.api.get(path).await;
    let tag = read.headers()["etag"].to_str().unwrap().to_owned();
    let told = json_of(read, StatusCode::OK).await;
    assert_eq!(told["rules"]["points"]["form_submitted"], 15.0);
    assert!(
        told["words"]
            .as_array()
            .unwrap()
            .contains(&json!("Form submitted: +15 points.")),
        "{told}"
    );
    let put = async |body: &Value, tag: &str| {
        let request = firm
            .api
            .request(Method::PUT, path)
            .header("if-match", tag)
            .json(body);
        request.send().await.unwrap()
    };
    for (body, pointer) in [
        (json!({"points": {"smiled": 3}}), "/points/smiled"),
        (json!({"points": {"page_visited": 1000}}), "/points/page_visited"),
        (json!({"half_life_days": 0}), "/half_life_days"),
        (json!({"cap": 20}), "/hot/points"),
        (
            json!({"hot": {"probability": 0.1, "points": 40}}),
            "/hot/probability",
        ),
        (json!({"halflife": 3}), "/halflife"),
    ] {
        let refused = put(&body, &tag).await;
        assert_eq!(refused.status(), 422, "{body}");
        let told: Value = refused.json().await.unwrap();
        assert!(
            told["errors"]
                .as_array()
                .unwrap()
                .iter()
                .any(|error| error["pointer"] == pointer),
            "{body}: {told}"
        );
    }
    let set = json_of(
        put(
            &json!({"points": {"form_submitted": 30}, "half_life_days": 7}),
            &tag,
        )
        .await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(
        (&set["rules"]["half_life_days"], &set["rules"]["cap"]),
        (&json!(7.0), &json!(100.0))
    );
    problem(put(&json!({}), &tag).await, 412, "stale").await;
    let lead = firm.lead(&firm.rep, "Reed", 1).await;
    let seen = json_of(
        firm.api.get(&format!("/v1/leads/{lead}/score")).await,
        StatusCode::OK,
    )
    .await;
    let total = seen["points"]["total"].as_f64().unwrap();
    assert!((total - 30.0).abs() < 0.1, "{seen}");
    let refused = firm.send(&firm.rep, Method::PUT, path, Some(json!({}))).await;
    assert!(matches!(refused.status().as_u16(), 403 | 428));
    firm.api.end().await;
}

#[tokio::test]
async fn a_key_that_comes_again_with_another_query_is_refused() {
    let firm = Box::pin(Firm::new()).await;
    let me: Value = firm.api.get_as(&firm.rep, "/v1/me").await.json().await.unwrap();
    let body =
        json!({"last_name": "Doe", "email": "doe@mail.acme-tools.co.uk", "owner_id": me["actor"]["id"]});
    let lead = made(&firm.api, &firm.rep, "/v1/leads", body).await;
    let path = format!("/v1/leads/{lead}/enrichment");
    let found: Value = until("the suggestions", async || {
        let found: Value = firm.api.get_as(&firm.rep, &path).await.json().await.unwrap();
        (found["suggestions"].as_array()?.len() == 2).then_some(found)
    })
    .await;
    let accept = async |which: &Value, key: &str, query: &str| {
        let path = format!("{path}/{}/accept{query}", which["id"].as_str().unwrap());
        let request = firm.api.as_person(&firm.rep, Method::POST, &path);
        request.header("Idempotency-Key", key).send().await.unwrap()
    };
    let (company, website) = (&found["suggestions"][0], &found["suggestions"][1]);
    // An empty query says no more than none.
    for query in ["", "", "?"] {
        let after = json_of(accept(company, "one", query).await, StatusCode::OK).await;
        assert_eq!(after["suggestions"][0]["state"], "accepted", "{query:?}: {after}");
    }
    for query in ["?replace=true", "?replace=true"] {
        let after = json_of(accept(website, "two", query).await, StatusCode::OK).await;
        assert_eq!(after["suggestions"][1]["state"], "accepted", "{after}");
    }
    for (which, key, query) in [
        (company, "one", "?replace=true"),
        (website, "two", "?replace=false"),
        (website, "two", ""),
    ] {
        let refused = accept(which, key, query).await;
        problem(refused, 422, "idempotency-key-reused").await;
    }
    firm.api.end().await;
}
