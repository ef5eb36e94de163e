//! When the next model is learned: a week after one that came to its end, and within minutes after one that failed.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::models::{ModelState, Task, Work, WorkState};
use crm_tools::predictions::Outcome;

use super::{
    KIND, active,
    company::Company,
    learn, states,
    worker::{office, until},
};

/// Has the worker train as soon as it can.
async fn ask(company: &Company) {
    let mut tx = company.admin.begin().await.unwrap();
    tx.models().ask_for_training(KIND).await.unwrap();
    tx.commit().await.unwrap();
}

/// What is said of the last training.
async fn training(company: &Company) -> Option<Work> {
    let mut tx = company.service().begin().await.unwrap();
    tx.models().task(KIND, Task::Train).await.unwrap()
}

/// When the next turn is, once the training that was asked for has ended.
async fn next_turn(company: &Company) -> DateTime<Utc> {
    let soon = company.admin.clock().now() + TimeDelta::days(2);
    until("the next turn", async || {
        company.next_training().await.filter(|next| *next > soon)
    })
    .await
}

#[tokio::test]
async fn a_week_after_a_training_the_next_one_follows_whatever_came_of_it() {
    let (api, company) = office().await;
    for is_enough in [false, true] {
        if is_enough {
            company.year().await;
        }
        ask(&company).await;
        let next = next_turn(&company).await;
        let last = training(&company).await.unwrap();
        assert_eq!(last.state, WorkState::Done);
        assert_eq!(last.problem.is_none(), is_enough, "{:?}", last.problem);
        assert_eq!(active(&company.admin).await.is_some(), is_enough);
        let rest = next - last.finished_at.unwrap();
        let week = TimeDelta::days(7);
        assert!(rest >= week && rest < week + TimeDelta::minutes(5), "{rest}");
    }
    api.end().await;
}

#[tokio::test]
async fn a_training_that_fails_is_tried_again_within_minutes_and_the_active_model_stays() {
    let (api, company) = office().await;
    company.year().await;
    let Outcome::Activated(first) = learn(&company).await else {
        panic!("the rule is plain")
    };
    let open = company.open_deal(2).await;
    company.refuse_models().await;
    ask(&company).await;
    until("the second try", async || {
        (company.tries().await > 1).then_some(())
    })
    .await;
    let problem = until("what is said of it", async || {
        let last = training(&company).await?;
        last.problem.filter(|_| last.state == WorkState::Failed)
    })
    .await;
    assert_eq!(problem, "The database could not be read; it is tried again.");
    let next = until("the next try", async || company.next_training().await).await;
    let now = company.admin.clock().now();
    assert!(next < now + TimeDelta::hours(1), "{next}");
    assert_eq!(active(&company.admin).await, Some(first.id));
    // What there is speaks meanwhile, of deals that nobody had scored before.
    until("the score of the open deal", async || {
        let mut tx = company.admin.begin().await.unwrap();
        let latest = tx.scores(KIND).latest(&[open]).await.unwrap();
        let score = latest.get(&open)?;
        (score.model_id == Some(first.id)).then_some(())
    })
    .await;
    company.accept_models().await;
    next_turn(&company).await;
    // It learned the same as before.
    let found = states(&company.service()).await;
    assert_eq!(found, [ModelState::Rejected, ModelState::Active]);
    assert_eq!(active(&company.admin).await, Some(first.id));
    assert_eq!(training(&company).await.unwrap().state, WorkState::Done);
    api.end().await;
}
