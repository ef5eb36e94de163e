//! Calls that wait for a human.

use chrono::TimeDelta;
use crm_agents::{
    RunError, Runner,
    event::{AgentEvent, Decision, RunOutcome, ToolOutcome},
    model::{ScriptedModel, StopReason, scripted::Step},
};
use crm_store::{ids::RunId, runs::RunState};
use serde_json::{Value, json};

use crate::run_support::{World, calls, check_grammar, kinds, outcome_of, says};

fn write(text: &str) -> Vec<Step> {
    calls("write", &json!({ "text": text }))
}

async fn park(world: &World, turns: Vec<Vec<Step>>) -> (Runner, RunId) {
    let runner = world.runner(vec![ScriptedModel::new(turns)]);
    let run = world.ask(&runner).await.run_id;
    let log = world.log(&runner, run).await;
    check_grammar(&log, true);
    assert_eq!(world.row(run).await.state, RunState::AwaitingApproval);
    (runner, run)
}

/// Follows a run from its start to its very end.
async fn to_end(world: &World, runner: &Runner, run: RunId) -> Vec<AgentEvent> {
    let mut reader = runner.events(&world.tenant, run, None).await.unwrap();
    let mut log = Vec::new();
    while let Some(batch) = reader.next_batch().await {
        log.extend(batch);
    }
    check_grammar(&log, false);
    log.into_iter().map(|(_, event)| event).collect()
}

fn written(world: &World) -> Vec<String> {
    world.tools.written.lock().unwrap().clone()
}

#[tokio::test]
async fn a_call_that_was_agreed_to_runs_and_the_run_goes_on_in_its_log() {
    let world = World::new().await;
    let (runner, run) = park(&world, vec![write("hello"), says("Done.")]).await;
    assert_eq!(written(&world), [""; 0], "nothing happens before a human agrees");
    assert_eq!(world.settled(run).await, 1, "nothing is held while it waits");

    runner
        .decide(&world.tenant, run, "c1", Decision::Approve, None)
        .await
        .unwrap();

    let events = to_end(&world, &runner, run).await;
    assert_eq!(
        kinds(&events),
        [
            "run_started",
            "approval_required",
            "approval_decided",
            "tool_started",
            "tool_finished",
            "text_delta",
            "run_finished"
        ]
    );
    assert_eq!(
        (written(&world), outcome_of(&events)),
        (vec!["hello".to_owned()], RunOutcome::Completed)
    );
    assert!(matches!(
        &events[1],
        AgentEvent::ApprovalRequired { tool, arguments, .. } if tool == "write" && *arguments == json!({ "text": "hello" })
    ));
}

#[tokio::test]
async fn another_replica_can_decide_and_readers_here_see_it() {
    let world = World::new().await;
    let (here, run) = park(&world, vec![write("hello")]).await;
    let there = world.runner(vec![ScriptedModel::new([says("Done.")])]);
    let mut reader = here.events(&world.tenant, run, None).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(reader.next_batch().await.unwrap());
    }

    there
        .decide(&world.tenant, run, "c1", Decision::Approve, None)
        .await
        .unwrap();

    assert_eq!(
        outcome_of(&to_end(&world, &there, run).await),
        RunOutcome::Completed
    );
    while let Some(batch) = reader.next_batch().await {
        seen.extend(batch);
    }
    check_grammar(&seen, false);
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn a_human_may_change_the_arguments_but_not_to_nonsense() {
    let world = World::new().await;
    let (runner, run) = park(&world, vec![write("hello"), says("Done.")]).await;

    for wrong in [
        json!({ "text": 7 }),
        json!({}),
        json!("text"),
        json!({ "text": "x", "more": 1 }),
    ] {
        let refused = runner
            .decide(&world.tenant, run, "c1", Decision::Approve, Some(wrong))
            .await
            .unwrap_err();
        assert!(matches!(refused, RunError::InvalidInput { .. }), "{refused}");
    }
    let edited: Value = json!({ "text": "good day" });
    runner
        .decide(&world.tenant, run, "c1", Decision::Approve, Some(edited))
        .await
        .unwrap();

    let events = to_end(&world, &runner, run).await;
    assert_eq!(written(&world), ["good day"]);
    assert!(events.iter().any(|event| matches!(
        event,
        AgentEvent::ToolStarted { arguments, .. } if *arguments == json!({ "text": "good day" })
    )));
    assert!(world.row(run).await.transcript.to_string().contains("good day"));
}

#[tokio::test]
async fn a_rejected_call_never_runs_and_the_model_hears_of_it() {
    let world = World::new().await;
    let (runner, run) = park(&world, vec![write("hello"), says("As you wish.")]).await;

    runner
        .decide(&world.tenant, run, "c1", Decision::Reject, None)
        .await
        .unwrap();

    let events = to_end(&world, &runner, run).await;
    assert_eq!(
        (written(&world), outcome_of(&events)),
        (vec![], RunOutcome::Completed)
    );
    assert!(
        world
            .row(run)
            .await
            .transcript
            .to_string()
            .contains("a person rejected this call")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_decision_stands() {
    let world = World::new().await;
    let (runner, run) = park(&world, vec![write("hello"), says("Done.")]).await;

    let decide = |decision| runner.decide(&world.tenant, run, "c1", decision, None);
    let (a, b) = tokio::join!(decide(Decision::Approve), decide(Decision::Approve));

    let results = [a, b];
    assert_eq!(
        results.iter().filter(|result| result.is_ok()).count(),
        1,
        "{results:?}"
    );
    assert!(
        results
            .iter()
            .any(|result| matches!(result, Err(RunError::Conflict(_)))),
        "{results:?}"
    );
    to_end(&world, &runner, run).await;
    assert_eq!(written(&world), ["hello"], "it runs once");
    assert!(matches!(
        decide(Decision::Reject).await,
        Err(RunError::Conflict(_))
    ));
    let unknown = runner
        .decide(&world.tenant, run, "c9", Decision::Approve, None)
        .await;
    assert!(matches!(unknown, Err(RunError::Conflict(_))));
    let nowhere = runner
        .decide(&world.tenant, RunId::new(), "c1", Decision::Approve, None)
        .await;
    assert!(matches!(nowhere, Err(RunError::NotFound)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_calls_are_decided_one_by_one_or_at_once() {
    for at_once in [false, true] {
        let world = World::new().await;
        let both = vec![
            Step::call("a", "write", r#"{"text":"a"}"#),
            Step::call("b", "write", r#"{"text":"b"}"#),
            Step::finish(StopReason::ToolCalls),
        ];
        let runner = world.runner(vec![ScriptedModel::new([both, says("Done.")])]);
        let run = world.ask(&runner).await.run_id;
        let mut reader = runner.events(&world.tenant, run, None).await.unwrap();
        let mut waiting = 0;
        while waiting < 2 {
            let batch = reader.next_batch().await.unwrap();
            waiting += batch
                .iter()
                .filter(|(_, event)| matches!(event, AgentEvent::ApprovalRequired { .. }))
                .count();
        }
        let decide = |call, decision| runner.decide(&world.tenant, run, call, decision, None);
        if at_once {
            let (a, b) = tokio::join!(decide("a", Decision::Approve), decide("b", Decision::Reject));
            a.unwrap();
            b.unwrap();
        } else {
            decide("a", Decision::Approve).await.unwrap();
            decide("b", Decision::Reject).await.unwrap();
        }

        let events = to_end(&world, &runner, run).await;
        assert_eq!(
            (written(&world), outcome_of(&events)),
            (vec!["a".to_owned()], RunOutcome::Completed)
        );
    }
}

#[tokio::test]
async fn nobody_deciding_in_time_ends_the_wait() {
    let (world, clock) = World::fixed().await;
    let (runner, run) = park(&world, vec![write("hello"), says("Nobody agreed.")]).await;
    runner.maintain().await.unwrap();
    assert_eq!(world.row(run).await.state, RunState::AwaitingApproval);

    clock.advance(TimeDelta::hours(25));
    runner.maintain().await.unwrap();

    let events = to_end(&world, &runner, run).await;
    assert_eq!(
        (written(&world), outcome_of(&events)),
        (vec![], RunOutcome::Completed)
    );
    assert!(events.iter().any(|event| matches!(
        event,
        AgentEvent::ApprovalDecided {
            decision: Decision::Expired,
            ..
        }
    )));
}

#[tokio::test]
async fn a_run_that_waits_can_be_cancelled() {
    let world = World::new().await;
    let (runner, run) = park(&world, vec![write("hello")]).await;
    let other = world.runner(vec![]);

    other.cancel(&world.tenant, run).await.unwrap();

    let events = to_end(&world, &runner, run).await;
    assert_eq!(
        (written(&world), outcome_of(&events)),
        (vec![], RunOutcome::Cancelled)
    );
    let decided = runner
        .decide(&world.tenant, run, "c1", Decision::Approve, None)
        .await;
    assert!(matches!(decided, Err(RunError::Conflict(_))));
    assert_eq!(world.settled(run).await, 1);
}

#[tokio::test]
async fn what_only_reads_runs_at_once_beside_what_waits() {
    let world = World::new().await;
    let both = vec![
        Step::call("w", "write", r#"{"text":"a"}"#),
        Step::call("s", "search_knowledge", r#"{"query":"x","limit":null}"#),
        Step::finish(StopReason::ToolCalls),
    ];
    let (runner, run) = park(&world, vec![both, says("30 days [1].")]).await;
    let log = world.log(&runner, run).await;
    assert!(log.iter().any(|(_, event)| matches!(
        event,
        AgentEvent::ToolFinished { call_id, outcome: ToolOutcome::Ok { .. } } if call_id == "s"
    )));

    runner
        .decide(&world.tenant, run, "w", Decision::Approve, None)
        .await
        .unwrap();

    // The numbers of the passages survive the wait.
    let events = to_end(&world, &runner, run).await;
    assert!(
        events
            .iter()
            .any(|event| matches!(event, AgentEvent::Citation(citation) if citation.marker == 1))
    );
}
