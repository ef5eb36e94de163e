//! Runs whose process dies, or loses them to another.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use crm_agents::{
    GAP, Runner,
    event::{AgentEvent, RunOutcome},
    model::{
        Fallback, ScriptedModel, StopReason,
        scripted::{Gate, Step},
    },
};
use crm_store::{Store, StoreConfig, TenantStore};

use crate::run_support::{World, check_grammar, floor, gated, question, search};

/// A process of its own: its runtime can be killed, its tasks with it.
struct Doomed {
    runtime: tokio::runtime::Runtime,
    runner: Runner,
    /// The tenant over connections of this process: they die with it.
    tenant: TenantStore,
}

impl Doomed {
    async fn new(world: &World, turns: Vec<Vec<Step>>, flush_every: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (url, clock) = (world.db.login_url(), world.store.clock());
        let store = runtime
            .spawn(async move { Store::connect(&StoreConfig::new(url), clock).await.unwrap() })
            .await
            .unwrap();
        let inside = runtime.enter();
        let chain = Fallback::new(vec![Arc::new(ScriptedModel::new(turns))], Arc::new(floor()));
        let runner = world.runner_on(&store, chain, |config, _| config.flush_every = flush_every);
        drop(inside);
        let tenant = store.open(world.tenant.grant());
        Self {
            runtime,
            runner,
            tenant,
        }
    }

    /// kill -9, as far as the database can tell.
    fn kill(self) {
        drop(self.runner);
        self.runtime.shutdown_background();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_process_dies_is_interrupted_once() {
    let (world, clock) = World::fixed().await;
    let gate = Gate::new();
    let mut half = search();
    half.truncate(1);
    half.push(Step::finish(StopReason::ToolCalls));
    let doomed = Doomed::new(&world, vec![half, gated(&gate)], Duration::from_millis(5)).await;
    let (runner, tenant) = (doomed.runner.clone(), doomed.tenant.clone());
    let run = doomed
        .runtime
        .spawn(async move { runner.start(&tenant, question()).await })
        .await
        .unwrap()
        .unwrap();
    // What this reader has seen may be ahead of the store.
    let mut reader = doomed.runner.reader(&world.tenant, run, None);
    let mut seen = 0;
    let mut text = String::new();
    while text.is_empty() {
        for (seq, event) in reader.next_batch().await.unwrap() {
            seen = seq;
            if let AgentEvent::TextDelta { text: delta } = event {
                text.push_str(&delta);
            }
        }
    }
    drop(reader);
    doomed.kill();

    let runner = world.runner(vec![]);
    assert_eq!(runner.recover().await.unwrap(), 0, "its lease still runs");
    clock.advance(TimeDelta::minutes(1));
    let other = world.runner(vec![]);
    let (a, b) = tokio::join!(runner.recover(), other.recover());
    assert_eq!(a.unwrap() + b.unwrap(), 1, "one of two finds it");
    assert_eq!(runner.recover().await.unwrap(), 0);

    let log = world.log(&runner, run.run_id).await;
    check_grammar(&log, false);
    let (end, AgentEvent::RunFinished { outcome, usage, .. }) = log.last().unwrap() else {
        panic!()
    };
    assert_eq!((*outcome, usage.model_calls), (RunOutcome::Interrupted, 2));
    assert!(*end > seen && *end > GAP, "above whatever was given out");
    // Whoever comes back with the last number that they saw gets the end.
    let later: Vec<_> = {
        let mut reader = runner
            .events(&world.tenant, run.run_id, Some(seen))
            .await
            .unwrap();
        let mut later = Vec::new();
        while let Some(batch) = reader.next_batch().await {
            later.extend(batch);
        }
        later
    };
    assert!(
        matches!(later.as_slice(), [.., (_, AgentEvent::RunFinished { .. })]),
        "{later:?}"
    );
    assert_eq!(world.settled(run.run_id).await, 2);
    clock.advance(TimeDelta::hours(1));
    runner.maintain().await.unwrap();
    assert_eq!(world.settled(run.run_id).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_process_takes_over_at_once() {
    let (world, _clock) = World::fixed().await;
    let gate = Gate::new();
    let doomed = Doomed::new(&world, vec![gated(&gate)], Duration::from_hours(1)).await;
    let (runner, tenant) = (doomed.runner.clone(), doomed.tenant.clone());
    let run = doomed
        .runtime
        .spawn(async move { runner.start(&tenant, question()).await })
        .await
        .unwrap()
        .unwrap();
    gate.reached().await;
    doomed.kill();

    let runner = world.runner_with(vec![], |config, _| config.sole = true);

    assert_eq!(runner.recover().await.unwrap(), 1);
    assert_eq!(
        world.row(run.run_id).await.outcome.as_deref(),
        Some("interrupted")
    );
    assert_eq!(world.settled(run.run_id).await, 1);
    // Nothing of its log was stored: the first number is still that of the start,
    // and who has seen that does not see it again.
    let log = world.log(&runner, run.run_id).await;
    check_grammar(&log, false);
    let mut reader = runner.events(&world.tenant, run.run_id, Some(2)).await.unwrap();
    assert_eq!(reader.next_batch().await.unwrap(), log[1..]);
    assert_eq!(reader.next_batch().await, None);
}

#[tokio::test]
async fn a_process_that_lost_its_lease_writes_nothing_more() {
    let (world, clock) = World::fixed().await;
    let gate = Gate::new();
    let slow = world.runner(vec![ScriptedModel::new([gated(&gate)])]);
    let run = world.ask(&slow).await.run_id;
    gate.reached().await;
    clock.advance(TimeDelta::minutes(1));
    let other = world.runner(vec![]);
    assert_eq!(other.recover().await.unwrap(), 1);

    let mut reader = slow.events(&world.tenant, run, None).await.unwrap();
    gate.open();

    let mut log = Vec::new();
    while let Some(batch) = reader.next_batch().await {
        log.extend(batch);
    }
    let ends: Vec<_> = log
        .iter()
        .filter(|(_, event)| matches!(event, AgentEvent::RunFinished { .. }))
        .collect();
    assert!(
        matches!(
            ends.as_slice(),
            [(
                _,
                AgentEvent::RunFinished {
                    outcome: RunOutcome::Interrupted,
                    ..
                }
            )]
        ),
        "{log:?}"
    );
    assert_eq!(world.settled(run).await, 1);
    let answers: i64 = sqlx::query_scalar("SELECT count(*) FROM answers")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(answers, 0);
}
