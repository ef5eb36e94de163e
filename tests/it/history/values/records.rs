//! How deals of an owner, against a rival, of a campaign and of a season ended, against what was to be expected of them.

use chrono::{DateTime, Utc};
use crm_store::catalog::CAMPAIGN;
use serde_json::json;
use uuid::Uuid;

use super::{LOST, WON, deal, deal_at, ended, say, world};
use crate::history::{Known, World, create};

/// Three open deals, while four ended in winter and two in spring; and when the winter was over.
async fn seasons(world: &World) -> ([Uuid; 3], DateTime<Utc>) {
    let (jon, _) = world.person("jon", "sales").await;
    let (mia, _) = world.person("mia", "manager").await;
    let fair = create(&world.admin, &CAMPAIGN, json!({"name": "Fair"})).await;
    // A rival is the same however it is written.
    let asked = json!({"owner_id": jon, "competitor": "WEAVERS", "campaign_id": fair,
        "close_date": "2027-02-15"});
    let asked = deal(world, asked).await;
    let plain = deal(world, json!({"owner_id": mia})).await;
    let nobodys = deal(world, json!({"competitor": "Spinners"})).await;
    for (more, end) in [
        // 3/4 above the quarter, 2/5 below, 2/3 above the third, 3/7 below.
        (json!({"owner_id": jon, "campaign_id": fair}), WON),
        (json!({"owner_id": mia, "competitor": "Weavers"}), LOST),
        (json!({"owner_id": jon}), WON),
        (json!({"owner_id": mia, "competitor": "Weavers"}), LOST),
    ] {
        ended(world, more, end).await;
    }
    world.pass(1);
    let winter = world.now();
    world.pass(24 * 90);
    for more in [
        // 3/8 below, 1/3 below.
        json!({"owner_id": mia, "campaign_id": fair}),
        json!({"owner_id": jon, "competitor": "Weavers"}),
    ] {
        ended(world, more, LOST).await;
    }
    world.pass(1);
    ([asked, plain, nobodys], winter)
}

/// What is to be expected of a deal of no type is `(won + 1) / (ended + 4)` of the deals before it: a quarter of the first, as
/// of four that nobody has seen. A record is what its deals came to above that, over how many they are and 8 more.
#[tokio::test]
async fn a_record_is_told_by_how_much_better_deals_ended_than_was_to_be_expected_of_each() {
    let world = world("2026-01-05T09:00:00Z").await;
    let ([asked, plain, nobodys], winter) = seasons(&world).await;
    let spring = world.now();
    let known = Known::load(&world.job().await).await;

    // Two of an owner say less than three would: (3/4 + 2/3) / 10.
    say(
        &deal_at(&known, asked, winter),
        &[
            (
                "owner_record",
                Some(17.0 / 120.0),
                "Deals of its owner are won 14 percentage points more often than others (2 deals).",
            ),
            (
                "competitor_record",
                Some(-29.0 / 350.0),
                "Deals against WEAVERS are won 8 percentage points less often than others (2 deals).",
            ),
            (
                "campaign_record",
                Some(1.0 / 12.0),
                "Deals of its campaign are won 8 percentage points more often than others (1 deal).",
            ),
        ],
    );
    say(
        &deal_at(&known, asked, spring),
        &[
            (
                "owner_record",
                Some(13.0 / 132.0),
                "Deals of its owner are won 10 percentage points more often than others (3 deals).",
            ),
            (
                "competitor_record",
                Some(-122.0 / 1155.0),
                "Deals against WEAVERS are won 11 percentage points less often than others (3 deals).",
            ),
            (
                "campaign_record",
                Some(3.0 / 80.0),
                "Deals of its campaign are won 4 percentage points more often than others (2 deals).",
            ),
            // It is to close in a winter, whatever the season is now.
            (
                "season_record",
                Some(247.0 / 5040.0),
                "Deals that end in the first quarter of a year are won 5 percentage points more often than others \
                 (4 deals).",
            ),
        ],
    );
    say(
        &deal_at(&known, plain, spring),
        &[
            (
                "owner_record",
                Some(-337.0 / 3080.0),
                "Deals of its owner are won 11 percentage points less often than others (3 deals).",
            ),
            ("competitor_record", Some(0.0), "No competitor is known."),
            ("campaign_record", None, "It came from no campaign."),
            (
                "season_record",
                Some(-17.0 / 240.0),
                "Deals that end in the second quarter of a year are won 7 percentage points less often than others \
                 (2 deals).",
            ),
        ],
    );
    say(
        &deal_at(&known, nobodys, spring),
        &[
            ("owner_record", None, "Nobody owns it."),
            (
                "competitor_record",
                Some(0.0),
                "Deals against Spinners are won about as often as others (no deal).",
            ),
        ],
    );
}
