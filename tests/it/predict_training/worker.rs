//! What the worker does by itself when the records that a model speaks of are not what they were, and what is told of a model
//! that was really learned.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use crm_store::{
    catalog::OPPORTUNITY,
    jobs::NewJob,
    models::{ModelFilter, ModelState, PredictiveModel, Task},
    records::Draft,
    scores::SCORE_JOB,
};
use crm_tools::predictions::Outcome;
use serde_json::Value;
use uuid::Uuid;

use super::{KIND, company::Company, learn};
use crate::{http_support::Api, win_support::create};

pub(super) async fn office() -> (Api, Company) {
    let api = Api::with(Vec::new(), &[("CRM_AI__WORKER__POLL", "1s")]).await;
    let company = Company::of(&api.db, api.tenant.clone()).await;
    (api, company)
}

/// The models, latest first.
async fn models(company: &Company) -> Vec<PredictiveModel> {
    let mut tx = company.service().begin().await.unwrap();
    let page = tx.models().list(&ModelFilter::default(), None, 50).await.unwrap();
    page.items
}

/// Waits for what the worker does; learning takes its time on a busy machine.
pub(super) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        loop {
            ticks.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(150), asking)
        .await
        .unwrap_or_else(|_| panic!("{what}: not in time"))
}

/// Has the worker score all open deals now, as it does at night.
async fn night(company: &Company) {
    let mut tx = company.service().begin().await.unwrap();
    let now = tx.now();
    tx.models().score_at(KIND, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// Sixty open deals about which nobody meets, a model that was learned while they were so, and a first night.
async fn silent(company: &Company) -> (Uuid, Vec<Uuid>) {
    company.year().await;
    let mut open = Vec::new();
    for _ in 0..60 {
        open.push(company.open_deal(0).await);
    }
    let Outcome::Activated(model) = learn(company).await else {
        panic!("the rule is plain")
    };
    night(company).await;
    until("the first night", async || {
        let seen = models(company).await;
        (seen[0].metrics["recent"]["records"] == 60).then_some(())
    })
    .await;
    assert_eq!(models(company).await.len(), 1, "it holds");
    (model.id, open)
}

#[tokio::test]
async fn deals_that_shift_have_a_model_learned_and_one_that_is_no_better_stays_unused() {
    let (api, company) = office().await;
    let (first, open) = silent(&company).await;
    company.meet_about(&open, 6).await;
    company.two_days_later().await;
    night(&company).await;
    let tried = until("the training", async || {
        let seen = models(&company).await;
        seen.into_iter().find(|model| model.number == 2)
    })
    .await;
    assert_eq!(tried.state, ModelState::Rejected);
    assert!(
        tried.why.starts_with("It is not better than the active model"),
        "{}",
        tried.why
    );
    // All are scored after a training, and these are still shifted. The next one is not before tomorrow.
    let now = company.admin.clock().now();
    let next = until("the next training", async || {
        let next = company.next_training().await?;
        (next < now + TimeDelta::days(2)).then_some(next)
    })
    .await;
    assert!(next > now + TimeDelta::hours(23), "{next}");
    let seen = models(&company).await;
    let [_, active] = seen.as_slice() else {
        panic!("{seen:?}")
    };
    assert_eq!((active.id, active.state), (first, ModelState::Active));
    assert!(
        active.metrics["recent"]["psi"].as_f64().unwrap() > 0.25,
        "{}",
        active.metrics
    );
    api.end().await;
}

#[tokio::test]
async fn deals_that_shift_have_a_model_learned_that_takes_the_place_of_one_that_was_wrong() {
    let (api, company) = office().await;
    let (first, open) = silent(&company).await;
    // What is known of the same time says the opposite by now.
    company.other_year().await;
    company.meet_about(&open, 6).await;
    company.two_days_later().await;
    night(&company).await;
    let better = until("the training", async || {
        let seen = models(&company).await;
        seen.into_iter().find(|model| model.number == 2)
    })
    .await;
    assert_eq!(better.state, ModelState::Active, "{}", better.why);
    assert!(
        better.why.starts_with("It is better than the model before"),
        "{}",
        better.why
    );
    let before = models(&company).await.pop().unwrap();
    assert_eq!((before.id, before.state), (first, ModelState::Retired));
    // It speaks of all deals at once.
    until("its scores", async || {
        let mut tx = company.admin.begin().await.unwrap();
        let latest = tx.scores(KIND).latest(&open).await.unwrap();
        let said = latest.values().all(|score| score.model_id == Some(better.id));
        (said && latest.len() == open.len()).then_some(())
    })
    .await;
    api.end().await;
}

#[tokio::test]
async fn the_card_of_a_learned_model_tells_all_of_it_in_words() {
    let (api, company) = office().await;
    company.year().await;
    let Outcome::Activated(model) = learn(&company).await else {
        panic!("the rule is plain")
    };
    let path = format!("/v1/predictive-models/{}/calibration", model.id);
    let told: Value = api.get(&path).await.json().await.unwrap();
    assert_eq!(told["model"]["id"], Value::from(model.id.to_string()));
    let card = &told["card"];
    for figure in [
        "auc",
        "brier",
        "brier_base",
        "log_loss",
        "ece",
        "base_rate",
        "n_test",
    ] {
        assert_eq!(card[figure], model.metrics[figure], "{figure}");
    }
    let document = serde_json::to_value(crm_api::openapi::document()).unwrap();
    let shape = &document["components"]["schemas"]["ModelMetrics"]["properties"];
    for figure in told["model"]["metrics"].as_object().unwrap().keys() {
        assert!(shape.get(figure).is_some(), "{figure} has no shape: {shape}");
    }
    // Of a hundred deals in each bin as many were won as was said, give or take.
    let bins = card["reliability"].as_array().unwrap();
    let rows: u64 = bins.iter().map(|bin| bin["n"].as_u64().unwrap()).sum();
    assert_eq!(Some(rows), card["n_test"].as_u64());
    assert!(!card["backtest"].as_array().unwrap().is_empty());
    let labels: BTreeMap<String, String> = serde_json::from_value(told["labels"].clone()).unwrap();
    for list in ["factors", "drift"] {
        let named = card[list].as_array().unwrap();
        assert!(!named.is_empty(), "{list}");
        for one in named {
            assert!(labels.contains_key(one["name"].as_str().unwrap()), "{one}");
        }
    }
    // Nothing but meetings ever happens to these deals, so that what counts talks counts them.
    let strongest = &labels[card["factors"][0]["name"].as_str().unwrap()];
    let counts_them = ["meeting", "talks"].map(|word| strongest.to_lowercase().contains(word));
    assert!(counts_them.contains(&true), "{strongest}: {labels:?}");
    api.end().await;
}

#[tokio::test]
async fn a_deal_is_scored_while_the_nights_of_other_tenants_go_on() {
    let settings = [
        ("CRM_AI__WORKER__POLL", "1s"),
        // The nights wait for a lock for as long as this test takes.
        ("CRM_AI__DATABASE__STATEMENT_TIMEOUT", "5m"),
    ];
    let api = Api::with(Vec::new(), &settings).await;
    let mut nights = Vec::new();
    for slug in ["first", "second"] {
        let (tenant, _) = api.db.tenant(slug).await;
        let mut tx = tenant.predicting().begin().await.unwrap();
        tx.models().begin(KIND, Task::Score, None).await.unwrap();
        tx.commit().await.unwrap();
        nights.push(tenant);
    }
    let tenants: Vec<Uuid> = nights.iter().map(|night| night.grant().tenant().uuid()).collect();
    let owner = api.db.owner().await;
    let mut held = owner.begin().await.unwrap();
    sqlx::query("SELECT FROM prediction_work WHERE tenant_id = ANY ($1) FOR UPDATE")
        .bind(&tenants)
        .execute(&mut *held)
        .await
        .unwrap();
    for night in &nights {
        let mut tx = night.predicting().begin().await.unwrap();
        let now = tx.now();
        tx.models().score_at(KIND, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    until("two nights at work", async || {
        let at_work: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM jobs WHERE kind = $1 AND state = 'leased' AND tenant_id = ANY ($2)",
        )
        .bind(SCORE_JOB)
        .bind(&tenants)
        .fetch_one(&owner)
        .await
        .unwrap();
        (at_work == 2).then_some(())
    })
    .await;
    let deal = create(&api.tenant, Draft::new(&OPPORTUNITY).with("name", "Deal")).await;
    let mut tx = api.tenant.begin().await.unwrap();
    let job = NewJob::new(SCORE_JOB, format!("{KIND}:{deal}"));
    tx.jobs().enqueue(&job).await.unwrap();
    tx.commit().await.unwrap();
    until("the score of the deal", async || {
        let mut tx = api.tenant.begin().await.unwrap();
        let latest = tx.scores(KIND).latest(&[deal]).await.unwrap();
        latest.contains_key(&deal).then_some(())
    })
    .await;
    held.rollback().await.unwrap();
    api.end().await;
}
