//! The day on which a deal is to close: how long ago it passed, and whether it is at the end of a quarter.

use crm_store::catalog::OPPORTUNITY;
use serde_json::json;

use super::{Told, deal, deal_at, say, world};
use crate::history::{Known, create, update};

const AHEAD: &str = "Its close date has not passed.";

/// Says how many days ago the day passed, and whether it is one of the last seven of a quarter.
#[track_caller]
fn closes(told: &[Told], (days, said): (f64, &str), is_end: bool) {
    let (end, quarter) = if is_end {
        (1.0, "It is to close in the last week of a quarter.")
    } else {
        (0.0, "It is not to close at the end of a quarter.")
    };
    say(
        told,
        &[
            ("close_date_overdue_days", Some(days), said),
            ("closes_at_quarter_end", Some(end), quarter),
        ],
    );
}

#[tokio::test]
async fn a_close_date_is_told_by_the_calendar() {
    let world = world("2026-03-20T09:00:00Z").await;
    let mut deals = Vec::new();
    for (day, passed, is_end) in [
        ("2026-03-20", (0.0, AHEAD), false),
        ("2026-03-19", (1.0, "Its close date passed 1 day ago."), false),
        // The last days of a month are not those of a quarter.
        ("2026-02-28", (20.0, "Its close date passed 20 days ago."), false),
        ("2026-05-31", (0.0, AHEAD), false),
        ("2025-12-31", (79.0, "Its close date passed 79 days ago."), true),
        ("2026-03-24", (0.0, AHEAD), false),
        ("2026-03-25", (0.0, AHEAD), true),
        ("2026-03-31", (0.0, AHEAD), true),
        ("2026-04-01", (0.0, AHEAD), false),
        ("2026-06-23", (0.0, AHEAD), false),
        ("2026-06-24", (0.0, AHEAD), true),
        ("2026-12-25", (0.0, AHEAD), true),
    ] {
        let deal = deal(&world, json!({"close_date": day})).await;
        deals.push((deal, passed, is_end));
    }
    let none = deal(&world, json!({})).await;
    let known = Known::load(&world.job().await).await;
    for (deal, passed, is_end) in deals {
        closes(&deal_at(&known, deal, world.now()), passed, is_end);
    }
    let unknown = "It has no close date that can be meant.";
    say(
        &deal_at(&known, none, world.now()),
        &[
            ("close_date_overdue_days", None, unknown),
            ("closes_at_quarter_end", None, unknown),
        ],
    );
}

#[tokio::test]
async fn a_close_date_that_is_put_off_counts_from_then_and_passes_by_itself() {
    let world = world("2026-03-20T09:00:00Z").await;
    let open = json!({"name": "Looms", "stage": "Qualification", "close_date": "2026-03-10"});
    let open = create(&world.admin, &OPPORTUNITY, open).await;
    let before = world.now();
    world.pass(24);
    update(
        &world.admin,
        &OPPORTUNITY,
        open,
        json!({"close_date": "2026-06-30"}),
    )
    .await;
    let known = Known::load(&world.job().await).await;
    let late = (10.0, "Its close date passed 10 days ago.");
    closes(&deal_at(&known, open, before), late, false);
    closes(&deal_at(&known, open, world.now()), (0.0, AHEAD), true);
    let summer = "2026-07-02T00:00:00Z".parse().unwrap();
    let late = (2.0, "Its close date passed 2 days ago.");
    closes(&deal_at(&known, open, summer), late, true);
}

/// What models are told stops at 180 days. People are told the truth.
#[tokio::test]
async fn a_close_date_that_passed_long_ago_is_said_to_have_passed_then() {
    let world = world("2026-03-20T09:00:00Z").await;
    let open = deal(&world, json!({"close_date": "2025-09-01"})).await;
    let known = Known::load(&world.job().await).await;
    let said = "Its close date passed 200 days ago.";
    say(
        &deal_at(&known, open, world.now()),
        &[("close_date_overdue_days", Some(180.0), said)],
    );
}
