//! Models that fail, and who answers then.

use crm_agents::{
    event::{AgentEvent, DegradedReason, RunOutcome},
    model::{Fallback, ModelError, RetryPolicy, ScriptedModel, StopReason, scripted::Step},
};

use crate::run_support::{
    World, check_grammar, floor, kinds, outcome_of, profile, question, says, search, text_of,
};

#[tokio::test]
async fn without_a_model_the_floor_answers_and_says_so() {
    let world = World::new().await;
    let runner = world.runner(vec![]);

    let (run, events) = world.run(&runner).await;

    let Some(AgentEvent::RunFinished {
        outcome,
        usage,
        degraded,
        degraded_reason,
    }) = events.last()
    else {
        panic!()
    };
    assert_eq!(
        (*outcome, *degraded, *degraded_reason),
        (RunOutcome::Abstained, true, Some(DegradedReason::NoModel))
    );
    assert_eq!((usage.cost_nano_usd, usage.model_calls), (0, 1));
    assert_eq!(world.settled(run).await, 1, "calls of the floor are metered too");
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, AgentEvent::Note { .. }))
    );
}

#[tokio::test]
async fn a_model_that_cannot_be_reached_gives_way_before_anything_is_shown() {
    let world = World::new().await;
    let down = ScriptedModel::new([vec![Step::Fail(ModelError::Rejected { status: 401 })]]);
    let second = ScriptedModel::new([search(), says("30 days [1].")]).named("second");
    let runner = world.runner(vec![down, second]);

    let (run, events) = world.run(&runner).await;

    assert_eq!(
        (text_of(&events).as_str(), outcome_of(&events)),
        ("30 days [1].", RunOutcome::Completed)
    );
    let Some(AgentEvent::RunFinished { degraded, usage, .. }) = events.last() else {
        panic!()
    };
    assert!(!degraded, "another provider's model is no floor");
    assert_eq!(usage.model_calls, 2);
    assert_eq!(
        world.settled(run).await,
        3,
        "the refused call is settled, at nothing"
    );
}

#[tokio::test]
async fn every_provider_down_means_the_floor() {
    let world = World::new().await;
    let limited = ScriptedModel::new([vec![Step::Fail(ModelError::RateLimited { retry_after: None })]]);
    let runner = world.runner(vec![limited]);

    let (_, events) = world.run(&runner).await;

    let Some(AgentEvent::RunFinished { degraded_reason, .. }) = events.last() else {
        panic!()
    };
    assert_eq!(*degraded_reason, Some(DegradedReason::RateLimited));
    assert_eq!(
        kinds(&events),
        ["run_started", "note", "text_delta", "run_finished"]
    );
}

#[tokio::test]
async fn a_model_that_breaks_off_is_replaced_from_the_start_of_its_turn() {
    let world = World::new().await;
    let broken = ScriptedModel::new([
        search(),
        vec![
            Step::text("Within thir"),
            Step::Fail(ModelError::Unavailable("cut".into())),
        ],
    ]);
    let second = ScriptedModel::new([says("Within 30 days [1].")]).named("second");
    let runner = world.runner(vec![broken, second]);

    let result = runner.run_to_end(&world.tenant, question()).await.unwrap();
    let log = world.log(&runner, result.run_id).await;
    let events: Vec<AgentEvent> = log.iter().map(|(_, event)| event.clone()).collect();

    assert_eq!(
        text_of(&events),
        "Within thir\n\nWithin 30 days [1].",
        "what was shown stays"
    );
    assert!(events.iter().any(|event| matches!(
        event,
        AgentEvent::Note {
            restarts_answer: true,
            ..
        }
    )));
    assert_eq!(
        result.text, "Within 30 days [1].",
        "the answer is what came after"
    );
    assert_eq!(result.citations.len(), 1);
    check_grammar(&log, false);
    let mut tx = world.tenant.begin().await.unwrap();
    assert_eq!(
        tx.answers().of_run(result.run_id).await.unwrap().unwrap().text,
        "Within 30 days [1]."
    );
    drop(tx);
    // The half turn cost something: it is settled at an estimate.
    assert_eq!(world.settled(result.run_id).await, 3);
    assert!(result.usage.tokens.estimated);
}

#[tokio::test]
async fn a_model_that_ends_without_a_word_is_replaced() {
    let world = World::new().await;
    for silent in [vec![Step::finish(StopReason::Stop)], vec![Step::text("half")]] {
        let runner = world.runner(vec![
            ScriptedModel::new([silent]),
            ScriptedModel::new([says("Yes.")]).named("b"),
        ]);
        let result = runner.run_to_end(&world.tenant, question()).await.unwrap();
        assert_eq!(
            (result.text.as_str(), result.outcome),
            ("Yes.", Some(RunOutcome::Completed))
        );
    }
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_goes_to_a_model_where_it_does() {
    let world = World::new().await;
    let small = crm_agents::model::ModelProfile {
        context_tokens: 100,
        ..profile("small", false)
    };
    let small = ScriptedModel::new([says("never asked")]).with_profile(small);
    let large = ScriptedModel::new([says("Yes.")]).named("large");
    let chain = Fallback::new(
        vec![std::sync::Arc::new(small), std::sync::Arc::new(large)],
        std::sync::Arc::new(floor()),
    )
    .with_retry(RetryPolicy::NEVER);
    let runner = world.runner_on(&world.store, chain, |_, _| {});

    let result = runner.run_to_end(&world.tenant, question()).await.unwrap();

    assert_eq!(result.text, "Yes.");
    assert_eq!(world.settled(result.run_id).await, 1);
}
