//! What a deal is worth, what is offered on it, and the way that it has gone.

use chrono::{DateTime, Utc};
use crm_store::catalog::{OPPORTUNITY, PRODUCT, QUOTE, QUOTE_LINE};
use serde_json::json;
use uuid::Uuid;

use super::{LOST, WON, deal, deal_at, ended, euros, say, world};
use crate::history::{Known, World, create, update};

/// A quote of some products.
async fn offer(world: &World, deal: Uuid, products: &[Uuid]) {
    let quote = json!({"name": "Offer", "opportunity_id": deal, "currency": "EUR"});
    let quote = create(&world.admin, &QUOTE, quote).await;
    for product in products {
        let line = json!({"quote_id": quote, "product_id": product, "quantity": "1",
            "unit_price": euros("100")});
        create(&world.admin, &QUOTE_LINE, line).await;
    }
}

/// A deal of jon's after three that ended, and the moments at which something of it had just changed.
async fn gone(world: &World) -> (Uuid, Vec<DateTime<Utc>>) {
    let (jon, _) = world.person("jon", "sales").await;
    let (mia, _) = world.person("mia", "manager").await;
    // A thousand, doubled so often: jon's 0 and 2 times, mia's 4 times, all of them 2 times.
    for (owner, amount, end) in [(jon, "1000", WON), (jon, "4000", LOST), (mia, "16000", WON)] {
        ended(world, json!({"owner_id": owner, "amount": euros(amount)}), end).await;
    }
    let loom = create(&world.admin, &PRODUCT, json!({"name": "Loom"})).await;
    let care = json!({"name": "Care", "is_recurring": true});
    let care = create(&world.admin, &PRODUCT, care).await;
    let open = json!({"owner_id": jon, "amount": euros("4000"), "close_date": "2026-02-28"});
    let open = deal(world, open).await;
    world.pass(24);
    let mut moments = vec![world.now()];
    for change in [
        json!({"stage": "Value Proposition", "close_date": "2026-03-31", "owner_id": mia,
            "amount": euros("2000")}),
        // Two stages back is one move, and an earlier day is not put off.
        json!({"stage": "Qualification", "close_date": "2026-03-15"}),
        json!({"stage": "Value Proposition", "close_date": "2026-04-30", "owner_id": jon}),
        json!({"stage": "Needs Analysis", "amount": euros("8000")}),
    ] {
        world.pass(1);
        update(&world.admin, &OPPORTUNITY, open, change).await;
        moments.push(world.now());
    }
    world.pass(1);
    offer(world, open, &[loom]).await;
    moments.push(world.now());
    world.pass(1);
    offer(world, open, &[loom, care]).await;
    moments.push(world.now());
    world.pass(1);
    (open, moments)
}

#[tokio::test]
async fn what_a_deal_is_worth_and_the_way_that_it_went_are_told_as_they_were_on_the_day() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (open, moments) = gone(&world).await;
    let known = Known::load(&world.job().await).await;
    let told: Vec<_> = moments.iter().map(|at| deal_at(&known, open, *at)).collect();
    let double = 2.0_f64.ln();

    // What is usual for an owner is pulled to the 2 times of all as if by 8 deals: jon's is (0 + 2 + 16) / 10 = 1.8 times.
    say(
        &told[0],
        &[
            (
                "amount_against_owner",
                Some(0.2 * double),
                "It is worth EUR 4000, 1.1 times what is usual for its owner.",
            ),
            (
                "amount_change",
                Some(0.0),
                "Its amount has not changed since it began.",
            ),
            ("stage_moves_back", Some(0.0), "No move to an earlier stage."),
            (
                "close_date_pushes",
                Some(0.0),
                "The close date has never been put off.",
            ),
            ("handovers", Some(0.0), "It has had one owner from the start."),
            ("recurring", None, "Nothing has been offered yet."),
        ],
    );
    // Mia's is (4 + 16) / 9.
    say(
        &told[1],
        &[
            (
                "amount_against_owner",
                Some((1.0 - 20.0 / 9.0) * double),
                "It is worth EUR 2000, 43 % of what is usual for its owner.",
            ),
            (
                "amount_change",
                Some(-double),
                "Its amount has shrunk by 50 % since it began.",
            ),
            ("stage_moves_back", Some(0.0), "No move to an earlier stage."),
            ("close_date_pushes", Some(1.0), "The close date was put off once."),
            ("handovers", Some(1.0), "1 handover to another owner."),
        ],
    );
    say(
        &told[2],
        &[
            ("stage_moves_back", Some(1.0), "1 move to an earlier stage."),
            ("close_date_pushes", Some(1.0), "The close date was put off once."),
        ],
    );
    say(
        &told[4],
        &[
            (
                "amount_against_owner",
                Some(1.2 * double),
                "It is worth EUR 8000, 2.3 times what is usual for its owner.",
            ),
            (
                "amount_change",
                Some(double),
                "Its amount has grown by 100 % since it began.",
            ),
            ("stage_moves_back", Some(2.0), "2 moves to an earlier stage."),
            (
                "close_date_pushes",
                Some(2.0),
                "The close date was put off 2 times.",
            ),
            ("handovers", Some(2.0), "2 handovers to another owner."),
            ("recurring", None, "Nothing has been offered yet."),
        ],
    );
    let once = "Everything in the quote is paid once.";
    say(&told[5], &[("recurring", Some(0.0), once)]);
    let again = "Something in the quote is paid again and again.";
    say(&told[6], &[("recurring", Some(1.0), again)]);
}
