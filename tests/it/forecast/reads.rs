//! What a forecast reads: sums of what was won, with what has no amount named, and nothing while another tenant waits for it.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_store::{Clock as _, FixedClock, catalog::EXCHANGE_RATE};
use crm_tests::harness::{TestDb, until};

use super::*;
use crate::win_support::create;

async fn won(past: &Past, amount: Option<(i64, &str)>) -> Uuid {
    let mut draft = Draft::new(&OPPORTUNITY)
        .with("name", "Won")
        .with("close_date", past.tenant.clock().now().date_naive());
    if let Some((amount, currency)) = amount {
        draft = draft
            .with("amount", money(amount, currency))
            .with("currency", currency);
    }
    let deal = create(&past.tenant, draft).await;
    past.stage(deal, WON).await;
    deal
}

fn money(amount: i64, currency: &str) -> Value {
    Value::Money(crm_store::records::Money::new(Decimal::from(amount), currency))
}

async fn change(past: &Past, deal: Uuid, amount: i64) {
    let mut tx = past.tenant.begin().await.unwrap();
    let draft = Draft::new(&OPPORTUNITY)
        .with("amount", money(amount, "EUR"))
        .with("currency", "EUR");
    tx.records(&OPPORTUNITY).update(deal, draft, None).await.unwrap();
    tx.commit().await.unwrap();
}

async fn rate(past: &Past, rate: i64, from: NaiveDate) {
    let draft = Draft::new(&EXCHANGE_RATE)
        .with("currency", "USD")
        .with("rate", Value::Decimal(Decimal::new(rate, 2)))
        .with("valid_from", from);
    create(&past.tenant, draft).await;
}

#[tokio::test]
async fn what_was_won_without_an_amount_is_named_until_it_has_one() {
    let past = Past::new().await;
    let begin = past.tenant.clock().now().date_naive();
    rate(&past, 50, begin - Days::new(3)).await;
    rate(&past, 80, begin + Days::new(10)).await;
    // In the quarter before nothing; then one without an amount and one in a currency without a rate.
    past.days(2);
    won(&past, Some((1_000, "EUR"))).await;
    won(&past, Some((2_000, "USD"))).await;
    let bare = won(&past, None).await;
    won(&past, Some((7_000, "CHF"))).await;
    let wrong = won(&past, Some((5, "EUR"))).await;
    let lost = open(&past, None, 90_000).await;
    past.stage(lost, LOST).await;
    past.days(20);
    let made = forecast(&past.tenant).await;
    assert_eq!(
        made.total.closed,
        Decimal::new(200_500, 2),
        "at the rate of the day on which it closed"
    );
    assert_eq!((made.total.won_deals, made.basis.won_without_amount), (5, 2));
    assert_eq!(
        (made.basis.without_amount, made.basis.past_without_amount),
        (0, 0)
    );
    change(&past, bare, 300).await;
    change(&past, wrong, 500).await;
    let mended = forecast(&past.tenant).await;
    assert_eq!(mended.total.closed, Decimal::from(2_800).round_dp(2));
    assert_eq!(mended.basis.won_without_amount, 1);

    // When the quarter is over, what came says the same: of a quarter that had open deals on its first day.
    past.days(90);
    let held = open(&past, None, 4_000).await;
    past.days(90);
    past.stage(held, WON).await;
    won(&past, None).await;
    past.days(90);
    let after = forecast(&past.tenant).await;
    assert_eq!(after.basis.won_without_amount, 0);
    assert_eq!(after.basis.past_without_amount, 1, "{:?}", after.past);
    let came: Decimal = after.past.iter().map(|past| past.actual).sum();
    assert_eq!(came, Decimal::from(4_000), "{:?}", after.past);
}

#[tokio::test]
async fn a_day_begins_where_the_tenant_is() {
    let db = TestDb::new().await;
    // Half an hour before a quarter begins in Los Angeles; in UTC it has begun long ago.
    let clock = Arc::new(FixedClock::at("2025-04-01T06:30:00Z".parse().unwrap()));
    let store = db.store_at(clock.clone()).await;
    let (tenant, _) = db.tenant_in(&store, "acme").await;
    sqlx::query("UPDATE tenants SET timezone = 'America/Los_Angeles'")
        .execute(&db.owner().await)
        .await
        .unwrap();
    for amount in [1_000, 20] {
        let draft = Draft::new(&OPPORTUNITY)
            .with("name", "Won")
            .with("close_date", clock.now().date_naive())
            .with("amount", money(amount, "EUR"))
            .with("currency", "EUR");
        let deal = create(&tenant, draft).await;
        let mut tx = tenant.begin().await.unwrap();
        let won = Draft::new(&OPPORTUNITY).with("stage", WON);
        tx.records(&OPPORTUNITY).update(deal, won, None).await.unwrap();
        tx.commit().await.unwrap();
        clock.advance(TimeDelta::hours(1));
    }
    let mut tx = tenant.begin().await.unwrap();
    let first = "2025-04-01".parse::<NaiveDate>().unwrap();
    let sums = [
        tx.won_between(first - Days::new(90), first - Days::new(1))
            .await
            .unwrap(),
        tx.won_between(first, first + Days::new(90)).await.unwrap(),
    ];
    tx.commit().await.unwrap();
    let worth = sums.map(|won| won.iter().map(|won| won.worth).sum::<f64>());
    assert!(
        (worth[0] - 1_000.0).abs() < 1e-9 && (worth[1] - 20.0).abs() < 1e-9,
        "{worth:?}"
    );
}

#[tokio::test]
async fn who_waits_for_a_database_keeps_no_other_tenant_waiting() {
    let (here, there) = (TestDb::new().await, TestDb::new().await);
    let ((slow, _), (quick, _)) = (here.tenant("slow").await, there.tenant("quick").await);
    let forecaster = Forecaster::default();
    let ask = async |store: &TenantStore| {
        let today = store.clock().now().date_naive();
        forecaster.forecast(store, quarter(today)).await.unwrap()
    };
    // The past is kept, so that all that is left to read are the deals of the day.
    ask(&slow).await;
    let owner = here.owner().await;
    let mut held = owner.begin().await.unwrap();
    sqlx::query("LOCK TABLE opportunities IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let meanwhile = async {
        let waits =
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'opportunities'::regclass";
        until("as many wait as may simulate", async || {
            let waiting: i64 = sqlx::query_scalar(waits).fetch_one(&owner).await.unwrap();
            (waiting >= 2).then_some(())
        })
        .await;
        ask(&quick).await;
        held.rollback().await.unwrap();
    };
    futures::join!(ask(&slow), ask(&slow), meanwhile);
}
