//! How what the customer of a deal writes feels.

use chrono::TimeDelta;
use crm_store::catalog::{ACCOUNT, CONTACT};
use serde_json::json;
use uuid::Uuid;

use super::{
    deal, deal_at, say, world,
    wrote::{With, heard},
};
use crate::history::{Known, World, create, update};

/// Hours.
const DAY: i64 = 24;

/// Somebody wrote so many days ago, or we wrote to them, and it was found so many days later how it felt.
async fn message(world: &World, contact: Uuid, (direction, felt): (&str, &str), (days, found): (i64, i64)) {
    let at = world.now() - TimeDelta::days(days);
    let found = at + TimeDelta::days(found);
    heard(world, With::Contact(contact), (direction, felt), at, found).await;
}

/// Two accounts, each with a contact.
async fn people(world: &World) -> [(Uuid, Uuid); 2] {
    let mut people = [(Uuid::nil(), Uuid::nil()); 2];
    for (one, name) in people.iter_mut().zip(["Weaver", "Spinner"]) {
        let account = create(&world.admin, &ACCOUNT, json!({"name": format!("{name} Ltd")})).await;
        let contact = json!({"last_name": name, "account_id": account});
        *one = (account, create(&world.admin, &CONTACT, contact).await);
    }
    people
}

/// The mean is told with one of no tone that nobody has written, and said without it.
#[tokio::test]
async fn what_they_wrote_in_90_days_is_felt_and_nothing_that_others_wrote() {
    let world = world("2025-01-06T09:00:00Z").await;
    let [(loom, weaver), (mill, spinner)] = people(&world).await;
    let open = deal(&world, json!({"account_id": loom})).await;
    let other = deal(&world, json!({"account_id": mill})).await;
    let alone = deal(&world, json!({})).await;
    world.pass(120 * DAY);
    for (contact, direction, felt, days) in [
        (weaver, "inbound", "-1", 100),
        (weaver, "inbound", "-0.5", 80),
        (weaver, "inbound", "0.2", 10),
        (weaver, "outbound", "1", 5),
        (spinner, "inbound", "0.9", 1),
    ] {
        message(&world, contact, (direction, felt), (days, 0)).await;
    }
    let known = Known::load(&world.job().await).await;

    let after = |days| world.now() + TimeDelta::days(days);
    for (deal, at, felt, said) in [
        (open, after(-15), -1.5 / 3.0, "-0.75"),
        (open, after(0), -0.3 / 3.0, "-0.15"),
        (open, after(75), 0.2 / 2.0, "+0.20"),
        (other, after(0), 0.9 / 2.0, "+0.90"),
    ] {
        let said = format!("What they wrote in the last 90 days felt like {said} from -1 to 1.");
        let told = deal_at(&known, deal, at);
        say(&told, &[("sentiment", Some(felt), said.as_str())]);
    }
    let nothing = "They wrote nothing in the last 90 days.";
    for (deal, at) in [(open, after(81)), (alone, after(0))] {
        say(&deal_at(&known, deal, at), &[("sentiment", None, nothing)]);
    }
}

#[tokio::test]
async fn a_tone_is_known_from_when_it_was_found_and_goes_with_whoever_wrote() {
    let world = world("2026-01-05T09:00:00Z").await;
    let [(loom, weaver), (mill, _)] = people(&world).await;
    let open = deal(&world, json!({"account_id": loom})).await;
    let other = deal(&world, json!({"account_id": mill})).await;
    world.pass(20 * DAY);
    message(&world, weaver, ("inbound", "0.4"), (10, 2)).await;
    // Who writes works for the other one from now on.
    let moves = json!({"account_id": mill});
    update(&world.admin, &CONTACT, weaver, moves).await;
    let now = world.now();
    let known = Known::load(&world.job().await).await;

    let nothing = "They wrote nothing in the last 90 days.";
    let unknown = "How what they wrote in the last 90 days felt is not known.";
    let liked = "What they wrote in the last 90 days felt like +0.40 from -1 to 1.";
    for (deal, days, felt, said) in [
        (open, 11, None, nothing),
        (open, 9, None, unknown),
        (open, 7, Some(0.2), liked),
        (open, 0, None, nothing),
        (other, 7, None, nothing),
        (other, 0, Some(0.2), liked),
    ] {
        let told = deal_at(&known, deal, now - TimeDelta::days(days));
        say(&told, &[("sentiment", felt, said)]);
    }
}
