//! How long a deal takes and what it is worth, against what is usual for its type and in its stages.

use chrono::TimeDelta;
use crm_predict::Value;
use crm_store::catalog::OPPORTUNITY;
use serde_json::json;
use uuid::Uuid;

use super::{LOST, Told, WON, deal, deal_at, ended, euros, say, world};
use crate::history::{Known, World, update};

/// Hours.
const DAY: i64 = 24;

async fn to(world: &World, deal: Uuid, stage: &str) {
    let change = json!({"stage": stage, "closed_reason": "Told"});
    update(&world.admin, &OPPORTUNITY, deal, change).await;
}

/// Three deals that ended: a thousand euros in a hundred days, twice and four times of both. They were in Qualification for
/// 2.25, 9 and 4.5 days, in Needs Analysis for 6, 24 and 12, and in Value Proposition for 91.75, 167 and 383.5.
async fn past(world: &World) {
    for (kind, amount, hours, end) in [
        ("renewal", "1000", [54, 144, 2202], WON),
        ("renewal", "2000", [216, 576, 4008], LOST),
        ("upsell", "4000", [108, 288, 9204], WON),
    ] {
        let deal = deal(world, json!({"type": kind, "amount": euros(amount)})).await;
        let stages = ["Needs Analysis", "Value Proposition", end];
        for (hours, stage) in hours.into_iter().zip(stages) {
            world.pass(hours);
            to(world, deal, stage).await;
        }
    }
    world.pass(1);
}

#[tokio::test]
async fn the_way_so_far_is_told_by_how_long_others_took_for_it() {
    let world = world("2024-01-08T09:00:00Z").await;
    past(&world).await;
    let open = deal(&world, json!({})).await;
    let first = deal(&world, json!({"stage": "Prospecting"})).await;
    let last = deal(&world, json!({"stage": "Negotiation/Review"})).await;
    world.pass(2 * DAY);
    let mut moments = vec![world.now()];
    for (days, stage, more) in [
        (5, "Needs Analysis", 1),
        (23, "Value Proposition", 5),
        (3, "Needs Analysis", 2),
    ] {
        world.pass(days * DAY);
        to(&world, open, stage).await;
        world.pass(more * DAY);
        moments.push(world.now());
    }
    let known = Known::load(&world.job().await).await;

    let way =
        |stage: &str, share: &str| format!("With {stage} it is {share} of the way through the pipeline.");
    for (deal, place, said) in [
        (first, 0.0, way("Prospecting", "0 %")),
        (last, 1.0, way("Negotiation/Review", "100 %")),
    ] {
        let told = deal_at(&known, deal, world.now());
        say(&told, &[("stage_progress", Some(place), said.as_str())]);
    }
    let none = "It has left no stage yet of which the usual time is known.";
    // Eight stages are open. In its second it is a seventh of the way from the first to the last.
    for (at, place, said, days, earlier, passed) in [
        (0, 1.0, way("Qualification", "14 %"), "2 days", None, none),
        // Seven days in the stage that others left after 4.5, by the middle of three.
        (
            1,
            2.0,
            way("Needs Analysis", "29 %"),
            "1 day",
            Some(8.0 / 5.5),
            "The stages before took it 7 days; 4 days are usual.",
        ),
        (
            2,
            3.0,
            way("Value Proposition", "43 %"),
            "5 days",
            Some(32.0 / 17.5),
            "The stages before took it 31 days; 16 days are usual.",
        ),
        // It is back, and was there for 24 days before; the mean of how long others were in the third is that of their
        // logarithms, as with the others.
        (
            3,
            2.0,
            way("Needs Analysis", "29 %"),
            "2 days",
            Some(40.0 / (17.5 + (91.75_f64 * 167.0 * 383.5).cbrt())),
            "The stages before took it 39 days; 196 days are usual.",
        ),
    ] {
        let stay = format!("It has been in its stage for {days}.");
        let spent = days.split(' ').next().unwrap().parse::<f64>().unwrap();
        say(
            &deal_at(&known, open, moments[at]),
            &[
                ("stage_progress", Some(place / 7.0), said.as_str()),
                ("days_in_stage", Some((1.0 + spent).ln()), stay.as_str()),
                ("earlier_stages_against_usual", earlier.map(f64::ln), passed),
            ],
        );
    }
}

/// An age has this sentence and is about the logarithm of this ratio: a day more is nothing here.
#[track_caller]
fn aged(told: &[Told], ratio: f64, sentence: &str) {
    let age = told.iter().find(|(name, ..)| *name == "age_against_usual");
    let (_, value, said) = age.unwrap();
    assert!(
        matches!(value, Value::Number(number) if (number - ratio.ln()).abs() < 0.02),
        "{value:?} is not about ln {ratio}: {said}"
    );
    assert_eq!(said, sentence);
}

#[tokio::test]
async fn an_age_and_an_amount_are_told_by_what_is_usual_for_the_type() {
    let world = world("2024-01-08T09:00:00Z").await;
    let early = deal(&world, json!({"type": "renewal", "amount": euros("2000")})).await;
    world.pass(3 * DAY);
    let before = world.now();
    past(&world).await;
    let renewal = deal(&world, json!({"type": "renewal", "amount": euros("8000")})).await;
    let upsell = deal(&world, json!({"type": "upsell", "amount": euros("1000")})).await;
    let other = deal(&world, json!({"amount": euros("2000")})).await;
    let free = deal(&world, json!({"type": "upsell"})).await;
    let begun = world.now();
    let known = Known::load(&world.job().await).await;
    let after = |deal, days| deal_at(&known, deal, begun + TimeDelta::days(days));

    // Nothing had ended with which to compare it.
    say(
        &deal_at(&known, early, before),
        &[
            ("age_against_usual", None, "It is 3 days old."),
            ("amount_against_usual", None, "It is worth EUR 2000."),
        ],
    );
    // In doublings of a hundred days and of a thousand euros it is 0, 1 and 2 times, 1 on average. A type is pulled to that as
    // if by 8 deals: renewals have (0 + 1 + 8) / 10, upsells have (2 + 8) / 9.
    let double = 2.0_f64.ln();
    for (deal, times, said) in [
        (
            renewal,
            Some(3.0 - 0.9),
            "It is worth EUR 8000, 4.3 times what is usual for its type.",
        ),
        (
            upsell,
            Some(-10.0 / 9.0),
            "It is worth EUR 1000, 46 % of what is usual for its type.",
        ),
        (
            other,
            Some(0.0),
            "It is worth EUR 2000, about what is usual for its type.",
        ),
        (free, None, "It is worth an amount that nobody has given."),
    ] {
        let amount = times.map(|times| times * double);
        say(&after(deal, 1), &[("amount_against_usual", amount, said)]);
    }
    let (of_renewals, of_upsells) = (0.9_f64.exp2(), (10.0_f64 / 9.0).exp2());
    for (deal, days, ratio, said) in [
        (renewal, 93, 0.93 / of_renewals, "It is 93 days old, 50 %"),
        (renewal, 373, 3.73 / of_renewals, "It is 373 days old, 200 %"),
        (upsell, 373, 3.73 / of_upsells, "It is 373 days old, 173 %"),
    ] {
        let said = format!("{said} of the usual time of such deals.");
        aged(&after(deal, days), ratio, &said);
    }
}

#[tokio::test]
async fn a_deal_that_is_as_old_as_the_others_became_is_as_old_as_usual() {
    let world = world("2026-01-05T09:00:00Z").await;
    ended(&world, json!({}), WON).await;
    let open = deal(&world, json!({})).await;
    world.pass(2 * DAY);
    let known = Known::load(&world.job().await).await;
    let said = "It is 2 days old, 100 % of the usual time of such deals.";
    say(
        &deal_at(&known, open, world.now()),
        // A day is added to an age, so that a new deal has one too.
        &[("age_against_usual", Some(1.5_f64.ln()), said)],
    );
}
