//! Budgets: periods, names, changes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, StoreError,
    budgets::{BudgetPatch, BudgetPeriod, NewBudget},
    prices::{NanoUsd, Price, Rates},
};
use crm_tests::harness::TestDb;

use crate::ledger::{budget_of, hold, hold_of};

#[tokio::test]
async fn a_budget_renews_at_midnight_in_its_own_time_zone() {
    let db = TestDb::new().await;
    // 01:30 in Berlin on the morning when the clocks go forward.
    let now: DateTime<Utc> = "2026-03-29T00:30:00Z".parse().unwrap();
    let clock = Arc::new(FixedClock::at(now));
    let store = db.store_at(clock.clone()).await;
    let (tenant, _) = db.tenant_in(&store, "zones").await;
    let new = NewBudget {
        timezone: "Europe/Berlin".to_owned(),
        ..budget_of("day", 10, BudgetPeriod::Day)
    };
    let mut tx = tenant.begin().await.unwrap();
    tx.budgets().create(&new).await.unwrap();
    let [budget] = <[_; 1]>::try_from(tx.budgets().list().await.unwrap()).unwrap();
    tx.commit().await.unwrap();
    // A day of 23 hours.
    assert_eq!(budget.renews_at, Some("2026-03-29T22:00:00Z".parse().unwrap()));

    hold(&tenant, &hold_of("answer", 10, now)).await.unwrap();
    clock.advance(TimeDelta::hours(21));
    assert!(matches!(
        hold(&tenant, &hold_of("answer", 1, now)).await,
        Err(StoreError::BudgetSpent { .. })
    ));
    clock.advance(TimeDelta::minutes(30));
    hold(&tenant, &hold_of("answer", 10, now)).await.unwrap();
}

#[tokio::test]
async fn a_budget_of_one_agent_leaves_the_others_alone() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("one-agent").await;
    let now = tenant.clock().now();
    let mut tx = tenant.begin().await.unwrap();
    let new = NewBudget {
        agent: Some("qualify".to_owned()),
        ..budget_of("q", 0, BudgetPeriod::Total)
    };
    tx.budgets().create(&new).await.unwrap();
    tx.commit().await.unwrap();

    let refused = hold(&tenant, &hold_of("qualify", 1, now)).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::BudgetSpent { renews_at: None, .. }),
        "{refused}"
    );
    hold(&tenant, &hold_of("answer", 1, now)).await.unwrap();
}

#[tokio::test]
async fn budgets_change_under_optimistic_locking_and_refuse_nonsense() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("changes").await;
    let now = tenant.clock().now();
    let mut tx = tenant.begin().await.unwrap();
    let id = tx
        .budgets()
        .create(&budget_of("b", 0, BudgetPeriod::Month))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(hold(&tenant, &hold_of("answer", 5, now)).await.is_err());

    let raise = BudgetPatch {
        limit_nano: Some(NanoUsd(5)),
        ..BudgetPatch::default()
    };
    let mut tx = tenant.begin().await.unwrap();
    assert_eq!(tx.budgets().update(id, &raise, 1).await.unwrap().version, 2);
    tx.commit().await.unwrap();
    hold(&tenant, &hold_of("answer", 5, now)).await.unwrap();
    assert!(hold(&tenant, &hold_of("answer", 1, now)).await.is_err());

    let mut tx = tenant.begin().await.unwrap();
    assert!(matches!(
        tx.budgets().update(id, &raise, 1).await,
        Err(StoreError::Stale { current: 2 })
    ));
    let off = BudgetPatch {
        active: Some(false),
        ..BudgetPatch::default()
    };
    tx.budgets().update(id, &off, 2).await.unwrap();
    tx.commit().await.unwrap();
    hold(&tenant, &hold_of("answer", 1_000, now)).await.unwrap();

    for (new, field) in [
        (
            NewBudget {
                timezone: "Mars/Olympus".to_owned(),
                ..budget_of("x", 1, BudgetPeriod::Day)
            },
            "timezone",
        ),
        (budget_of("x", -1, BudgetPeriod::Day), "limit_nano"),
        (budget_of("", 1, BudgetPeriod::Day), "name"),
    ] {
        let mut tx = tenant.begin().await.unwrap();
        let error = tx.budgets().create(&new).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::Invalid { field: wrong, .. } if wrong == field),
            "{error:?}"
        );
    }
    let mut tx = tenant.begin().await.unwrap();
    let again = tx
        .budgets()
        .create(&budget_of("b", 1, BudgetPeriod::Day))
        .await
        .unwrap_err();
    assert!(matches!(again, StoreError::Conflict { .. }), "{again:?}");
}

#[tokio::test]
async fn a_price_is_kept_by_model_and_day() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let price = |day: &str, input: i64| Price {
        model: "gpt-x".to_owned(),
        valid_from: format!("{day}T00:00:00Z").parse().unwrap(),
        rates: Rates {
            input_nano_per_mtok: input,
            ..Rates::default()
        },
    };
    let mut tx = store.system().await.unwrap();
    for price in [
        price("2026-02-01", 2),
        price("2026-01-01", 1),
        price("2026-02-01", 3),
    ] {
        tx.prices().set(&price).await.unwrap();
    }
    let mut prices = tx.prices().all().await.unwrap();
    assert!(
        prices.iter().any(|price| price.model == "gpt-4o-mini"),
        "a fresh list is not empty"
    );
    prices.retain(|price| price.model == "gpt-x");
    assert_eq!(prices, [price("2026-01-01", 1), price("2026-02-01", 3)]);
    tx.commit().await.unwrap();
}
