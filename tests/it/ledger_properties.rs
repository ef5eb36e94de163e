//! Random histories of the ledger: roll-overs, crashes, late settles, new budgets.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_store::{
    FixedClock, Store, StoreError, TenantStore,
    budgets::{BudgetPeriod, NewBudget},
    ids::AttemptId,
};
use crm_tests::harness::TestDb;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use sqlx::PgPool;

use crate::ledger::{balanced, budget_of, hold, hold_of, make_budget, settle, start, sweep};

#[derive(Debug, Clone)]
enum Op {
    Hold {
        agent: usize,
        amount: i64,
    },
    /// Settles the attempt with this index, perhaps not for the first time.
    Settle {
        attempt: usize,
        cost: i64,
    },
    Advance {
        minutes: i64,
    },
    Sweep,
    Budget {
        agent: Option<usize>,
        limit: i64,
        period: usize,
        berlin: bool,
    },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..2_usize, 0..400_i64).prop_map(|(agent, amount)| Op::Hold { agent, amount }),
        5 => (0..30_usize, 0..600_i64).prop_map(|(attempt, cost)| Op::Settle { attempt, cost }),
        2 => (1..200_i64).prop_map(|minutes| Op::Advance { minutes }),
        1 => Just(Op::Sweep),
        1 => (prop::option::of(0..2_usize), 0..1_500_i64, 0..3_usize, any::<bool>())
            .prop_map(|(agent, limit, period, berlin)| Op::Budget { agent, limit, period, berlin }),
    ]
}

const AGENTS: [&str; 2] = ["answer", "qualify"];

async fn play(db: &TestDb, store: &Store, clock: &FixedClock, owner: &PgPool, case: usize, ops: Vec<Op>) {
    let (tenant, _) = db.tenant_in(store, &format!("case-{case}")).await;
    let mut attempts: Vec<AttemptId> = Vec::new();
    for (at, op) in ops.into_iter().enumerate() {
        match op {
            Op::Hold { agent, amount } => {
                let new = hold_of(AGENTS[agent], amount, tenant.clock().now());
                let before = budgets(&tenant, AGENTS[agent]).await;
                let full = before.iter().any(|(room, _)| amount > 0 && amount > *room);
                match hold(&tenant, &new).await {
                    Ok(()) => {
                        assert!(!full, "{amount} was held although {before:?}");
                        attempts.push(new.attempt);
                    }
                    Err(StoreError::BudgetSpent { name, .. }) => {
                        assert!(full, "{amount} was refused although {before:?}");
                        let named = before.iter().find(|(_, known)| *known == name).unwrap();
                        assert!(named.0 < amount, "{name} had room");
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            Op::Settle { attempt, cost } => {
                if let Some(attempt) = attempts.get(attempt) {
                    settle(&tenant, *attempt, cost).await;
                }
            }
            Op::Advance { minutes } => clock.advance(TimeDelta::minutes(minutes)),
            Op::Sweep => {
                sweep(store).await;
            }
            Op::Budget {
                agent,
                limit,
                period,
                berlin,
            } => {
                let period = [BudgetPeriod::Day, BudgetPeriod::Month, BudgetPeriod::Total][period];
                let new = NewBudget {
                    agent: agent.map(|agent| AGENTS[agent].to_owned()),
                    timezone: if berlin { "Europe/Berlin" } else { "UTC" }.to_owned(),
                    ..budget_of(&format!("budget {at}"), limit, period)
                };
                make_budget(&tenant, &new).await;
            }
        }
        balanced(owner).await;
    }
    // Whoever crashed in between left holds; they end.
    clock.advance(TimeDelta::hours(1));
    sweep(store).await;
    balanced(owner).await;
    let open: i64 = sqlx::query_scalar("SELECT COALESCE(sum(held_nano), 0)::bigint FROM budget_periods")
        .fetch_one(owner)
        .await
        .unwrap();
    assert_eq!(open, 0);
}

/// What is left in each budget that counts this agent, and its name.
async fn budgets(tenant: &TenantStore, agent: &str) -> Vec<(i64, String)> {
    let mut tx = tenant.begin().await.unwrap();
    tx.budgets()
        .list()
        .await
        .unwrap()
        .into_iter()
        .filter(|budget| budget.agent.as_deref().is_none_or(|only| only == agent))
        .map(|budget| {
            (
                budget.limit_nano.0 - budget.held_nano.0 - budget.spent_nano.0,
                budget.name,
            )
        })
        .collect()
}

#[test]
fn counters_are_the_sums_of_entries_whatever_happens() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let clock = Arc::new(FixedClock::at(start()));
    let (db, store, owner) = runtime.block_on(async {
        let db = TestDb::new().await;
        let store = db.store_at(clock.clone()).await;
        let owner = db.owner().await;
        (db, store, owner)
    });
    let case = std::cell::Cell::new(0);
    TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    })
    .run(&prop::collection::vec(op(), 1..40), |ops| {
        case.set(case.get() + 1);
        runtime.block_on(play(&db, &store, &clock, &owner, case.get(), ops));
        Ok(())
    })
    .unwrap();
    runtime.block_on(async {
        store.close().await;
        owner.close().await;
    });
}
