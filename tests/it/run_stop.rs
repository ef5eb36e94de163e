//! How runs end before their time: cancels, limits, budgets, shutdowns.

use std::time::Duration;

use crm_agents::{
    RunError,
    event::{AgentEvent, RunOutcome, ToolOutcome},
    model::{
        Entry, ScriptedModel, StopReason,
        scripted::{Gate, Step},
    },
};
use crm_store::{
    budgets::BudgetPeriod,
    ids::RunId,
    prices::{NanoUsd, Price, Rates},
};
use serde_json::json;

use crate::{
    ledger::budget_of,
    run_support::{World, calls, check_grammar, gated, limits, outcome_of, question, says, search, text_of},
};

#[tokio::test]
async fn a_cancel_in_mid_stream_ends_the_run_and_settles_it() {
    let world = World::new().await;
    let gate = Gate::new();
    let runner = world.runner(vec![ScriptedModel::new([gated(&gate)])]);
    let run = world.ask(&runner).await.run_id;
    gate.reached().await;

    runner.cancel(&world.tenant, run).await.unwrap();

    let log = world.log(&runner, run).await;
    check_grammar(&log, false);
    let events: Vec<AgentEvent> = log.into_iter().map(|(_, event)| event).collect();
    assert_eq!(
        (text_of(&events).as_str(), outcome_of(&events)),
        ("Within", RunOutcome::Cancelled)
    );
    assert_eq!(world.settled(run).await, 1);
    let row = world.row(run).await;
    let transcript: Vec<Entry> = serde_json::from_value(row.transcript).unwrap();
    assert_eq!(
        transcript.last(),
        Some(&Entry::Assistant {
            text: "Within".to_owned(),
            tool_calls: vec![]
        })
    );
    // Once more changes nothing.
    runner.cancel(&world.tenant, run).await.unwrap();
    assert!(matches!(
        runner.cancel(&world.tenant, RunId::new()).await,
        Err(RunError::NotFound)
    ));
}

#[tokio::test]
async fn a_cancel_while_a_tool_runs_closes_its_call() {
    let world = World::new().await;
    let runner = world.runner(vec![ScriptedModel::new([calls("wait", &json!({ "text": "x" }))])]);
    let run = world.ask(&runner).await.run_id;
    world.tools.gate.reached().await;

    runner.cancel(&world.tenant, run).await.unwrap();

    let log = world.log(&runner, run).await;
    check_grammar(&log, false);
    assert!(log.iter().any(|(_, event)| matches!(
        event,
        AgentEvent::ToolFinished {
            outcome: ToolOutcome::NotRun { .. },
            ..
        }
    )));
    let transcript = world.row(run).await.transcript.to_string();
    assert!(
        transcript.contains("not run: the run ended first"),
        "{transcript}"
    );
}

#[tokio::test]
async fn another_replica_can_cancel() {
    let world = World::new().await;
    let gate = Gate::new();
    let here = world.runner(vec![ScriptedModel::new([gated(&gate)])]);
    let there = world.runner(vec![]);
    let run = world.ask(&here).await.run_id;
    gate.reached().await;

    there.cancel(&world.tenant, run).await.unwrap();
    // The notification may come before the listener listens; the heartbeat tells it too.
    here.maintain().await.unwrap();

    let log = world.log(&there, run).await;
    check_grammar(&log, false);
    assert!(matches!(
        log.last(),
        Some((
            _,
            AgentEvent::RunFinished {
                outcome: RunOutcome::Cancelled,
                ..
            }
        ))
    ));
}

#[tokio::test]
async fn the_same_call_for_ever_is_hinted_at_and_then_ended() {
    let world = World::new().await;
    let runner = world.runner(vec![ScriptedModel::new((0..20).map(|_| search()))]);

    let (run, events) = world.run(&runner).await;

    assert_eq!(outcome_of(&events), RunOutcome::ToolLimit);
    let hints = events
        .iter()
        .filter(|event| matches!(
            event,
            AgentEvent::ToolFinished { outcome: ToolOutcome::Error { message }, .. } if message.contains("made before")
        ))
        .count();
    assert_eq!(hints, 2);
    assert_eq!(
        world.tools.searches.load(std::sync::atomic::Ordering::Relaxed),
        2,
        "what repeats is not run"
    );
    assert_eq!(world.settled(run).await, 5);
}

#[tokio::test]
async fn each_limit_ends_a_run_with_its_own_outcome() {
    let world = World::new().await;
    let other = |n: u32| {
        calls(
            "search_knowledge",
            &json!({ "query": format!("query {n}"), "limit": null }),
        )
    };
    let cases: [(crm_agents::Limits, RunOutcome); 4] = [
        (limits(|limits| limits.turns = 3), RunOutcome::TurnLimit),
        (limits(|limits| limits.tool_calls = 2), RunOutcome::ToolLimit),
        (limits(|limits| limits.tokens = 20), RunOutcome::BudgetLimit),
        (limits(|limits| limits.cost = NanoUsd(1)), RunOutcome::BudgetLimit),
    ];
    for (limits, expected) in cases {
        let runner = world.runner_with(vec![ScriptedModel::new((0..20).map(other))], |_, agent| {
            agent.limits = limits;
        });
        let run = world.ask(&runner).await.run_id;
        let log = world.log(&runner, run).await;
        check_grammar(&log, false);
        let Some((_, AgentEvent::RunFinished { outcome, .. })) = log.last() else {
            panic!()
        };
        assert_eq!(*outcome, expected);
        world.settled(run).await;
    }
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_ended() {
    let world = World::new().await;
    let gate = Gate::new();
    let runner = world.runner_with(vec![ScriptedModel::new([gated(&gate)])], |_, agent| {
        agent.limits.wall_time = Duration::from_millis(50);
    });

    let (run, events) = world.run(&runner).await;

    assert_eq!(outcome_of(&events), RunOutcome::TimeLimit);
    assert_eq!(world.settled(run).await, 1);
}

#[tokio::test]
async fn a_slow_tool_is_an_error_that_the_model_hears_of() {
    let world = World::new().await;
    let turns = [calls("wait", &json!({ "text": "x" })), says("Without it.")];
    let runner = world.runner_with(vec![ScriptedModel::new(turns)], |_, agent| {
        agent.limits.tool_time = Duration::from_millis(20);
    });

    let (_, events) = world.run(&runner).await;

    assert_eq!(
        (text_of(&events).as_str(), outcome_of(&events)),
        ("Without it.", RunOutcome::Completed)
    );
}

async fn spend(world: &World, limit: i64) {
    let mut tx = world.store.system().await.unwrap();
    // A dollar a token, so that numbers are easy.
    let rates = Rates {
        input_nano_per_mtok: 1_000_000,
        cached_input_nano_per_mtok: 1_000_000,
        output_nano_per_mtok: 1_000_000,
    };
    let price = Price {
        model: "scripted".to_owned(),
        valid_from: "2020-01-01T00:00:00Z".parse().unwrap(),
        rates,
    };
    tx.prices().set(&price).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.tenant.begin().await.unwrap();
    tx.budgets()
        .create(&budget_of("monthly", limit, BudgetPeriod::Month))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_spent_budget_refuses_the_run_and_names_itself() {
    let world = World::new().await;
    spend(&world, 10).await;
    let runner = world.runner(vec![ScriptedModel::new([says("never")])]);

    let refused = runner.start(&world.tenant, question()).await.unwrap_err();

    let RunError::BudgetSpent {
        name,
        limit,
        renews_at,
    } = refused
    else {
        panic!("{refused}")
    };
    assert_eq!((name.as_str(), limit), ("monthly", NanoUsd(10)));
    assert!(renews_at.is_some());
    let left: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM runs), (SELECT COALESCE(sum(held_nano), 0)::bigint FROM budget_periods)")
            .fetch_one(&world.owner)
            .await
            .unwrap();
    assert_eq!(left, (0, 0), "nothing of it is left");
}

#[tokio::test]
async fn a_budget_that_is_spent_in_the_middle_ends_the_run() {
    let world = World::new().await;
    // Room for one call at its worst case, not for two.
    spend(&world, 5_000).await;
    let mut turn = search();
    turn.pop();
    turn.push(Step::Say(crm_agents::model::ModelEvent::Finished {
        reason: StopReason::ToolCalls,
        usage: crm_agents::model::TokenUsage {
            input_tokens: 3_000,
            output_tokens: 1_000,
            ..Default::default()
        },
    }));
    let runner = world.runner(vec![ScriptedModel::new([turn, says("never")])]);

    let (run, events) = world.run(&runner).await;

    assert_eq!(outcome_of(&events), RunOutcome::BudgetSpent);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, AgentEvent::Note { text, .. } if text.contains("monthly")))
    );
    assert_eq!(world.settled(run).await, 1);
    let spent = world.row(run).await.usage["cost_nano_usd"].as_i64().unwrap();
    assert_eq!(spent, 4_000);
}

#[tokio::test]
async fn a_disconnect_does_not_stop_a_run() {
    let world = World::new().await;
    let gate = Gate::new();
    let runner = world.runner(vec![ScriptedModel::new([gated(&gate)])]);
    let run = world.ask(&runner).await;
    let mut reader = runner.reader(&world.tenant, run, None);
    assert!(reader.next_batch().await.is_some());
    drop(reader);
    gate.open();

    let log = world.log(&runner, run.run_id).await;

    assert!(matches!(
        log.last(),
        Some((
            _,
            AgentEvent::RunFinished {
                outcome: RunOutcome::Completed,
                ..
            }
        ))
    ));
}

#[tokio::test]
async fn more_runs_than_fit_wait_and_more_than_may_wait_are_refused() {
    let world = World::new().await;
    let gates: Vec<Gate> = (0..2).map(|_| Gate::new()).collect();
    let turns = [gated(&gates[0]), gated(&gates[1])];
    let runner = world.runner_with(vec![ScriptedModel::new(turns)], |config, _| {
        config.max_running = 1;
        config.max_queued = 1;
    });
    let first = world.ask(&runner).await.run_id;
    gates[0].reached().await;
    let second = world.ask(&runner).await.run_id;

    assert!(matches!(
        runner.start(&world.tenant, question()).await,
        Err(RunError::Busy)
    ));
    assert_eq!(world.row(second).await.state.as_str(), "queued");
    gates[0].open();
    world.log(&runner, first).await;
    gates[1].open();

    let log = world.log(&runner, second).await;
    check_grammar(&log, false);
    assert_eq!(world.settled(second).await, 1);
    let third = runner.start(&world.tenant, question()).await.unwrap().run_id;
    world.log(&runner, third).await;
}

#[tokio::test]
async fn a_queued_run_can_be_cancelled() {
    let world = World::new().await;
    let gate = Gate::new();
    let runner = world.runner_with(vec![ScriptedModel::new([gated(&gate)])], |config, _| {
        config.max_running = 1;
    });
    world.ask(&runner).await;
    gate.reached().await;
    let queued = world.ask(&runner).await.run_id;

    runner.cancel(&world.tenant, queued).await.unwrap();

    let log = world.log(&runner, queued).await;
    check_grammar(&log, false);
    assert!(matches!(
        log.last(),
        Some((
            _,
            AgentEvent::RunFinished {
                outcome: RunOutcome::Cancelled,
                ..
            }
        ))
    ));
    assert_eq!(world.ledger(queued).await, []);
}

#[tokio::test]
async fn a_shutdown_lets_runs_finish() {
    let world = World::new().await;
    let quick = Gate::new();
    let runner = world.runner(vec![ScriptedModel::new([gated(&quick)])]);
    let run = world.ask(&runner).await.run_id;
    quick.reached().await;

    // Longer than any machine needs: it returns with the run.
    tokio::join!(runner.shutdown(Duration::from_mins(10)), async { quick.open() });

    assert_eq!(world.row(run).await.outcome.as_deref(), Some("completed"));
    assert_eq!(runner.active(), 0);
}

#[tokio::test]
async fn a_shutdown_interrupts_runs_that_do_not_finish() {
    let world = World::new().await;
    let never = Gate::new();
    let runner = world.runner(vec![ScriptedModel::new([gated(&never)])]);
    let run = world.ask(&runner).await.run_id;
    never.reached().await;

    runner.shutdown(Duration::from_millis(200)).await;

    assert_eq!(world.row(run).await.outcome.as_deref(), Some("interrupted"));
    assert_eq!(world.settled(run).await, 1);
    assert!(matches!(
        runner.start(&world.tenant, question()).await,
        Err(RunError::ShuttingDown)
    ));
    assert_eq!(runner.active(), 0);
}
