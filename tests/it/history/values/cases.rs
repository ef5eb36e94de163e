//! How the cases of a customer went: how many there were, how many stand open, and how content they are.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::catalog::{ACCOUNT, CASE};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Told, deal, deal_at, joined, say, world};
use crate::history::{Known, World, create, update};

/// Hours.
const DAY: i64 = 24;

async fn case(world: &World, account: Uuid, more: Json) -> Uuid {
    let case = json!({"subject": "It squeaks", "account_id": account});
    create(&world.admin, &CASE, joined(case, more)).await
}

/// It is looked whether somebody waits for too long.
async fn look(world: &World, case: Uuid) {
    let job = world.job().await;
    let mut tx = job.begin().await.unwrap();
    tx.case_clocks().look(case).await.unwrap();
    tx.commit().await.unwrap();
}

/// Cases of a customer over 200 days, and of another one; and three moments.
pub(super) async fn cases(world: &World, loom: Uuid, other: Uuid) -> [DateTime<Utc>; 3] {
    let turn = async |case: Uuid, change: Json| update(&world.admin, &CASE, case, change).await;
    let squeak = || case(world, loom, json!({}));
    case(world, loom, json!({"is_escalated": true, "satisfaction": 1})).await;
    world.pass(100 * DAY);
    case(world, other, json!({"is_escalated": true, "satisfaction": 1})).await;
    let (bad, good) = (squeak().await, squeak().await);
    let (late, calm) = (squeak().await, squeak().await);
    let hot = case(world, loom, json!({"is_escalated": true})).await;
    let first = world.now();
    world.pass(1);
    turn(bad, json!({"satisfaction": 2, "status": "resolved"})).await;
    turn(good, json!({"satisfaction": 4, "status": "resolved"})).await;
    turn(hot, json!({"status": "pending"})).await;
    turn(calm, json!({"status": "pending"})).await;
    world.pass(10 * DAY - 1);
    look(world, late).await;
    let second = world.now();
    world.pass(10 * DAY);
    turn(bad, json!({"status": "closed"})).await;
    turn(good, json!({"status": "reopened"})).await;
    turn(hot, json!({"is_escalated": false})).await;
    turn(calm, json!({"is_escalated": true})).await;
    world.pass(30 * DAY);
    case(world, loom, json!({"satisfaction": 3})).await;
    squeak().await;
    world.pass(50 * DAY);
    [first, second, world.now()]
}

/// Says how many cases there were, were opened and not solved, were escalated, and went badly; and how they were rated.
#[track_caller]
fn went(told: &[Told], [all, open, escalated, unhappy]: [u32; 4], (stars, rated): (Option<f64>, &str)) {
    let some = |of: u32, what: &str| match of {
        0 => format!("No case {what}in the last 180 days"),
        1 => format!("1 case {what}in the last 180 days"),
        more => format!("{more} cases {what}in the last 180 days"),
    };
    say(
        told,
        &[
            (
                "cases",
                Some((1.0 + f64::from(all)).ln()),
                format!("{}.", some(all, "")).as_str(),
            ),
            (
                "open_cases",
                Some(open.into()),
                format!("{} and not solved.", some(open, "opened ")).as_str(),
            ),
            (
                "escalations",
                Some(escalated.into()),
                format!("{}.", some(escalated, "escalated ")).as_str(),
            ),
            (
                "unhappy_cases",
                Some(unhappy.into()),
                format!("{}.", some(unhappy, "escalated, late or rated badly ")).as_str(),
            ),
            ("satisfaction", stars, rated),
        ],
    );
}

#[tokio::test]
async fn cases_of_half_a_year_count_as_they_stood_on_the_day() {
    let world = world("2025-01-06T09:00:00Z").await;
    let loom = create(&world.admin, &ACCOUNT, json!({"name": "Loom"})).await;
    let other = create(&world.admin, &ACCOUNT, json!({"name": "Spindle"})).await;
    let open = deal(&world, json!({"account_id": loom})).await;
    let with_nobody = deal(&world, json!({})).await;
    let [first, second, now] = cases(&world, loom, other).await;
    let known = Known::load(&world.job().await).await;

    // Stars are told with two of 4 that nobody has given.
    let rated =
        |of: &str, stars: &str| format!("They rated {of} of the last 180 days with about {stars} of 5.");
    went(
        &deal_at(&known, open, first),
        [6, 6, 2, 2],
        (Some(9.0 / 3.0), rated("1 case", "1.0").as_str()),
    );
    // Two are solved, one of them rated badly; for one they wait for too long.
    went(
        &deal_at(&known, open, second),
        [6, 4, 2, 4],
        (Some(15.0 / 5.0), rated("3 cases", "2.3").as_str()),
    );
    // The first is too old, two are new. One came back, one is escalated no more, another one is.
    went(
        &deal_at(&known, open, now),
        [7, 6, 1, 3],
        (Some(17.0 / 5.0), rated("3 cases", "3.0").as_str()),
    );
    // Time alone leaves the two that came last, and then none.
    went(
        &deal_at(&known, open, now + TimeDelta::days(81)),
        [2, 2, 0, 0],
        (Some(11.0 / 3.0), rated("1 case", "3.0").as_str()),
    );
    let none = (None, "They rated no case in the last 180 days.");
    let later = now + TimeDelta::days(131);
    went(&deal_at(&known, open, later), [0; 4], none);
    went(&deal_at(&known, with_nobody, now), [0; 4], none);
}

/// Nobody knew then that it would not be over.
#[tokio::test]
async fn a_case_that_was_solved_when_it_came_was_not_open_before_it_was_opened_again() {
    let world = world("2026-01-05T09:00:00Z").await;
    let loom = create(&world.admin, &ACCOUNT, json!({"name": "Loom"})).await;
    let open = deal(&world, json!({"account_id": loom})).await;
    let solved = json!({"status": "resolved", "satisfaction": 4});
    let solved = [
        case(&world, loom, solved.clone()).await,
        case(&world, loom, solved).await,
    ];
    world.pass(DAY);
    let before = world.now();
    world.pass(DAY);
    for (case, status) in solved.into_iter().zip(["reopened", "closed"]) {
        update(&world.admin, &CASE, case, json!({"status": status})).await;
    }
    let known = Known::load(&world.job().await).await;
    let rated = "They rated 2 cases of the last 180 days with about 4.0 of 5.";
    let rated = (Some(4.0), rated);
    went(&deal_at(&known, open, world.now()), [2, 1, 0, 0], rated);
    went(&deal_at(&known, open, before), [2, 0, 0, 0], rated);
}
