//! Whether a model held: what it said first of records that ended since, and whether that is worse than was expected of it.

use chrono::TimeDelta;
use crm_store::{
    catalog::{LEAD, OPPORTUNITY},
    models::{ModelKind, NewModel, PredictiveModel},
    records::Draft,
    scores::{NewScore, ScoreState, Terms},
};
use crm_tools::predictions::{Outcome, Predictor, Why, drift, leads, score_all};
use serde_json::json;
use uuid::Uuid;

use super::{KIND, company::Company, learn};
use crate::win_support::{LOST, Past, WON, any_model, create};

/// Sixty open deals that were met about as won ones are, scored by a model that was learned just now.
struct Sixty {
    past: Past,
    company: Company,
    predictor: Predictor,
    open: Vec<Uuid>,
    model: Uuid,
}

impl Sixty {
    async fn new() -> Self {
        let past = Past::new().await;
        let company = Company::of(&past.db, past.tenant.clone()).await;
        company.year().await;
        let mut open = Vec::new();
        for _ in 0..60 {
            open.push(company.open_deal(5).await);
        }
        let Outcome::Activated(learned) = learn(&company).await else {
            panic!("the rule is plain")
        };
        let sixty = Self {
            past,
            company,
            predictor: Predictor::default(),
            open,
            model: learned.id,
        };
        score_all(&sixty.predictor, &sixty.company.service(), KIND, Why::Model)
            .await
            .unwrap();
        assert_eq!(sixty.drift().await, None);
        sixty.past.days(1);
        sixty
    }

    async fn end(&self, deals: &[Uuid], stage: &str) {
        for deal in deals {
            self.past.stage(*deal, stage).await;
        }
    }

    async fn drift(&self) -> Option<String> {
        drift(&self.predictor, &self.company.service(), KIND)
            .await
            .unwrap()
    }

    async fn noted(&self) -> PredictiveModel {
        let mut tx = self.company.service().begin().await.unwrap();
        tx.models().get(self.model).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_model_whose_deals_end_otherwise_than_it_said_is_to_be_trained_anew() {
    let sixty = Sixty::new().await;
    sixty.end(&sixty.open[..49], LOST).await;
    assert_eq!(
        sixty.drift().await,
        None,
        "of fewer than fifty nothing is concluded"
    );
    sixty.end(&sixty.open[49..50], LOST).await;
    let why = sixty.drift().await.unwrap();
    assert!(
        why.starts_with("its log loss on the 50 records that ended since is "),
        "{why}"
    );
    let metrics = sixty.noted().await.metrics;
    let (found, expected) = (&metrics["recent"]["log_loss"], &metrics["log_loss"]);
    assert_eq!(metrics["recent"]["ended"], 50);
    assert!(
        found.as_f64().unwrap() > 1.25 * expected.as_f64().unwrap(),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_model_whose_deals_end_as_it_said_holds() {
    let sixty = Sixty::new().await;
    sixty.end(&sixty.open, WON).await;
    assert_eq!(sixty.drift().await, None);
    assert_eq!(sixty.noted().await.metrics["recent"]["ended"], 60);
}

async fn new_model(past: &Past, kind: ModelKind) -> Uuid {
    let new = NewModel {
        card: json!({"groups_train": 120}),
        ..any_model(kind)
    };
    let mut tx = past.tenant.begin().await.unwrap();
    let id = tx.models().insert(&new).await.unwrap().id;
    tx.commit().await.unwrap();
    id
}

async fn activate(past: &Past, model: Uuid) {
    let mut tx = past.tenant.begin().await.unwrap();
    tx.models().activate(model, "It is better.").await.unwrap();
    tx.commit().await.unwrap();
}

/// Has a model say something of a record now.
async fn say(past: &Past, kind: ModelKind, model: Uuid, record: Uuid, probability: f64) {
    let new = NewScore {
        record,
        model: Some(model),
        state: ScoreState::Model,
        probability,
        low: probability * 0.9,
        high: probability + (1.0 - probability) * 0.1,
        log_odds: (probability / (1.0 - probability)).ln(),
        prior: 0.3,
        terms: Terms::new(Vec::new()).unwrap(),
        cause: json!({"why": "record"}),
        as_of: past.tenant.clock().now(),
    };
    let mut tx = past.tenant.predicting().begin().await.unwrap();
    let mut scores = tx.scores(kind);
    let latest = scores.last(&[record]).await.unwrap();
    assert_eq!(scores.write(&[new], &latest).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

/// What a model said first of records that ended, and how they ended, by what it said.
async fn ended(past: &Past, kind: ModelKind, model: Uuid, window: TimeDelta) -> Vec<(f64, bool)> {
    let mut tx = past.tenant.predicting().begin().await.unwrap();
    let mut ended = tx.scores(kind).ended(model, window).await.unwrap();
    ended.sort_by(|left, right| left.0.total_cmp(&right.0));
    ended
}

#[tokio::test]
async fn the_first_word_on_a_deal_counts_once_it_has_ended_under_the_model() {
    let past = Past::new().await;
    let (model, other) = (new_model(&past, KIND).await, new_model(&past, KIND).await);
    let word = async |deal: Uuid, probability: f64| say(&past, KIND, model, deal, probability).await;
    let known = async || ended(&past, KIND, model, TimeDelta::zero()).await;
    // It ended before anybody went by the model.
    let early = past.deal("Early", 1_000).await;
    word(early, 0.1).await;
    past.days(1);
    past.stage(early, WON).await;
    past.days(1);
    activate(&past, model).await;
    let mut deals = Vec::new();
    for (name, probability) in [("Won", 0.3), ("Lost", 0.7), ("Removed", 0.5), ("Open", 0.4)] {
        let deal = past.deal(name, 1_000).await;
        word(deal, probability).await;
        deals.push(deal);
    }
    let unsaid = past.deal("Another model's", 1_000).await;
    say(&past, KIND, other, unsaid, 0.6).await;
    let hasty = past.deal("Ended before its score", 1_000).await;
    past.days(2);
    // What is said later, nearer to the end, is easier to say.
    word(deals[0], 0.9).await;
    past.days(2);
    assert!(known().await.is_empty(), "all are open");
    let ends = [
        (deals[0], WON),
        (deals[1], LOST),
        (deals[2], WON),
        (unsaid, WON),
        (hasty, LOST),
    ];
    for (deal, stage) in ends {
        past.stage(deal, stage).await;
    }
    past.days(1);
    word(hasty, 0.8).await;
    let mut tx = past.tenant.begin().await.unwrap();
    tx.records(&OPPORTUNITY).delete(deals[2], None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(known().await, [(0.3, true), (0.7, false)]);
}

#[tokio::test]
async fn the_first_word_on_a_lead_counts_once_its_whole_time_is_over() {
    let past = Past::new().await;
    let owner = past.db.owner().await;
    let lead = async |name: &str| {
        let draft = Draft::new(&LEAD).with("last_name", name).with("company", "Ltd");
        create(&past.tenant, draft).await
    };
    let convert = async |id: Uuid| {
        sqlx::query(
            "UPDATE leads SET status = 'converted', is_converted = true, converted_at = $2 WHERE id = $1",
        )
        .bind(id)
        .bind(past.tenant.clock().now())
        .execute(&owner)
        .await
        .unwrap();
    };
    let kind = ModelKind::Lead;
    let (model, other) = (new_model(&past, kind).await, new_model(&past, kind).await);
    let word = async |id: Uuid, probability: f64| say(&past, kind, model, id, probability).await;
    let known = async || ended(&past, kind, model, TimeDelta::days(30)).await;
    // It was converted before anybody went by the model.
    let early = lead("Early").await;
    word(early, 0.1).await;
    past.days(1);
    convert(early).await;
    past.days(1);
    activate(&past, model).await;
    let mut leads = Vec::new();
    for (name, probability) in [
        ("In time", 0.8),
        ("Too late", 0.6),
        ("Never", 0.2),
        ("Removed", 0.5),
    ] {
        let id = lead(name).await;
        word(id, probability).await;
        leads.push(id);
    }
    let unsaid = lead("Another model's").await;
    say(&past, kind, other, unsaid, 0.4).await;
    let waiting = lead("Asked of late").await;
    past.days(10);
    for id in [leads[0], unsaid] {
        convert(id).await;
    }
    // What is said later, nearer to the end, is easier to say.
    word(leads[2], 0.05).await;
    past.days(10);
    word(waiting, 0.7).await;
    past.days(9);
    // One was converted, but of those that were not nothing is known a day before their time is over.
    assert!(known().await.is_empty());
    past.days(11);
    convert(leads[1]).await;
    let mut tx = past.tenant.begin().await.unwrap();
    tx.records(&LEAD).delete(leads[3], None).await.unwrap();
    tx.commit().await.unwrap();
    let over = [(0.2, false), (0.6, false), (0.8, true)];
    assert_eq!(known().await, over);
    // The time of a lead that is scored late begins with its score.
    past.days(11);
    assert_eq!(
        known().await,
        [over[0], over[1], (0.7, false), over[2]],
        "and a word on it counts from then on"
    );
}

#[tokio::test]
async fn a_lead_is_told_that_its_model_rests_on_few() {
    let past = Past::new().await;
    let draft = Draft::new(&LEAD).with("last_name", "Reed").with("company", "Ltd");
    let lead = create(&past.tenant, draft).await;
    let model = new_model(&past, ModelKind::Lead).await;
    say(&past, ModelKind::Lead, model, lead, 0.4).await;
    let mut tx = past.tenant.begin().await.unwrap();
    let card = leads::card(&mut tx, lead).await.unwrap();
    let model = card.score.and_then(|score| score.model).unwrap();
    assert_eq!(
        model.rests_on_few.as_deref(),
        Some("It rests on few leads: 120 whose end is known.")
    );
}
