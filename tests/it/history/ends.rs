//! Nothing is learned of moments at which a record had ended already.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Dataset,
    features::{LEAD_WINDOW_DAYS, LEARNED_SPAN, Plan, deal_dataset, lead_dataset},
};
use crm_store::catalog;
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, bad::brought, create, update};

fn start() -> DateTime<Utc> {
    "2026-01-09T10:00:00Z".parse().unwrap()
}

/// The moments of a record's rows, in days from the start.
fn days_of(data: &Dataset, id: Uuid) -> Vec<f64> {
    let group = Some(id.to_string());
    let rows = data.rows.iter().filter(|row| row.group == group);
    rows.filter_map(|row| Some((row.at? - start()).as_seconds_f64() / 86_400.0))
        .collect()
}

#[tokio::test]
async fn deals_that_were_opened_again_or_corrected_teach_nothing_of_when_they_were_closed() {
    let world = World::new(start()).await;
    let opened = || {
        create(
            &world.admin,
            &catalog::OPPORTUNITY,
            json!({"name": "Looms", "stage": "Qualification"}),
        )
    };
    let (reopened, corrected, hasty) = (opened().await, opened().await, opened().await);
    let (world, lost) = (&world, "Closed Lost");
    let to = async |deal: Uuid, stage: &str| {
        let change = json!({"stage": stage, "closed_reason": "Told"});
        update(&world.admin, &catalog::OPPORTUNITY, deal, change).await;
    };
    world.pass(4);
    to(hasty, lost).await;
    world.pass(20 * 24 - 4);
    to(reopened, lost).await;
    to(corrected, lost).await;
    world.pass(30 * 24);
    to(reopened, "Needs Analysis").await;
    to(corrected, "Closed Won").await;
    to(hasty, "Closed Won").await;
    world.pass(20 * 24);
    to(reopened, "Closed Won").await;
    world.pass(1);
    let known = Known::load(&world.job().await).await;
    let plan = Plan {
        most: 100,
        ..Plan::default()
    };
    let data = deal_dataset(&known.deals, &known.usual, plan, world.now());
    let days = days_of(&data, reopened);
    assert!(
        days.iter().all(|day| *day < 20.0 || *day >= 50.0),
        "a row while it was closed: {days:?}"
    );
    let early = days.iter().filter(|day| **day < 20.0).count();
    assert!(early >= 2 && days.len() - early >= 2, "{days:?}");
    let days = days_of(&data, corrected);
    assert!(days.len() >= 2 && days.iter().all(|day| *day < 20.0), "{days:?}");
    // What was open for no day of the plan is looked at in the middle of the time in which it was.
    let days = days_of(&data, hasty);
    assert!(
        matches!(days.as_slice(), [day] if (0.0..4.0 / 24.0).contains(day)),
        "{days:?}"
    );
}

#[tokio::test]
async fn what_a_history_says_of_an_end_counts_before_the_day_that_the_record_says() {
    let world = World::new(start()).await;
    let deal = json!({"name": "Looms", "stage": "Qualification", "external_id": "D-1"});
    let deal = create(&world.admin, &catalog::OPPORTUNITY, deal).await;
    let lead = json!({"last_name": "Spinner", "external_id": "L-1"});
    let lead = create(&world.admin, &catalog::LEAD, lead).await;
    for sql in [
        "UPDATE opportunities SET closed_at = created_at + interval '60 days', is_closed = true, is_won = true, \
             stage = 'Closed Won' WHERE id = $1",
        "UPDATE leads SET converted_at = created_at + interval '60 days', is_converted = true, status = 'converted' \
             WHERE id = $1",
    ] {
        sqlx::query(sql)
            .bind(if sql.contains("leads") { lead } else { deal })
            .execute(&world.owner)
            .await
            .unwrap();
    }
    let ended = start() + TimeDelta::days(20);
    let won = ("Qualification", "Closed Won");
    brought(&world, "opportunity", deal, "stage", won, ended).await;
    brought(&world, "lead", lead, "status", ("new", "converted"), ended).await;
    world.pass(24 * 300);
    let known = Known::load(&world.job().await).await;
    let data = deal_dataset(&known.deals, &known.usual, Plan::default(), world.now());
    let days = days_of(&data, deal);
    assert!(days.len() >= 2 && days.iter().all(|day| *day < 20.0), "{days:?}");
    let window = TimeDelta::days(LEAD_WINDOW_DAYS);
    let data = lead_dataset(&known.leads, &known.usual, window, world.now());
    let days = days_of(&data, lead);
    assert!(days.len() >= 4 && days.iter().all(|day| *day < 20.0), "{days:?}");
}

/// Whoever imports a deal may write any day into it, and the first of 1970 is what empty ones become.
#[tokio::test]
async fn a_deal_from_the_far_past_weighs_no_more_than_one_of_the_span_that_is_learned_from() {
    let world = World::new(start()).await;
    let now = world.now();
    let span = now - LEARNED_SPAN;
    let closed = async |created: DateTime<Utc>, closed: DateTime<Utc>| {
        let deal = json!({"name": "Looms", "stage": "Qualification"});
        let deal = create(&world.admin, &catalog::OPPORTUNITY, deal).await;
        let sql = "UPDATE opportunities SET created_at = $2, closed_at = $3, is_closed = true, is_won = true, \
                       stage = 'Closed Won' WHERE id = $1";
        let to = sqlx::query(sql).bind(deal).bind(created).bind(closed);
        to.execute(&world.owner).await.unwrap();
        deal
    };
    let recent = now - TimeDelta::days(3);
    let ancient = closed(DateTime::UNIX_EPOCH, recent).await;
    let long = closed(span, recent).await;
    let usual = closed(recent - TimeDelta::weeks(10), recent).await;
    let over = closed(DateTime::UNIX_EPOCH, span - TimeDelta::days(1)).await;
    let known = Known::load(&world.job().await).await;
    let data = deal_dataset(&known.deals, &known.usual, Plan::default(), now);
    let weighs = |deal: Uuid| -> f64 {
        let rows = data.rows.iter().filter(|row| row.group == Some(deal.to_string()));
        rows.map(|row| row.weight).sum()
    };
    let weeks = (LEARNED_SPAN.as_seconds_f64() / TimeDelta::weeks(1).as_seconds_f64()).ceil();
    assert!(weighs(ancient) <= weeks, "{}", weighs(ancient));
    // Their weeks begin on other days, so that one may have one more.
    assert!(
        (weighs(ancient) - weighs(long)).abs() <= 1.0,
        "{} {}",
        weighs(ancient),
        weighs(long)
    );
    assert!((9.0..=10.0).contains(&weighs(usual)), "{}", weighs(usual));
    assert!(weighs(over).abs() < f64::EPSILON, "{}", weighs(over));
    assert!(
        data.rows.iter().all(|row| row.at >= Some(span)),
        "nothing older is looked at"
    );

    // When it is looked at does not depend on when it ended.
    let plan = Plan {
        most: 1_000,
        ..Plan::default()
    };
    let long = days_of(&deal_dataset(&known.deals, &known.usual, plan, now), ancient);
    sqlx::query("UPDATE opportunities SET closed_at = $2 WHERE id = $1")
        .bind(ancient)
        .bind(now - TimeDelta::days(900))
        .execute(&world.owner)
        .await
        .unwrap();
    let known = Known::load(&world.job().await).await;
    let short = days_of(&deal_dataset(&known.deals, &known.usual, plan, now), ancient);
    assert!(
        short.len() > 100 && short[..] == long[..short.len()],
        "{short:?} {long:?}"
    );
}
