//! Training and scoring over a small company whose deals follow a rule: what was met about often is won.

mod company;
mod held;
mod lasting;
mod planned;
mod worker;

use std::time::Duration;

use crm_store::{
    TenantStore,
    history::Which,
    models::{ModelFilter, ModelKind, ModelState, Task, WorkState},
    scores::ScoreState,
};
use crm_tools::predictions::{Occasion, Outcome, Predictor, Why, drift, score_all, score_one, train};

use self::company::{Company, Ended};

const KIND: ModelKind = ModelKind::Win;

/// Training as a job does it.
async fn learn(company: &Company) -> Outcome {
    train(&Predictor::default(), &company.service(), KIND, Occasion::Turn)
        .await
        .unwrap()
}

async fn active(store: &TenantStore) -> Option<uuid::Uuid> {
    let mut tx = store.begin().await.unwrap();
    tx.models().active_id(KIND).await.unwrap()
}

async fn states(store: &TenantStore) -> Vec<ModelState> {
    let mut tx = store.begin().await.unwrap();
    let page = tx.models().list(&ModelFilter::default(), None, 50).await.unwrap();
    page.items.iter().map(|model| model.state).collect()
}

#[tokio::test]
async fn with_too_few_deals_it_says_what_is_missing_and_shows_the_prior() {
    let company = Company::new().await;
    let open = company.open_deal(0).await;
    for (ended, words) in [
        (
            vec![],
            "not enough data: 0 closed deals; 50 are needed; 0 of the closed deals won; 10 are needed; 0 of the closed \
             deals lost; 10 are needed",
        ),
        (
            vec![Ended::Won; 3],
            "not enough data: 3 closed deals; 50 are needed; 3 of the closed deals won; 10 are needed; 0 of the closed \
             deals lost; 10 are needed",
        ),
        (
            vec![Ended::Won; 60],
            "not enough data: 0 of the closed deals lost; 10 are needed",
        ),
    ] {
        company.deals(&ended).await;
        assert_eq!(learn(&company).await, Outcome::NotEnough(words.to_owned()));
    }
    assert!(states(&company.service()).await.is_empty());
    let predictor = Predictor::default();
    let scored = score_all(&predictor, &company.service(), KIND, Why::Night)
        .await
        .unwrap();
    assert_eq!((scored.scored, scored.written), (1, 1));
    let mut tx = company.admin.begin().await.unwrap();
    let latest = tx.scores(KIND).latest(&[open]).await.unwrap();
    let score = &latest[&open];
    assert_eq!((score.state, score.model_id), (ScoreState::Prior, None));
    // 63 deals of 63 were won: the stage's own rate has its say.
    assert!(
        (0.0..1.0).contains(&score.probability) && score.probability > 0.1,
        "{score:?}"
    );
}

#[tokio::test]
async fn what_is_met_about_is_won_and_reasons_add_up() {
    let company = Company::new().await;
    company.year().await;
    let (met, silent) = (company.open_deal(6).await, company.open_deal(0).await);
    let Outcome::Activated(model) = learn(&company).await else {
        panic!("the rule is plain")
    };
    assert_eq!((model.state, model.number), (ModelState::Active, 1));
    assert!(
        model.why.starts_with("It is the first that is better"),
        "{}",
        model.why
    );
    assert!(model.metrics["auc"].as_f64().unwrap() > 0.8, "{}", model.metrics);
    let predictor = Predictor::default();
    score_all(&predictor, &company.service(), KIND, Why::Model)
        .await
        .unwrap();
    let mut tx = company.admin.begin().await.unwrap();
    let latest = tx.scores(KIND).latest(&[met, silent]).await.unwrap();
    let work = tx.models().task(KIND, Task::Score).await.unwrap().unwrap();
    drop(tx);
    assert_eq!((work.state, work.done, work.total), (WorkState::Done, 2, 2));
    for score in latest.values() {
        let sum: f64 = score.terms.iter().map(|part| part.log_odds).sum();
        assert!((sum - score.log_odds).abs() < 1e-6);
        assert!(score.low <= score.probability && score.probability <= score.high);
        assert!(
            score.terms.iter().any(|part| part.sentence.is_some()),
            "the strongest parts are told"
        );
    }
    assert!(
        latest[&met].probability > latest[&silent].probability + 0.2,
        "{latest:?}"
    );
    // Asked again at once, nothing is news.
    let again = score_one(&predictor, &company.service(), KIND, met, Why::Asked)
        .await
        .unwrap();
    assert_eq!(again.map(|score| score.id), Some(latest[&met].id));
}

#[tokio::test]
async fn an_equal_model_is_rejected_and_the_active_one_stays() {
    let company = Company::new().await;
    company.year().await;
    let Outcome::Activated(first) = learn(&company).await else {
        panic!("the rule is plain")
    };
    let Outcome::Rejected(second) = learn(&company).await else {
        panic!("it learned the same")
    };
    assert!(
        second.why.starts_with("It is not better than the active model"),
        "{}",
        second.why
    );
    assert_eq!(second.metrics["compared_with"]["number"], first.number);
    assert_eq!(active(&company.admin).await, Some(first.id));
}

#[tokio::test]
async fn outcomes_dealt_out_at_random_teach_nothing() {
    let company = Company::new().await;
    company.chance().await;
    let Outcome::Rejected(model) = learn(&company).await else {
        panic!("there is nothing to learn")
    };
    assert!(
        model.why.starts_with("It is not ") && model.why.contains("better than the base rate"),
        "{}",
        model.why
    );
    assert_eq!(active(&company.admin).await, None);
}

#[tokio::test]
async fn two_trainings_at_once_leave_one_active_model() {
    let company = Company::new().await;
    company.year().await;
    // Two processes: each has a predictor of its own.
    let (one, other) = tokio::join!(learn(&company), learn(&company));
    let activated = |outcome: &Outcome| matches!(outcome, Outcome::Activated(_));
    assert!(activated(&one) || activated(&other));
    let states = states(&company.service()).await;
    let count = |wanted| states.iter().filter(|state| **state == wanted).count();
    assert_eq!((states.len(), count(ModelState::Active)), (2, 1), "{states:?}");
}

#[tokio::test]
async fn a_crash_while_learning_leaves_the_active_model_and_the_next_turn_goes_on() {
    let company = Company::new().await;
    company.year().await;
    let Outcome::Activated(first) = learn(&company).await else {
        panic!("the rule is plain")
    };
    let service = company.service();
    let predictor = Predictor::default();
    let learning = async {
        loop {
            let mut tx = company.admin.begin().await.unwrap();
            let work = tx.models().task(KIND, Task::Train).await.unwrap();
            drop(tx);
            if work.is_some_and(|work| work.state == WorkState::Running && work.done > 0) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    // The process dies in the middle: its future is dropped.
    tokio::select! {
        outcome = train(&predictor, &service, KIND, Occasion::Turn) => panic!("too fast to be broken off: {outcome:?}"),
        () = learning => {}
        () = tokio::time::sleep(Duration::from_mins(1)) => panic!("it never learned"),
    }
    assert_eq!(active(&company.admin).await, Some(first.id));
    assert_eq!(states(&service).await.len(), 1);
    // The same process begins anew once the threads of before have ended.
    let again = train(&predictor, &service, KIND, Occasion::Turn).await.unwrap();
    assert!(matches!(again, Outcome::Rejected(_)));
    let mut tx = company.admin.begin().await.unwrap();
    let work = tx.models().task(KIND, Task::Train).await.unwrap().unwrap();
    assert_eq!(work.state, WorkState::Done);
}

#[tokio::test]
async fn scoring_that_was_broken_off_goes_on_behind_the_last_record() {
    let company = Company::new().await;
    company.year().await;
    let mut open = Vec::new();
    for meetings in 0..4 {
        open.push(company.open_deal(meetings).await);
    }
    open.sort_unstable();
    learn(&company).await;
    let mut tx = company.service().begin().await.unwrap();
    let model = tx.models().active_id(KIND).await.unwrap();
    tx.models().begin(KIND, Task::Score, model).await.unwrap();
    tx.models()
        .advance(KIND, Task::Score, "scoring", (2, 4), Some(open[1]))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let scored = score_all(&Predictor::default(), &company.service(), KIND, Why::Night)
        .await
        .unwrap();
    assert_eq!((scored.scored, scored.written), (2, 2));
    let mut tx = company.admin.begin().await.unwrap();
    let latest = tx.scores(KIND).latest(&open).await.unwrap();
    assert_eq!(latest.len(), 2);
    assert!(latest.contains_key(&open[2]) && latest.contains_key(&open[3]));
}

#[tokio::test]
async fn a_model_whose_records_have_shifted_is_to_be_trained_anew() {
    let company = Company::new().await;
    company.year().await;
    let Outcome::Activated(model) = learn(&company).await else {
        panic!("the rule is plain")
    };
    let (predictor, service) = (Predictor::default(), company.service());
    for _ in 0..60 {
        company.open_deal(0).await;
    }
    score_all(&predictor, &service, KIND, Why::Model).await.unwrap();
    assert_eq!(drift(&predictor, &service, KIND).await.unwrap(), None);
    // Another night, nothing new: it holds, and what was seen first stays.
    score_all(&predictor, &service, KIND, Why::Night).await.unwrap();
    assert_eq!(drift(&predictor, &service, KIND).await.unwrap(), None);
    for _ in 0..60 {
        company.open_deal(6).await;
    }
    score_all(&predictor, &service, KIND, Why::Night).await.unwrap();
    let why = drift(&predictor, &service, KIND).await.unwrap();
    assert!(
        why.as_deref().is_some_and(|why| why.contains("have shifted")),
        "{why:?}"
    );
    let mut tx = service.begin().await.unwrap();
    let noted = tx.models().get(model.id).await.unwrap().unwrap().metrics;
    let sum = |counts: &serde_json::Value| -> u64 {
        counts
            .as_array()
            .unwrap()
            .iter()
            .filter_map(serde_json::Value::as_u64)
            .sum()
    };
    assert_eq!(
        (sum(&noted["first"]), noted["recent"]["records"].as_u64()),
        (60, Some(120))
    );
    assert!(noted["recent"]["psi"].as_f64().unwrap() > 0.25, "{noted}");
}

#[tokio::test]
async fn of_too_many_records_the_latest_are_learned_from() {
    let company = Company::new().await;
    company
        .deals(&[Ended::Won, Ended::Lost, Ended::Won, Ended::Lost, Ended::Won])
        .await;
    let service = company.service();
    let now = service.clock().now();
    let long_ago = now - chrono::TimeDelta::days(1_000);
    let mut tx = service.begin().await.unwrap();
    let all = tx.lessons(KIND, long_ago, 5).await.unwrap();
    assert!(matches!(all.which, Which::Closed { since } if since == long_ago));
    assert_eq!(all.left_out, 0);
    let latest = tx.lessons(KIND, long_ago, 2).await.unwrap();
    assert_eq!(latest.left_out, 3);
    let taken = tx.deal_histories(latest.which, None, 10).await.unwrap();
    let mut ends: Vec<_> = taken
        .iter()
        .map(|deal| (now - deal.closed().unwrap().at).num_days())
        .collect();
    ends.sort_unstable();
    // They ended a day apart, the last one 166 days ago.
    assert_eq!(ends, [166, 167]);
}
