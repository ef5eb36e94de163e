//! Every log keeps the grammar, whatever the models do.

use std::sync::Arc;

use crm_agents::{
    Runner,
    event::{AgentEvent, Decision, RunOutcome},
    model::{ChatModel, Entry, Fallback, ModelError, RetryPolicy, ScriptedModel, StopReason, scripted::Step},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::run_support::{World, check_grammar, floor};

/// What a model may do in a turn, as a value that can be shrunk and shown.
#[derive(Debug, Clone)]
enum Act {
    Text(String),
    Call {
        id: usize,
        tool: usize,
        arguments: usize,
    },
    Fail(usize),
    Finish(usize),
}

const TOOLS: [&str; 5] = ["search_knowledge", "write", "no_such_tool", "broken", "panics"];
const ARGUMENTS: [&str; 5] = [r#"{"query":"q","limit":null}"#, r#"{"text":"t"}"#, "{", "[]", ""];
const IDS: [&str; 3] = ["", "a", "b"];

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop::sample::select(vec!["Within ", "30 ", "[", "1", "]", "[1]", " [3]", "[99", ", 2]", "ß📦", " ", ""])
            .prop_map(|text| Act::Text(text.to_owned())),
        // Tools that end the run are rarer.
        3 => (0..3_usize, 0..3_usize, 0..5_usize).prop_map(|(id, tool, arguments)| Act::Call { id, tool, arguments }),
        1 => (0..3_usize, 0..5_usize, 0..5_usize).prop_map(|(id, tool, arguments)| Act::Call { id, tool, arguments }),
        1 => (0..4_usize).prop_map(Act::Fail),
        2 => (0..5_usize).prop_map(Act::Finish),
    ]
}

fn step(act: &Act) -> Step {
    match act {
        Act::Text(text) => Step::text(text),
        Act::Call { id, tool, arguments } => Step::call(IDS[*id], TOOLS[*tool], ARGUMENTS[*arguments]),
        Act::Fail(0) => Step::Fail(ModelError::Unavailable("down".into())),
        Act::Fail(1) => Step::Fail(ModelError::RateLimited { retry_after: None }),
        Act::Fail(2) => Step::Fail(ModelError::ContextLength),
        Act::Fail(_) => Step::Fail(ModelError::Protocol("odd".to_owned())),
        Act::Finish(0) => Step::finish(StopReason::Stop),
        Act::Finish(1) => Step::finish(StopReason::ToolCalls),
        Act::Finish(2) => Step::finish(StopReason::Length),
        Act::Finish(3) => Step::finish(StopReason::ContentFilter),
        Act::Finish(_) => Step::finish(StopReason::Abstained),
    }
}

type Script = Vec<Vec<Act>>;

fn script() -> impl Strategy<Value = Script> {
    prop::collection::vec(prop::collection::vec(act(), 0..7), 0..5)
}

fn model(script: &Script, name: &str) -> Arc<dyn ChatModel> {
    Arc::new(
        ScriptedModel::new(
            script
                .iter()
                .map(|turn| turn.iter().map(step).collect::<Vec<_>>()),
        )
        .named(name),
    )
}

async fn play(world: &World, scripts: &(Script, Script), decisions: &[bool], cancel_after: Option<usize>) {
    let models = vec![model(&scripts.0, "one"), model(&scripts.1, "two")];
    let chain = Fallback::new(models, Arc::new(floor())).with_retry(RetryPolicy::NEVER);
    let runner = world.runner_on(&world.store, chain, |_, _| {});
    let run = world.ask(&runner).await;
    let mut reader = runner.reader(&world.tenant, run, None);
    let mut log = Vec::new();
    let mut decisions = decisions.iter().cycle();
    while let Some(batch) = reader.next_batch().await {
        for (_, event) in &batch {
            if let AgentEvent::ApprovalRequired { call_id, .. } = event {
                check_grammar(&[log.clone(), batch.clone()].concat(), true);
                let decision = if *decisions.next().unwrap() {
                    Decision::Approve
                } else {
                    Decision::Reject
                };
                // Refused when the run was cancelled meanwhile.
                let _ = runner
                    .decide(&world.tenant, run.run_id, call_id, decision, None)
                    .await;
            }
        }
        log.extend(batch);
        if cancel_after.is_some_and(|after| log.len() > after) {
            runner.cancel(&world.tenant, run.run_id).await.unwrap();
        }
    }
    check_grammar(&log, false);
    let shown: Vec<&str> = log
        .iter()
        .filter_map(|(_, event)| match event {
            AgentEvent::TextDelta { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let shown = shown.concat();
    assert!(
        !shown.contains("[3]"),
        "a marker without stored text was shown: {shown}"
    );
    for (_, event) in &log {
        if let AgentEvent::Citation(citation) = event {
            assert!(
                shown.contains(&format!("[{}]", citation.marker)),
                "a citation without its marker: {shown}"
            );
        }
    }
    stored(world, &runner, run.run_id, &log).await;
}

/// What is stored is what was shown; the transcript is well formed; the ledger is even.
async fn stored(world: &World, runner: &Runner, run: crm_store::ids::RunId, log: &[(u64, AgentEvent)]) {
    let reader = world.runner(vec![]);
    let again = world.log_to_end(&reader, run).await;
    assert_eq!(again, log);
    assert_eq!(runner.active(), 0);
    let row = world.row(run).await;
    let transcript: Vec<Entry> = serde_json::from_value(row.transcript).unwrap();
    let mut open: Vec<String> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for entry in transcript {
        match entry {
            Entry::Assistant { tool_calls, .. } => {
                assert_eq!(open, [""; 0], "a turn began while calls were open");
                for call in tool_calls {
                    assert!(
                        !call.id.is_empty() && !ids.contains(&call.id),
                        "{} twice",
                        call.id
                    );
                    ids.push(call.id.clone());
                    open.push(call.id);
                }
            }
            Entry::ToolResult { call_id, .. } => {
                let at = open
                    .iter()
                    .position(|id| *id == call_id)
                    .expect("a result of an open call");
                open.remove(at);
            }
            Entry::User { .. } => {}
        }
    }
    assert_eq!(open, [""; 0], "calls without a result");
    world.settled(run).await;
    let Some((_, AgentEvent::RunFinished { outcome, .. })) = log.last() else {
        panic!()
    };
    assert_eq!(row.outcome.as_deref(), Some(outcome.as_str()));
    assert_ne!(*outcome, RunOutcome::Interrupted);
}

#[test]
fn every_log_keeps_the_grammar_whatever_the_models_do() {
    // Panics of a tool are part of the script; their messages are only noise.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(World::new());
    let strategy = (
        (script(), script()),
        prop::collection::vec(any::<bool>(), 1..4),
        prop::option::weighted(0.3, 0..12_usize),
    );
    TestRunner::new(Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    })
    .run(&strategy, |(scripts, decisions, cancel_after)| {
        runtime.block_on(play(&world, &scripts, &decisions, cancel_after));
        Ok(())
    })
    .unwrap();
    runtime.block_on(world.close());
}
