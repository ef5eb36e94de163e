//! Points, bands and events of leads: what is counted, who is told, and how often.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, Store, TenantStore, catalog,
    leads::Band,
    models::ModelKind,
    records::Draft,
    scores::{PartKind, ScoreState},
    settings::LeadScoring,
};
use crm_tests::harness::TestDb;
use crm_tools::predictions::{Predictor, Why, leads, score_all, score_one};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::win_support::any_model;

const NOON: &str = "2026-03-02T12:00:00Z";

/// A tenant whose time the test moves.
struct Firm {
    clock: Arc<FixedClock>,
    tenant: TenantStore,
    store: Store,
    predictor: Predictor,
    // Dropped last.
    db: TestDb,
}

impl Firm {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at(NOON.parse().unwrap()));
        let store = db.store_at(clock.clone()).await;
        let (tenant, _) = db.tenant_in(&store, "acme").await;
        Self {
            clock,
            tenant,
            store,
            predictor: Predictor::default(),
            db,
        }
    }

    async fn lead(&self, name: &str) -> Uuid {
        let mut tx = self.tenant.begin().await.unwrap();
        let draft = Draft::new(&catalog::LEAD)
            .with("last_name", name)
            .with("company", "Ltd");
        let id = tx.records(&catalog::LEAD).create(draft).await.unwrap().id;
        tx.commit().await.unwrap();
        id
    }

    async fn does(&self, lead: Uuid, kind: &str, times: usize) {
        for _ in 0..times {
            let mut tx = self.tenant.begin().await.unwrap();
            let at: DateTime<Utc> = tx.now();
            let draft = Draft::new(&catalog::ENGAGEMENT_EVENT)
                .with("type", kind)
                .with("lead_id", lead)
                .with("occurred_at", at);
            tx.records(&catalog::ENGAGEMENT_EVENT)
                .create(draft)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn score(&self, lead: Uuid) -> crm_store::scores::Score {
        let service = self.tenant.predicting();
        score_one(&self.predictor, &service, ModelKind::Lead, lead, Why::Changed)
            .await
            .unwrap()
            .unwrap()
    }

    async fn card(&self, lead: Uuid) -> leads::LeadCard {
        let mut tx = self.tenant.begin().await.unwrap();
        leads::card(&mut tx, lead).await.unwrap()
    }

    async fn told(&self) -> Vec<Value> {
        sqlx::query_scalar(
            "SELECT refs FROM feed_events WHERE object = 'lead' AND action = 'score_crossed' ORDER BY seq",
        )
        .fetch_all(&self.db.owner().await)
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn without_a_model_a_lead_has_points_beside_the_prior_and_they_halve_with_time() {
    let firm = Firm::new().await;
    let lead = firm.lead("Reed").await;
    firm.does(lead, "form_submitted", 1).await;
    firm.does(lead, "page_visited", 3).await;
    firm.does(lead, "email_sent", 2).await;
    let score = firm.score(lead).await;
    assert_eq!((score.state, score.model_id), (ScoreState::Points, None));
    assert_eq!(
        score.terms.iter().map(|term| term.kind).collect::<Vec<_>>(),
        [PartKind::Prior]
    );
    let card = firm.card(lead).await;
    let told = serde_json::to_value(&card).unwrap();
    assert_eq!(
        (&told["state"], &told["band"]),
        (&json!("points"), &json!("warm")),
        "{told}"
    );
    assert_eq!(told["score"]["state"], "points");
    let points = card.points.unwrap();
    assert!((points.total - 18.0).abs() < 1e-9, "{points:?}");
    let parts: Vec<(&str, usize, f64)> = points
        .parts
        .iter()
        .map(|part| (part.event.as_str(), part.events, part.points))
        .collect();
    assert_eq!(parts, [("form_submitted", 1, 15.0), ("page_visited", 3, 3.0)]);
    assert_eq!(points.parts[0].sentence, "1 form submitted: +15.0 points.");
    // Two half-lives later they count a quarter, and the parts still add up.
    firm.clock.advance(TimeDelta::days(60));
    firm.score(lead).await;
    let points = firm.card(lead).await.points.unwrap();
    assert!((points.total - 4.5).abs() < 1e-9, "{points:?}");
    // What speaks against somebody never makes less than nothing.
    firm.does(lead, "email_unsubscribed", 1).await;
    firm.score(lead).await;
    let points = firm.card(lead).await.points.unwrap();
    let sum: f64 = points.parts.iter().map(|part| part.points).sum();
    assert_eq!(points.total.to_bits(), 0.0_f64.to_bits());
    assert!(
        sum.abs() < 1e-9 && points.parts.iter().any(|part| part.event == "limit"),
        "{points:?}"
    );
}

#[tokio::test]
async fn a_lead_that_crosses_a_line_is_told_of_once_for_each_crossing() {
    let firm = Firm::new().await;
    let lead = firm.lead("Reed").await;
    firm.does(lead, "page_visited", 1).await;
    firm.score(lead).await;
    assert_eq!(firm.told().await, Vec::<Value>::new());
    firm.does(lead, "form_submitted", 1).await;
    firm.score(lead).await;
    firm.score(lead).await;
    let told = firm.told().await;
    let [warm] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(
        (
            &warm["measure"],
            &warm["from_band"],
            &warm["to_band"],
            &warm["line"],
            &warm["from"],
            &warm["to"]
        ),
        (
            &json!("points"),
            &json!("cold"),
            &json!("warm"),
            &json!(15.0),
            &json!(1.0),
            &json!(16.0)
        ),
        "{warm}"
    );
    assert_eq!(warm["cause"], json!({"hidden": true}));
    // The score that it names is there.
    let id: Uuid = warm["score_id"].as_str().unwrap().parse().unwrap();
    let mut tx = firm.tenant.begin().await.unwrap();
    assert_eq!(
        tx.scores(ModelKind::Lead)
            .get(id)
            .await
            .unwrap()
            .unwrap()
            .record_id,
        lead
    );
    drop(tx);
    // It wavers about the line: from 16 to 14 and up again is no crossing.
    firm.clock.advance(TimeDelta::days(6));
    firm.score(lead).await;
    let now = firm.card(lead).await;
    assert!(now.points.unwrap().total < 15.0 && now.band == Some(Band::Warm));
    firm.does(lead, "email_clicked", 1).await;
    firm.score(lead).await;
    assert_eq!(firm.told().await.len(), 1);
    // Below nine tenths of the line it has left, and time is the cause.
    firm.clock.advance(TimeDelta::days(30));
    firm.score(lead).await;
    let told = firm.told().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(
        (&told[1]["to_band"], &told[1]["line"]),
        (&json!("cold"), &json!(15.0))
    );
    // Hot at once is one crossing, not two.
    firm.does(lead, "form_submitted", 4).await;
    firm.score(lead).await;
    let told = firm.told().await;
    assert_eq!(
        (told.len(), &told[2]["to_band"], &told[2]["line"]),
        (3, &json!("hot"), &json!(40.0))
    );
}

#[tokio::test]
async fn a_lead_that_begins_hot_is_told_of_but_the_first_night_of_a_tenant_tells_of_nobody() {
    let firm = Firm::new().await;
    let (quiet, loud) = (firm.lead("Quiet").await, firm.lead("Loud").await);
    firm.does(quiet, "form_submitted", 4).await;
    firm.does(loud, "form_submitted", 4).await;
    firm.score(loud).await;
    let told = firm.told().await;
    assert_eq!(
        (told.len(), &told[0]["from_band"], &told[0]["to_band"]),
        (1, &Value::Null, &json!("hot"))
    );
    let service = firm.tenant.predicting();
    let scored = score_all(&firm.predictor, &service, ModelKind::Lead, Why::Night)
        .await
        .unwrap();
    assert_eq!((scored.scored, scored.told), (2, 0));
    assert_eq!(firm.card(quiet).await.band, Some(Band::Hot));
    assert_eq!(firm.told().await.len(), 1);
}

#[tokio::test]
async fn webhooks_hear_of_a_crossing_when_the_score_is_there_and_not_when_it_is_not() {
    let firm = Firm::new().await;
    let lead = firm.lead("Reed").await;
    let mut tx = firm.tenant.begin().await.unwrap();
    let hook = crm_store::webhooks::NewEndpoint {
        url: "https://example.com/hook".to_owned(),
        description: None,
        events: vec!["lead.score_crossed".to_owned()],
    };
    tx.webhooks().create(&hook).await.unwrap();
    tx.commit().await.unwrap();
    firm.does(lead, "form_submitted", 4).await;
    firm.score(lead).await;
    let owner = firm.db.owner().await;
    let waiting: Vec<String> = sqlx::query_scalar("SELECT event FROM webhook_deliveries")
        .fetch_all(&owner)
        .await
        .unwrap();
    assert_eq!(waiting, ["lead.score_crossed"]);
    // A transaction that is given up has written and told nothing.
    firm.does(lead, "email_unsubscribed", 4).await;
    let mut tx = firm.tenant.predicting().begin().await.unwrap();
    let known = tx.leads().standings(&[lead]).await.unwrap();
    let standing = known[&lead].clone();
    let new = crm_store::leads::NewStanding {
        lead,
        points: 0.0,
        parts: Vec::new(),
        measure: standing.measure,
        value: 0.0,
        before: Some(standing.points),
        score: Uuid::now_v7(),
        tells_first: true,
        cause: None,
    };
    let rules = LeadScoring::default();
    let crossed = tx.leads().stand(&[new], &known, &rules).await.unwrap();
    assert_eq!(crossed.len(), 1);
    drop(tx);
    assert_eq!(firm.told().await.len(), 1);
    assert_eq!(firm.card(lead).await.band, Some(Band::Hot));
}

#[tokio::test]
async fn the_rules_are_the_tenants_own_and_a_model_begins_anew() {
    let firm = Firm::new().await;
    let lead = firm.lead("Reed").await;
    firm.does(lead, "page_visited", 2).await;
    firm.score(lead).await;
    let mut tx = firm.tenant.begin().await.unwrap();
    let (mut rules, version) = tx.lead_scoring_with_version().await.unwrap();
    assert_eq!(rules, LeadScoring::default());
    rules.points = HashMap::from([("page_visited".to_owned(), 20.0)])
        .into_iter()
        .collect();
    tx.set_lead_scoring(&rules, version).await.unwrap();
    let stale = tx.set_lead_scoring(&rules, version).await;
    assert!(
        matches!(stale, Err(crm_store::StoreError::Stale { .. })),
        "{stale:?}"
    );
    tx.commit().await.unwrap();
    firm.score(lead).await;
    let told = firm.told().await;
    assert_eq!((told.len(), &told[0]["to"]), (1, &json!(40.0)), "{told:?}");
    // Another time to be converted has a model learned anew; the card says which time a model's number speaks of.
    let training = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM jobs WHERE kind = 'train_model' AND key = 'lead' AND state = 'ready' AND run_at <= $1")
            .bind(firm.store.clock().now())
            .fetch_one(&firm.db.owner().await)
            .await
            .unwrap()
    };
    assert_eq!((training().await, firm.card(lead).await.window_days), (0, 90));
    let mut tx = firm.tenant.begin().await.unwrap();
    let (mut rules, version) = tx.lead_scoring_with_version().await.unwrap();
    for wrong in [6, 366] {
        rules.conversion_days = wrong;
        let refused = tx.set_lead_scoring(&rules, version).await;
        assert!(
            matches!(refused, Err(crm_store::StoreError::InvalidMany(_))),
            "{refused:?}"
        );
    }
    rules.conversion_days = 30;
    tx.set_lead_scoring(&rules, version).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((training().await, firm.card(lead).await.window_days), (1, 30));
    // Another measure is no crossing: nobody is told that points became a probability.
    let model = any_model(ModelKind::Lead);
    let mut tx = firm.tenant.begin().await.unwrap();
    let model = tx.models().insert(&model).await.unwrap().id;
    tx.commit().await.unwrap();
    let mut tx = firm.tenant.predicting().begin().await.unwrap();
    let standing = |value, before| crm_store::leads::NewStanding {
        lead,
        points: 40.0,
        parts: Vec::new(),
        measure: crm_store::leads::Measure::Probability,
        value,
        before,
        score: model,
        tells_first: true,
        cause: None,
    };
    let mut crossed = Vec::new();
    for (value, before) in [(0.1, None), (0.6, Some(0.1))] {
        let known = tx.leads().standings(&[lead]).await.unwrap();
        let told = tx
            .leads()
            .stand(&[standing(value, before)], &known, &rules)
            .await
            .unwrap();
        crossed.push(told.len());
    }
    assert_eq!(crossed, [0, 1]);
    tx.commit().await.unwrap();
    // Another tenant has none of it.
    let (globex, _) = firm.db.tenant_in(&firm.store, "globex").await;
    let mut tx = globex.begin().await.unwrap();
    assert_eq!(tx.lead_scoring().await.unwrap(), LeadScoring::default());
    assert!(tx.leads().standings(&[lead]).await.unwrap().is_empty());
}

#[tokio::test]
async fn past_leads_that_nobody_converted_in_time_are_among_those_that_were_alike() {
    let firm = Firm::new().await;
    let mut past = Vec::new();
    for n in 0..6 {
        past.push(firm.lead(&format!("Past {n}")).await);
    }
    firm.clock.advance(TimeDelta::days(5));
    for lead in &past[..2] {
        let mut tx = firm.tenant.begin().await.unwrap();
        tx.convert_lead(*lead, &crm_store::behaviour::convert::Conversion::default(), None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    firm.clock.advance(TimeDelta::days(100));
    // One that may still be converted has not ended.
    firm.lead("Recent").await;
    let lead = firm.lead("Now").await;
    let found = leads::similar(&firm.predictor, &firm.tenant, None, lead)
        .await
        .unwrap();
    assert_eq!((found.converted, found.n), (2, 6), "{}", found.sentence);
}
