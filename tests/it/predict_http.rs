//! Models and lead scores over HTTP: who may do what, and that asking twice is asking once.

use chrono::{DateTime, Utc};
use crm_store::{
    models::ModelKind,
    scores::{SCORE_JOB, ScoreState},
};
use crm_tests::harness::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::Api,
    privacy_support::made,
    win_office::{changed, json_of},
};

const MODELS: &str = "/v1/predictive-models";
const SCORE_ALL: &str = "/v1/leads/score-all";

#[tokio::test]
async fn training_is_for_those_who_administer_models_and_says_what_is_missing() {
    let api = Api::with(Vec::new(), &[("CRM_AI__WORKER__POLL", "1s")]).await;
    api.member("rep@acme.test", "sales").await;
    let rep = login(&api, "rep@acme.test", PASSWORD).await;
    let refused = api
        .as_person(&rep, Method::POST, MODELS)
        .json(&json!({"kind": "win"}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    let asked = api.post(MODELS, &json!({"kind": "win"})).await;
    assert_eq!(asked.status(), 202);
    let work: Value = asked.json().await.unwrap();
    assert_eq!((&work["kind"], &work["task"]), (&json!("win"), &json!("train")));
    let ended: Value = until("the training", async || {
        let list: Value = api.get(MODELS).await.json().await.unwrap();
        let train = list["work"]
            .as_array()?
            .iter()
            .find(|work| work["task"] == "train")?;
        (train["state"] == "done").then(|| train.clone())
    })
    .await;
    let problem = ended["problem"].as_str().unwrap();
    assert!(
        problem.starts_with("not enough data: 0 closed deals; 50 are needed"),
        "{problem}"
    );
    // A rep sees that too, for everybody's scores rest on it.
    let list: Value = api.get_as(&rep, MODELS).await.json().await.unwrap();
    assert_eq!(list["data"], json!([]));
    let refused = api.post(MODELS, &json!({"kind": "x"})).await;
    assert_eq!(refused.status(), 422);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["errors"][0]["pointer"], "/kind", "{problem}");
    for path in ["", "/calibration"] {
        let nobodys = format!("{MODELS}/{}{path}", Uuid::now_v7());
        assert_eq!(api.get(&nobodys).await.status(), 404, "{nobodys}");
    }
    let activate = format!("{MODELS}/{}/activate", Uuid::now_v7());
    assert_eq!(api.post(&activate, &json!({})).await.status(), 404);
    api.end().await;
}

#[tokio::test]
async fn a_rep_sees_and_asks_for_scores_of_own_leads_alone() {
    let api = Api::new().await;
    api.member("rep@acme.test", "sales").await;
    api.member("other@acme.test", "sales").await;
    let (rep, other) = (
        login(&api, "rep@acme.test", PASSWORD).await,
        login(&api, "other@acme.test", PASSWORD).await,
    );
    let me: Value = api.get_as(&rep, "/v1/me").await.json().await.unwrap();
    let lead = json!({"last_name": "Reed", "company": "Reed Ltd", "owner_id": me["actor"]["id"]});
    let lead = made(&api, "/v1/leads", lead).await;
    let path = format!("/v1/leads/{lead}/score");
    let seen = api.get_as(&rep, &path).await;
    assert_eq!(seen.status(), 200);
    let seen: Value = seen.json().await.unwrap();
    let score = &seen["score"];
    assert_eq!(
        (&seen["lead_id"], &score["state"]),
        (&json!(lead), &json!("points"))
    );
    assert!(score["missing"].is_string(), "{score}");
    let reasons = &score["reasons"];
    let sum = reasons["base"].as_f64().unwrap() + reasons["prior"].as_f64().unwrap();
    assert!(
        (sum - reasons["log_odds"].as_f64().unwrap()).abs() < 1e-9,
        "{reasons}"
    );
    // Asked for anew, nothing has changed: it is the same score.
    let again = api.as_person(&rep, Method::POST, &path).send().await.unwrap();
    assert_eq!(again.status(), 200);
    let again: Value = again.json().await.unwrap();
    assert_eq!(again["score"]["score_id"], score["score_id"]);
    assert_eq!(api.get_as(&other, &path).await.status(), 404);
    let asked = api.as_person(&other, Method::POST, &path).send().await.unwrap();
    assert_eq!(asked.status(), 404);
    let all = api
        .as_person(&rep, Method::POST, SCORE_ALL)
        .header("Idempotency-Key", "once")
        .send()
        .await
        .unwrap();
    assert_eq!(all.status(), 202);
    api.end().await;
}

/// The jobs that score all leads, in the order in which they were planned: which, how far, and for when.
async fn rounds(owner: &PgPool) -> Vec<(Uuid, String, DateTime<Utc>)> {
    sqlx::query_as(
        "SELECT id, state, run_at FROM jobs WHERE kind = $1 AND key = 'lead:all' ORDER BY created_at, id",
    )
    .bind(SCORE_JOB)
    .fetch_all(owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn all_open_leads_are_scored_when_somebody_asks_and_a_repeated_request_is_the_same_one() {
    let api = Api::with(Vec::new(), &[("CRM_AI__WORKER__POLL", "1s")]).await;
    api.member("rep@acme.test", "sales").await;
    let rep = login(&api, "rep@acme.test", PASSWORD).await;
    let me: Value = api.get_as(&rep, "/v1/me").await.json().await.unwrap();
    let own = |name: &str| json!({"last_name": name, "company": "Reed Ltd", "owner_id": me["actor"]["id"]});
    let nobodys = json!({"last_name": "Rush", "company": "Rush Ltd"});
    // A worker scores the first two, whosever they are, and not the one that has ended.
    let mut leads: Vec<Uuid> = Vec::new();
    for lead in [own("Reed"), nobodys, own("Gone")] {
        leads.push(made(&api, "/v1/leads", lead).await.parse().unwrap());
    }
    let path = format!("/v1/leads/{}", leads[2]);
    changed(&api, &rep, &path, &json!({"status": "unqualified"})).await;
    let said = async || {
        let mut tx = api.tenant.predicting().begin().await.unwrap();
        tx.scores(ModelKind::Lead).latest(&leads).await.unwrap()
    };
    assert!(said().await.is_empty(), "nobody has asked");
    let ask = async |key: &'static str| {
        let request = api.as_person(&rep, Method::POST, SCORE_ALL);
        let response = request.header("Idempotency-Key", key).send().await.unwrap();
        json_of(response, StatusCode::ACCEPTED).await
    };
    let asked = ask("once").await;
    assert_eq!(asked["state"], "waiting", "{asked}");
    let owner = api.db.owner().await;
    let planned = until("the round, and the one of the night", async || {
        let found = rounds(&owner).await;
        let states = found.iter().map(|(_, state, _)| state.as_str());
        states.eq(["done", "ready"]).then_some(found)
    })
    .await;
    let scores = said().await;
    assert_eq!(scores.len(), 2, "{scores:?}");
    for lead in &leads[..2] {
        let score = &scores[lead];
        assert_eq!((score.state, score.model_id), (ScoreState::Points, None));
        assert!(score.probability > 0.0 && score.probability < 1.0, "{score:?}");
    }
    // The same request once more is answered alike, and has nothing done.
    assert_eq!(ask("once").await, asked);
    assert_eq!(rounds(&owner).await, planned);
    // Another one has all scored anew: the round of the night comes now, and one more is planned.
    ask("again").await;
    until("another round", async || {
        (rounds(&owner).await.len() == 3).then_some(())
    })
    .await;
    api.end().await;
}
