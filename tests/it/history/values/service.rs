//! How the cases of customers went, and how what they write feels.

use chrono::TimeDelta;
use crm_store::catalog::CONTACT;
use serde_json::json;

use super::{
    Told, account_at,
    accounts::account,
    cases::cases,
    say, world,
    wrote::{With, message},
};
use crate::history::{Known, create};

/// Says how many cases there were, are not solved, were escalated and were late; and how they were rated. How many is told by
/// the logarithm of one more.
#[track_caller]
fn went(told: &[Told], numbers: [u32; 4], (stars, rated): (Option<f64>, &str)) {
    let words = [
        "",
        "not solved, opened ",
        "escalated ",
        "answered or solved late ",
    ];
    for ((name, of), how) in ["cases", "open_cases", "escalations", "late_cases"]
        .into_iter()
        .zip(numbers)
        .zip(words)
    {
        let what = match of {
            0 => "No case".to_owned(),
            1 => "1 case".to_owned(),
            more => format!("{more} cases"),
        };
        let said = format!("{what} {how}in the last 180 days.");
        say(told, &[(name, Some((1.0 + f64::from(of)).ln()), said.as_str())]);
    }
    say(told, &[("satisfaction", stars, rated)]);
}

#[tokio::test]
async fn cases_of_a_customer_count_as_they_stood_on_the_day() {
    let world = world("2025-01-06T09:00:00Z").await;
    let (loom, other) = (account(&world, "Loom").await, account(&world, "Spindle").await);
    let [first, second, now] = cases(&world, loom, other).await;
    let known = Known::load(&world.job().await).await;

    let badly = "They rated recent cases with about 1.0 of 5.";
    let so_so = "They rated recent cases with about 2.3 of 5.";
    let fairly = "They rated recent cases with about 3.0 of 5.";
    let none = "They rated no case in the last 180 days.";
    let after = |days: i64| now + TimeDelta::days(days);
    // Stars are told with two of 4 that nobody has given.
    for (who, at, numbers, stars, rated) in [
        (loom, first, [6, 6, 2, 0], Some(9.0 / 3.0), badly),
        (loom, second, [6, 4, 2, 1], Some(15.0 / 5.0), so_so),
        (loom, now, [7, 6, 1, 1], Some(17.0 / 5.0), fairly),
        (loom, after(81), [2, 2, 0, 0], Some(11.0 / 3.0), fairly),
        (loom, after(131), [0; 4], None, none),
        (other, now, [1, 1, 1, 0], Some(9.0 / 3.0), badly),
    ] {
        went(&account_at(&known, who, at), numbers, (stars, rated));
    }
}

#[tokio::test]
async fn what_people_of_a_customer_wrote_is_felt_from_when_it_is_found() {
    let world = world("2025-01-06T09:00:00Z").await;
    let (loom, other) = (account(&world, "Loom").await, account(&world, "Spindle").await);
    let weaver = json!({"last_name": "Weaver", "account_id": loom});
    let weaver = create(&world.admin, &CONTACT, weaver).await;
    let now = world.now() + TimeDelta::days(200);
    for (direction, days, felt) in [
        ("inbound", 100, "-1"),
        ("inbound", 80, "-0.5"),
        ("inbound", 10, "0.2"),
        ("outbound", 5, "1"),
    ] {
        let at = now - TimeDelta::days(days);
        message(&world, With::Contact(weaver), direction, at, felt).await;
    }
    let known = Known::load(&world.job().await).await;

    let like = |felt: &str| format!("What they wrote in the last 90 days felt like {felt} from -1 to 1.");
    let unknown = "How what they wrote in the last 90 days felt is not known.".to_owned();
    let nothing = "They wrote nothing in the last 90 days.".to_owned();
    // The mean is told with one of no tone that nobody has written.
    for (who, days, felt, said) in [
        (loom, 101, None, nothing.clone()),
        (loom, 100, None, unknown),
        (loom, 15, Some(-1.5 / 3.0), like("-0.75")),
        (loom, 0, Some(-0.3 / 3.0), like("-0.15")),
        (loom, -75, Some(0.2 / 2.0), like("+0.20")),
        (loom, -81, None, nothing.clone()),
        (other, 0, None, nothing),
    ] {
        let told = account_at(&known, who, now - TimeDelta::days(days));
        say(&told, &[("sentiment", felt, said.as_str())]);
    }
}
