use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::model::{
    Collected, ScriptedModel, StopReason, collect,
    scripted::{Gate, Step},
};

fn request() -> ChatRequest {
    ChatRequest {
        agent: "answer".to_owned(),
        input: serde_json::json!({"question": "x"}),
        system: String::new(),
        transcript: Vec::new(),
        tools: Vec::new(),
        max_output_tokens: 100,
    }
}

fn says(text: &str) -> Vec<Step> {
    vec![Step::text(text), Step::finish(StopReason::Stop)]
}

fn down() -> ModelError {
    ModelError::Unavailable("down".into())
}

fn model(name: &str, turns: Vec<Vec<Step>>) -> Arc<ScriptedModel> {
    Arc::new(ScriptedModel::new(turns).named(name))
}

async fn answer(chain: &Fallback) -> Result<Collected, ModelError> {
    collect(chain.stream(&request()).await?).await
}

fn tried(collected: &Collected) -> (&str, Option<DegradedReason>, Vec<(&str, DegradedReason)>) {
    let by = collected.answered_by.as_ref().unwrap();
    let passed_over = by
        .passed_over
        .iter()
        .map(|passed| (passed.model.as_str(), passed.reason))
        .collect();
    (&by.profile.model, by.degraded, passed_over)
}

#[tokio::test(start_paused = true)]
async fn the_first_model_that_works_answers() {
    let first = model(
        "first",
        vec![vec![Step::Fail(ModelError::Rejected { status: 401 })]],
    );
    let second = model("second", vec![says("hello")]);
    let chain = Fallback::new(vec![first, second], model("floor", vec![]));

    let collected = answer(&chain).await.unwrap();

    assert_eq!(collected.text, "hello");
    assert_eq!(
        tried(&collected),
        ("second", None, vec![("first", DegradedReason::ModelRejected)])
    );
}

#[tokio::test(start_paused = true)]
async fn the_floor_answers_when_all_others_fail_and_says_why() {
    let limited = ModelError::RateLimited {
        retry_after: Some(Duration::from_mins(1)),
    };
    let first = model("first", vec![vec![Step::Fail(limited)]]);
    let second = model("second", (0..3).map(|_| vec![Step::Fail(down())]).collect());
    let chain = Fallback::new(vec![first, second], model("floor", vec![says("floor")]));

    let collected = answer(&chain).await.unwrap();

    let passed_over = vec![
        ("first", DegradedReason::RateLimited),
        ("second", DegradedReason::ModelUnavailable),
    ];
    assert_eq!(
        tried(&collected),
        ("floor", Some(DegradedReason::RateLimited), passed_over)
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_model_the_floor_says_so() {
    let chain = Fallback::new(Vec::new(), model("floor", vec![says("floor")]));

    let collected = answer(&chain).await.unwrap();

    assert_eq!(
        tried(&collected),
        ("floor", Some(DegradedReason::NoModel), vec![])
    );
    assert_eq!(chain.profile().model, "floor");
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_the_first_event_is_tried_again_after_a_pause() {
    let shy = vec![Step::Wait(open_gate()), Step::Fail(down())];
    let first = model("first", vec![vec![Step::Fail(down())], shy, says("third time")]);
    let chain = Fallback::new(vec![first.clone()], model("floor", vec![]));
    let began = Instant::now();

    let collected = answer(&chain).await.unwrap();

    assert_eq!(collected.text, "third time");
    assert_eq!(first.requests().len(), 3);
    let paused = began.elapsed();
    assert!(
        (Duration::from_millis(300)..=Duration::from_millis(600)).contains(&paused),
        "{paused:?}"
    );
}

fn open_gate() -> Gate {
    let gate = Gate::new();
    gate.open();
    gate
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_first_event_is_not_tried_again() {
    let first = model(
        "first",
        vec![vec![Step::text("half"), Step::Fail(down())], says("never")],
    );
    let chain = Fallback::new(vec![first.clone()], model("floor", vec![says("never")]));

    let mut stream = chain.stream(&request()).await.unwrap();

    assert!(matches!(stream.next().await, Some(Ok(ModelEvent::Answering(_)))));
    assert_eq!(
        stream.next().await.unwrap().unwrap(),
        ModelEvent::TextDelta("half".to_owned())
    );
    assert!(matches!(
        stream.next().await,
        Some(Err(ModelError::Unavailable(_)))
    ));
    assert_eq!(first.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_down_is_left_alone_for_a_while() {
    let policy = BreakerPolicy {
        failures: 2,
        pause: Duration::from_secs(10),
        longest: Duration::from_secs(10),
    };
    let first = model(
        "first",
        vec![vec![Step::Fail(down())], vec![Step::Fail(down())], says("back")],
    );
    let floor = model("floor", (0..3).map(|_| says("floor")).collect());
    let chain = Fallback::new(vec![first.clone()], floor)
        .with_retry(RetryPolicy::NEVER)
        .with_breaker(policy);

    for _ in 0..3 {
        let collected = answer(&chain).await.unwrap();
        assert_eq!(
            tried(&collected),
            (
                "floor",
                Some(DegradedReason::ModelUnavailable),
                vec![("first", DegradedReason::ModelUnavailable)]
            )
        );
    }
    assert_eq!(first.requests().len(), 2);

    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(answer(&chain).await.unwrap().text, "back");
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_is_too_long_does_not_count_against_the_model() {
    let policy = BreakerPolicy {
        failures: 1,
        ..BreakerPolicy::default()
    };
    let first = model(
        "first",
        vec![vec![Step::Fail(ModelError::ContextLength)], says("fits")],
    );
    let chain = Fallback::new(vec![first], model("floor", vec![says("floor")])).with_breaker(policy);

    assert_eq!(answer(&chain).await.unwrap().text, "floor");
    assert_eq!(answer(&chain).await.unwrap().text, "fits");
}

#[tokio::test(start_paused = true)]
async fn the_loop_plans_with_the_smallest_limits() {
    let small = ModelProfile {
        provider: "p".to_owned(),
        model: "small".to_owned(),
        context_tokens: 8_000,
        max_output_tokens: 500,
        is_floor: false,
    };
    let chain = Fallback::new(
        vec![
            model("large", vec![]),
            Arc::new(ScriptedModel::new([]).with_profile(small)),
        ],
        model("floor", vec![]),
    );

    let planned = chain.profile();

    assert_eq!(
        (
            planned.model.as_str(),
            planned.context_tokens,
            planned.max_output_tokens
        ),
        ("large", 8_000, 500)
    );
}
