//! The log: resuming, slow readers, other replicas, what is stored.

use std::time::Duration;

use crm_agents::{
    Runner,
    event::AgentEvent,
    model::{
        ScriptedModel, StopReason,
        scripted::{Gate, Step},
    },
};
use crm_store::{TenantStore, ids::RunId};
use futures::StreamExt;

use crate::run_support::{World, check_grammar, search, text_of};

async fn read(
    runner: &Runner,
    tenant: &TenantStore,
    run: RunId,
    after: Option<u64>,
) -> Vec<(u64, AgentEvent)> {
    runner
        .events(tenant, run, after)
        .await
        .unwrap()
        .into_stream()
        .collect()
        .await
}

/// Many deltas with a pause in the middle, so that they are stored in several rows.
fn long(gate: &Gate, deltas: usize) -> Vec<Step> {
    let mut turn: Vec<Step> = (0..deltas).map(|n| Step::text(&format!("ä{n} "))).collect();
    turn.insert(deltas / 2, Step::Wait(gate.clone()));
    turn.push(Step::text("[1]."));
    turn.push(Step::finish(StopReason::Stop));
    turn
}

#[tokio::test]
async fn resuming_at_any_number_gives_each_later_event_once() {
    let world = World::new().await;
    let gate = Gate::new();
    let runner = world.runner(vec![ScriptedModel::new([search(), long(&gate, 40)])]);
    let other = world.runner(vec![]);
    let run = world.ask(&runner).await;
    gate.reached().await;
    // Some are stored now, from another replica's view; the rest is still to come.
    let mut remote = other.events(&world.tenant, run.run_id, None).await.unwrap();
    let mut first = Vec::new();
    while first.len() < 10 {
        first.extend(remote.next_batch().await.unwrap());
    }
    gate.open();

    let log = read(&runner, &world.tenant, run.run_id, None).await;
    check_grammar(&log, false);
    assert_eq!(log.len(), 1 + 2 + 40 + 1 + 1 + 1 + 1);
    for at in 0..=log.len() {
        let after = at.checked_sub(1).map(|at| log[at].0);
        for replica in [&runner, &other] {
            assert_eq!(
                read(replica, &world.tenant, run.run_id, after).await,
                log[at..],
                "after {after:?}"
            );
        }
    }
    while let Some(batch) = remote.next_batch().await {
        first.extend(batch);
    }
    assert_eq!(first, log, "a reader elsewhere sees the same, as it comes");
}

#[tokio::test]
async fn a_reader_with_a_number_from_the_future_still_gets_the_end() {
    let world = World::new().await;
    let runner = world.runner(vec![]);
    let run = world.ask(&runner).await.run_id;
    let log = world.log(&runner, run).await;

    let later = read(&runner, &world.tenant, run, Some(1 << 40)).await;

    assert_eq!(later, log[log.len() - 1..]);
}

#[tokio::test]
async fn deltas_are_stored_as_ranges_that_keep_every_number() {
    let world = World::new().await;
    let gate = Gate::new();
    gate.open();
    let runner = world.runner_with(vec![ScriptedModel::new([long(&gate, 500)])], |config, _| {
        // Nothing is stored before the end: the whole text is one row.
        config.flush_every = Duration::from_hours(1);
    });
    let run = world.ask(&runner).await.run_id;
    let log = read(&runner, &world.tenant, run, None).await;

    let rows: Vec<(i64, i64, String)> =
        sqlx::query_as("SELECT seq, seq_end, type FROM run_events WHERE run_id = $1 ORDER BY seq")
            .bind(run)
            .fetch_all(&world.owner)
            .await
            .unwrap();

    assert!(rows.len() <= 5, "{rows:?}");
    assert!(
        rows.iter()
            .any(|(seq, end, kind)| kind == "text_delta" && end - seq >= 400),
        "{rows:?}"
    );
    let other = world.runner(vec![]);
    assert_eq!(read(&other, &world.tenant, run, None).await, log);
    assert_eq!(read(&other, &world.tenant, run, Some(250)).await, log[250..]);
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_nobody_up_and_loses_nothing() {
    let world = World::new().await;
    let gate = Gate::new();
    gate.open();
    // More than stays in memory.
    let mut turn: Vec<Step> = (0..3_000)
        .map(|n| Step::text(&format!("word {n} of a long answer ")))
        .collect();
    turn.push(Step::finish(StopReason::Stop));
    let runner = world.runner_with(vec![ScriptedModel::new([turn])], |_, agent| {
        agent.limits.tokens = 1_000_000;
    });
    let run = world.ask(&runner).await;
    let mut slow = runner.reader(&world.tenant, run, None);
    let mut slow_log = slow.next_batch().await.unwrap();

    let log = read(&runner, &world.tenant, run.run_id, None).await;
    assert_eq!(log.len(), 3_000 + 2);

    while let Some(batch) = slow.next_batch().await {
        slow_log.extend(batch);
    }
    assert_eq!(slow_log, log);
}

#[tokio::test]
async fn many_readers_see_one_log() {
    let world = World::new().await;
    let gate = Gate::new();
    let runner = world.runner(vec![ScriptedModel::new([long(&gate, 100)])]);
    let run = world.ask(&runner).await;
    gate.reached().await;
    let readers = (0..50).map(|_| {
        runner
            .reader(&world.tenant, run, None)
            .into_stream()
            .collect::<Vec<_>>()
    });
    let all = futures::future::join_all(readers);
    gate.open();

    let logs = all.await;

    check_grammar(&logs[0], false);
    assert!(logs.iter().all(|log| *log == logs[0]));
}

#[tokio::test]
async fn a_run_goes_on_while_its_events_cannot_be_stored() {
    let world = World::new().await;
    let gate = Gate::new();
    let runner = world.runner(vec![ScriptedModel::new([long(&gate, 30)])]);
    let run = world.ask(&runner).await;
    gate.reached().await;
    // The flusher has stored the first half, or will; from now on it fails.
    sqlx::raw_sql("REVOKE INSERT ON run_events FROM crm_app")
        .execute(&world.owner)
        .await
        .unwrap();
    gate.open();
    let mut reader = runner.reader(&world.tenant, run, None);
    let mut log = Vec::new();
    while text_of(
        &log.iter()
            .map(|(_, event): &(u64, AgentEvent)| event.clone())
            .collect::<Vec<_>>(),
    )
    .len()
        < 100
    {
        log.extend(reader.next_batch().await.unwrap());
    }
    sqlx::raw_sql("GRANT INSERT ON run_events TO crm_app")
        .execute(&world.owner)
        .await
        .unwrap();
    while let Some(batch) = reader.next_batch().await {
        log.extend(batch);
    }

    check_grammar(&log, false);
    let other = world.runner(vec![]);
    assert_eq!(
        read(&other, &world.tenant, run.run_id, None).await,
        log,
        "nothing was lost meanwhile"
    );
    assert_eq!(world.settled(run.run_id).await, 1);
}

#[tokio::test]
async fn nobody_reads_the_log_of_another_tenant() {
    let world = World::new().await;
    let runner = world.runner(vec![]);
    let run = world.ask(&runner).await.run_id;
    let (stranger, _) = world.db.tenant_in(&world.store, "stranger").await;

    let refused = runner.events(&stranger, run, None).await.err().unwrap();

    assert!(matches!(refused, crm_agents::RunError::NotFound), "{refused}");
    assert!(matches!(
        runner.cancel(&stranger, run).await,
        Err(crm_agents::RunError::NotFound)
    ));
    // Even with the number of a live run in hand there is nothing to read.
    let log = world.log(&runner, run).await;
    assert!(!log.is_empty());
}
