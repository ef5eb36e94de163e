//! Who of the customer takes part in a deal.

use crm_store::catalog::{ACCOUNT, CONTACT, OPPORTUNITY_CONTACT_ROLE};
use serde_json::json;
use uuid::Uuid;

use super::{Told, deal, deal_at, say, world};
use crate::history::{Known, World, create, update};

const NOBODY: &str = "Nobody of the customer is named as taking part.";
const ONE: &str = "1 person of the customer takes part.";
const TWO: &str = "2 people of the customer take part.";

/// Says how many take part, whether one of them decides, and whether one of them argues for it.
#[track_caller]
fn take_part(told: &[Told], (people, said): (f64, &str), decides: bool, argues: bool) {
    let decision = if decides {
        (1.0, "Somebody whose word decides takes part.")
    } else {
        (0.0, "Nobody whose word decides takes part.")
    };
    let champion = if argues {
        (1.0, "Somebody at the customer argues for it.")
    } else {
        (0.0, "Nobody at the customer is named who argues for it.")
    };
    say(
        told,
        &[
            ("contacts", Some(people), said),
            ("decision_maker", Some(decision.0), decision.1),
            ("champion", Some(champion.0), champion.1),
        ],
    );
}

/// Two people at an account.
async fn staff(world: &World) -> [Uuid; 2] {
    let loom = create(&world.admin, &ACCOUNT, json!({"name": "Loom"})).await;
    let weaver = json!({"last_name": "Weaver", "account_id": loom});
    let weaver = create(&world.admin, &CONTACT, weaver).await;
    let spinner = json!({"last_name": "Spinner", "account_id": loom});
    [weaver, create(&world.admin, &CONTACT, spinner).await]
}

async fn part(world: &World, deal: Uuid, contact: Uuid, role: &str) -> Uuid {
    let part = json!({"opportunity_id": deal, "contact_id": contact, "role": role});
    create(&world.admin, &OPPORTUNITY_CONTACT_ROLE, part).await
}

#[tokio::test]
async fn people_count_once_and_from_when_they_have_a_part_until_it_is_another() {
    let world = world("2026-01-05T09:00:00Z").await;
    let [weaver, spinner] = staff(&world).await;
    let open = deal(&world, json!({})).await;
    let mut moments = vec![world.now()];
    world.pass(1);
    part(&world, open, weaver, "influencer").await;
    moments.push(world.now());
    world.pass(1);
    let champion = part(&world, open, weaver, "champion").await;
    moments.push(world.now());
    world.pass(1);
    let buyer = part(&world, open, spinner, "economic_buyer").await;
    moments.push(world.now());
    world.pass(1);
    let other = json!({"role": "technical_buyer"});
    update(&world.admin, &OPPORTUNITY_CONTACT_ROLE, buyer, other).await;
    moments.push(world.now());
    world.pass(1);
    let mut tx = world.admin.begin().await.unwrap();
    let mut roles = tx.records(&OPPORTUNITY_CONTACT_ROLE);
    roles.delete(champion, None).await.unwrap();
    tx.commit().await.unwrap();
    moments.push(world.now());

    let known = Known::load(&world.job().await).await;
    let told: Vec<_> = moments.iter().map(|at| deal_at(&known, open, *at)).collect();
    take_part(&told[0], (0.0, NOBODY), false, false);
    take_part(&told[1], (1.0, ONE), false, false);
    take_part(&told[2], (1.0, ONE), false, true);
    take_part(&told[3], (2.0, TWO), true, true);
    take_part(&told[4], (2.0, TWO), false, true);
    take_part(&told[5], (2.0, TWO), false, false);
}

#[tokio::test]
async fn a_part_says_who_decides_and_who_argues_for_a_deal() {
    let world = world("2026-01-05T09:00:00Z").await;
    let [weaver, _] = staff(&world).await;
    let mut deals = Vec::new();
    for (role, decides, argues) in [
        ("decision_maker", true, false),
        ("economic_buyer", true, false),
        ("economic_decision_maker", true, false),
        ("executive_sponsor", true, false),
        ("champion", false, true),
        ("business_user", false, false),
        ("evaluator", false, false),
        ("influencer", false, false),
        ("technical_buyer", false, false),
        ("other", false, false),
    ] {
        let deal = deal(&world, json!({})).await;
        part(&world, deal, weaver, role).await;
        deals.push((deal, decides, argues));
    }
    let known = Known::load(&world.job().await).await;
    for (deal, decides, argues) in deals {
        let told = deal_at(&known, deal, world.now());
        take_part(&told, (1.0, ONE), decides, argues);
    }
}
