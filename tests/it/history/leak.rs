//! What was known on a day does not depend on what came after.

mod cast;
mod happen;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{ACCOUNT_FEATURES, DEAL_FEATURES, LEAD_FEATURES, Usual},
};
use uuid::Uuid;

use self::{
    cast::{Dice, brought_along, cast},
    happen::{KINDS, happen},
};
use super::{Known, World, told, try_update};

type Told = Vec<(Uuid, Vec<(&'static str, Value, String)>)>;

/// All that is told at a moment: of every record that was there, and what was usual.
fn all(known: &Known, at: DateTime<Utc>) -> (Told, Usual) {
    let usual = known.usual.at(at);
    let deals = known.deals.iter().filter(|deal| deal.created_at() <= at);
    let leads = known.leads.iter().filter(|lead| lead.created_at() <= at);
    let accounts = known.accounts.iter().filter(|account| account.created_at() <= at);
    let all = deals
        .map(|deal| (deal.id(), told(&DEAL_FEATURES, &deal.at(at), &usual)))
        .chain(leads.map(|lead| (lead.id(), told(&LEAD_FEATURES, &lead.at(at), &usual))))
        .chain(accounts.map(|account| (account.id(), told(&ACCOUNT_FEATURES, &account.at(at), &usual))))
        .collect();
    (all, usual)
}

async fn later_rows_change_nothing(start: DateTime<Utc>, seed: u64, came_along: bool) {
    let world = World::new(start).await;
    sqlx::query("UPDATE tenants SET currency = 'EUR'")
        .execute(&world.owner)
        .await
        .unwrap();
    let (mut cast, mut dice) = (cast(&world).await, Dice(seed));
    let job = world.job().await;
    let mut days: Vec<(DateTime<Utc>, (Told, Usual))> = Vec::new();
    let (mut distinct, mut made) = (0, BTreeSet::new());
    if came_along {
        brought_along(&world).await;
        // An import gives links within a day.
        world.pass(48);
        let known = Known::load(&job).await;
        for back in [250, 100, 3] {
            let at = start - TimeDelta::days(back);
            days.push((at, all(&known, at)));
        }
    }
    let mut kinds = (dice.below(KINDS)..).map(|at| at * 7 % KINDS);
    for _ in 0..12 {
        for _ in 0..14 {
            world.pass(3);
            // Everything happens three times at least.
            let kind = kinds.next().unwrap();
            if let Some((object, id, change)) = happen(&world, &mut cast, &mut dice, kind).await {
                // The record's own rules may say no: they are not what is tried here.
                if try_update(&world.admin, object, id, change).await.is_ok() {
                    made.insert(kind);
                }
            }
        }
        world.pass(30);
        let known = Known::load(&job).await;
        for (at, before) in &days {
            let (now_told, now_usual) = all(&known, *at);
            for ((id, was), (same, is)) in before.0.iter().zip(&now_told) {
                assert_eq!(id, same);
                for (was, is) in was.iter().zip(is) {
                    assert_eq!(
                        was,
                        is,
                        "seed {seed}, record {id} as of {at}, seen at {}",
                        world.now()
                    );
                }
            }
            assert_eq!(before.1, now_usual, "what was usual as of {at}");
            assert_eq!(before.0.len(), now_told.len());
        }
        let today = all(&known, world.now());
        distinct += usize::from(days.last().is_some_and(|(_, last)| last.0 != today.0));
        days.push((world.now(), today));
        world.pass(1);
    }
    assert!(
        distinct > 8,
        "what is told changes from day to day, or the test says nothing"
    );
    for kind in (30..37).chain(39..KINDS) {
        assert!(
            made.contains(&kind),
            "no change of kind {kind} was made: {made:?}"
        );
    }
    let converted: i64 = sqlx::query_scalar("SELECT count(*) FROM leads WHERE converted_at IS NOT NULL")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert!(converted > 0, "no lead was converted");
}

/// Records of another system: their ids are younger than they are, and the days before they came are told of too.
#[tokio::test]
async fn later_rows_change_nothing_of_what_was_known_of_brought_along_records() {
    later_rows_change_nothing(crm_store::Clock::now(&crm_store::SystemClock), 11, true).await;
}

/// Records that the service made.
#[tokio::test]
async fn later_rows_change_nothing_of_what_was_known() {
    for seed in [5, 23] {
        later_rows_change_nothing(crm_store::Clock::now(&crm_store::SystemClock), seed, false).await;
    }
}
