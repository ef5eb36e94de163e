//! The ledger: entries, counters and budgets agree, whatever happens.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, Store, StoreError, TenantStore,
    budgets::{BudgetPeriod, NewBudget},
    ids::{AttemptId, BudgetId},
    ledger::{Actual, NewHold, Settled, Tokens},
    prices::NanoUsd,
};
use crm_tests::harness::TestDb;
use sqlx::{Connection, PgPool};

pub(crate) fn start() -> DateTime<Utc> {
    // Three hours before a new month in UTC, one before it in Berlin.
    "2026-03-31T21:00:00Z".parse().unwrap()
}

pub(crate) fn hold_of(agent: &str, amount: i64, now: DateTime<Utc>) -> NewHold {
    NewHold {
        attempt: AttemptId::new(),
        run: None,
        agent: agent.to_owned(),
        provider: "scripted".to_owned(),
        model: "m".to_owned(),
        amount: NanoUsd(amount),
        tokens: Tokens {
            input: 100,
            output: 50,
            cached_input: 0,
        },
        lease_until: now + TimeDelta::minutes(5),
    }
}

pub(crate) fn budget_of(name: &str, limit: i64, period: BudgetPeriod) -> NewBudget {
    NewBudget {
        name: name.to_owned(),
        agent: None,
        limit_nano: NanoUsd(limit),
        period,
        timezone: "UTC".to_owned(),
    }
}

pub(crate) async fn hold(tenant: &TenantStore, hold: &NewHold) -> Result<(), StoreError> {
    let mut tx = tenant.begin().await?;
    tx.ledger().hold(hold).await?;
    tx.commit().await
}

pub(crate) async fn settle(tenant: &TenantStore, attempt: AttemptId, cost: i64) -> Settled {
    let mut tx = tenant.begin().await.unwrap();
    let actual = Actual {
        cost: NanoUsd(cost),
        tokens: Tokens {
            input: 90,
            output: 10,
            cached_input: 5,
        },
        estimated: false,
    };
    let settled = tx.ledger().settle(attempt, &actual).await.unwrap();
    tx.commit().await.unwrap();
    settled
}

pub(crate) async fn make_budget(tenant: &TenantStore, new: &NewBudget) -> BudgetId {
    let mut tx = tenant.begin().await.unwrap();
    let id = tx.budgets().create(new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) async fn sweep(store: &Store) -> u64 {
    let mut tx = store.system().await.unwrap();
    let swept = tx.sweep_ledger(1_000).await.unwrap();
    tx.commit().await.unwrap();
    swept
}

/// Every counter is the sum of its entries, and every attempt's entries add up.
pub(crate) async fn balanced(owner: &PgPool) {
    let wrong: Vec<(String, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT b.name, p.held_nano, p.spent_nano, s.held::bigint, s.spent::bigint
        FROM budget_periods p JOIN budgets b ON b.tenant_id = p.tenant_id AND b.id = p.budget_id
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(CASE e.kind WHEN 'hold' THEN e.amount_nano WHEN 'overrun' THEN 0
                    ELSE -e.amount_nano END), 0) AS held,
                COALESCE(sum(e.amount_nano) FILTER (WHERE e.to_account = 'spent'), 0) AS spent
            FROM ledger_entries e WHERE e.tenant_id = p.tenant_id AND b.id = ANY (e.budgets)
                AND budget_period_start(b.period, e.held_at, b.timezone) = p.period_start
        ) s
        WHERE s.held <> p.held_nano OR s.spent <> p.spent_nano",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    assert_eq!(wrong, [], "counters that are not the sum of their entries");
    let odd: Vec<(uuid::Uuid, i64, i64)> = sqlx::query_as(
        "SELECT attempt_id, count(*) FILTER (WHERE kind = 'settle'),
            (COALESCE(sum(amount_nano) FILTER (WHERE from_account = 'held'), 0)
                - sum(amount_nano) FILTER (WHERE kind = 'hold'))::bigint
        FROM ledger_entries GROUP BY tenant_id, attempt_id
        HAVING count(*) FILTER (WHERE kind = 'hold') <> 1
            OR (count(*) FILTER (WHERE kind = 'settle') = 1 AND COALESCE(sum(amount_nano)
                FILTER (WHERE from_account = 'held'), 0) <> sum(amount_nano) FILTER (WHERE kind = 'hold'))
            OR (count(*) FILTER (WHERE kind = 'settle') = 0) <> bool_or(lease_until IS NOT NULL)",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    assert_eq!(odd, [], "attempts whose entries do not add up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_spends_the_last_cent_twice() {
    let db = TestDb::new().await;
    let store = db.store_at(Arc::new(FixedClock::at(start()))).await;
    let (tenant, _) = db.tenant_in(&store, "crowd").await;
    make_budget(&tenant, &budget_of("small", 100, BudgetPeriod::Month)).await;
    make_budget(&tenant, &budget_of("large", 1_000, BudgetPeriod::Total)).await;

    let tasks: Vec<_> = (0..60)
        .map(|_| {
            let tenant = tenant.clone();
            async move { hold(&tenant, &hold_of("answer", 7, start())).await }
        })
        .collect();
    let results = futures::future::join_all(tasks.into_iter().map(|task| {
        let handle = tokio::runtime::Handle::current();
        async move { handle.spawn(task).await.unwrap() }
    }))
    .await;

    assert_eq!(
        results.iter().filter(|result| result.is_ok()).count(),
        14,
        "14 × 7 fit into 100"
    );
    for error in results.into_iter().filter_map(Result::err) {
        let StoreError::BudgetSpent {
            name,
            limit,
            renews_at,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(
            (name.as_str(), limit, renews_at),
            (
                "small",
                NanoUsd(100),
                Some("2026-04-01T00:00:00Z".parse().unwrap())
            )
        );
    }
    balanced(&db.owner().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_is_settled_once_however_many_try() {
    let db = TestDb::new().await;
    let clock = Arc::new(FixedClock::at(start()));
    let store = db.store_at(clock.clone()).await;
    let (tenant, _) = db.tenant_in(&store, "race").await;
    make_budget(&tenant, &budget_of("all", 1_000_000, BudgetPeriod::Day)).await;
    let mut attempts = Vec::new();
    for _ in 0..20 {
        let new = hold_of("answer", 500, start());
        hold(&tenant, &new).await.unwrap();
        attempts.push(new.attempt);
    }
    clock.advance(TimeDelta::minutes(6));

    // Two settlers an attempt, and two sweepers for all of them at the same time.
    let handle = tokio::runtime::Handle::current();
    let mut settlers = Vec::new();
    for attempt in attempts.iter().flat_map(|attempt| [*attempt; 2]) {
        let tenant = tenant.clone();
        settlers.push(handle.spawn(async move { settle(&tenant, attempt, 300).await }));
    }
    let sweepers: Vec<_> = (0..2)
        .map(|_| {
            let store = store.clone();
            handle.spawn(async move { sweep(&store).await })
        })
        .collect();
    let settled = futures::future::join_all(settlers)
        .await
        .into_iter()
        .filter(|one| *one.as_ref().unwrap() == Settled::Now);
    let mut total = u64::try_from(settled.count()).unwrap();
    for swept in futures::future::join_all(sweepers).await {
        total += swept.unwrap();
    }

    assert_eq!(total, 20);
    let owner = db.owner().await;
    balanced(&owner).await;
    let settles: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_entries WHERE kind = 'settle'")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert_eq!(settles, 20);
}

#[tokio::test]
async fn an_attempt_that_cost_more_than_held_overruns_and_one_that_cost_less_releases() {
    let db = TestDb::new().await;
    let store = db.store_at(Arc::new(FixedClock::at(start()))).await;
    let (tenant, _) = db.tenant_in(&store, "over").await;
    let (over, under) = (hold_of("answer", 100, start()), hold_of("answer", 100, start()));
    for new in [&over, &under] {
        hold(&tenant, new).await.unwrap();
    }
    settle(&tenant, over.attempt, 130).await;
    settle(&tenant, under.attempt, 40).await;
    assert_eq!(settle(&tenant, under.attempt, 99).await, Settled::Already);

    let mut tx = tenant.begin().await.unwrap();
    let entries = tx.usage().entries(None, 100).await.unwrap();
    let mut seen: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.attempt_id == over.attempt,
                entry.kind.as_str(),
                entry.amount_nano.0,
                entry.input_tokens,
            )
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            (false, "hold", 100, 100),
            (false, "release", 60, 0),
            (false, "settle", 40, 90),
            (true, "hold", 100, 100),
            (true, "overrun", 30, 0),
            (true, "settle", 100, 90),
        ]
    );
    let days = tx
        .usage()
        .by_day(start() - TimeDelta::days(1), start() + TimeDelta::days(1))
        .await
        .unwrap();
    let [day] = days.as_slice() else {
        panic!("{days:?}")
    };
    assert_eq!(
        (
            day.calls,
            day.cost_nano,
            day.input_tokens,
            day.cached_input_tokens
        ),
        (2, NanoUsd(170), 180, 10)
    );

    // Page by page, each entry once, newest first.
    let mut paged = Vec::new();
    while let Some(last) = {
        let page = tx.usage().entries(paged.last().copied(), 2).await.unwrap();
        paged.extend(page.iter().map(|entry| entry.id));
        page.last().map(|entry| entry.id)
    } {
        assert_eq!(paged.last(), Some(&last));
    }
    assert_eq!(paged, entries.iter().map(|entry| entry.id).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_was_spent_before_a_budget_was_made_counts_in_its_first_period() {
    let db = TestDb::new().await;
    let clock = Arc::new(FixedClock::at(start()));
    let store = db.store_at(clock.clone()).await;
    let (tenant, _) = db.tenant_in(&store, "late").await;
    let early = hold_of("answer", 80, start());
    hold(&tenant, &early).await.unwrap();
    settle(&tenant, early.attempt, 60).await;
    make_budget(&tenant, &budget_of("month", 100, BudgetPeriod::Month)).await;

    assert!(hold(&tenant, &hold_of("answer", 41, start())).await.is_err());
    hold(&tenant, &hold_of("answer", 40, start())).await.unwrap();
    clock.advance(TimeDelta::hours(3));
    hold(&tenant, &hold_of("answer", 100, clock_now(&tenant)))
        .await
        .unwrap();
    balanced(&db.owner().await).await;
}

#[tokio::test]
async fn a_call_that_costs_nothing_is_held_and_settled_even_when_the_budget_is_spent() {
    let db = TestDb::new().await;
    let store = db.store_at(Arc::new(FixedClock::at(start()))).await;
    let (tenant, _) = db.tenant_in(&store, "free").await;
    make_budget(&tenant, &budget_of("none", 0, BudgetPeriod::Day)).await;

    assert!(hold(&tenant, &hold_of("answer", 1, start())).await.is_err());
    let free = hold_of("answer", 0, start());
    hold(&tenant, &free).await.unwrap();
    assert_eq!(settle(&tenant, free.attempt, 0).await, Settled::Now);
    let mut tx = tenant.begin().await.unwrap();
    let days = tx
        .usage()
        .by_day(start(), start() + TimeDelta::days(1))
        .await
        .unwrap();
    assert_eq!(
        (days[0].calls, days[0].input_tokens, days[0].output_tokens),
        (1, 90, 10)
    );
}

#[tokio::test]
async fn a_tenant_sees_no_entry_of_another_and_the_app_changes_none() {
    let db = TestDb::new().await;
    let store = db.store_at(Arc::new(FixedClock::at(start()))).await;
    let (mine, _) = db.tenant_in(&store, "mine").await;
    let (other, _) = db.tenant_in(&store, "other").await;
    let new = hold_of("answer", 100, start());
    hold(&mine, &new).await.unwrap();
    make_budget(&mine, &budget_of("mine", 100, BudgetPeriod::Day)).await;

    assert_eq!(settle(&other, new.attempt, 0).await, Settled::Already);
    let mut tx = other.begin().await.unwrap();
    assert_eq!(tx.usage().entries(None, 10).await.unwrap(), []);
    assert_eq!(tx.budgets().list().await.unwrap(), []);

    // Amounts are written once: not even the service's own role changes them.
    let mut conn = sqlx::PgConnection::connect(&db.login_url()).await.unwrap();
    for role in ["crm_app", "crm_system"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("SET ROLE {role}")))
            .execute(&mut conn)
            .await
            .unwrap();
        for statement in [
            "UPDATE ledger_entries SET amount_nano = 0",
            "DELETE FROM ledger_entries",
        ] {
            let refused = sqlx::query(statement).execute(&mut conn).await.unwrap_err();
            assert!(
                refused.to_string().contains("permission denied"),
                "{role}: {refused}"
            );
        }
    }
}

fn clock_now(tenant: &TenantStore) -> DateTime<Utc> {
    tenant.clock().now()
}
