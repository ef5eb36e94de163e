//! The largest open deals, which are looked for currency by currency.

use crm_store::analytics::{Cell, Note, Shape};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

use crate::{
    analytics_support::{Deal, World, day, is, path},
    pipeline_differential::person_of,
};

/// At the rate of the yen amounts that differ are worth the same; francs have no rate.
const RATES: [(&str, &str); 2] = [("USD", "0.93"), ("JPY", "0.0061")];

fn worth(deal: &Deal) -> Option<Decimal> {
    let unit = match deal.currency {
        "EUR" => "0.01",
        "USD" => "0.0093",
        "JPY" => "0.0061",
        _ => return None,
    };
    let exact = Decimal::from(deal.minor?) * unit.parse::<Decimal>().unwrap();
    Some(exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

/// Some hundred deals: many are worth the same, some are worth nothing or less, some have no amount.
async fn deals(world: &World, owners: &[Option<Uuid>]) -> Vec<Deal> {
    let mut random = StdRng::seed_from_u64(39);
    let mut deals = Vec::new();
    for _ in 0..160 {
        let stage = *["Prospecting", "Prospecting", "Closed Won"]
            .choose(&mut random)
            .unwrap();
        let minor = random.random_range(-20..600);
        deals.push(Deal {
            minor: random.random_bool(0.9).then_some(minor),
            currency: ["EUR", "USD", "JPY", "CHF"].choose(&mut random).copied().unwrap(),
            owner: owners.choose(&mut random).copied().flatten(),
            kind: Some(*["renewal", "upsell"].choose(&mut random).unwrap()),
            ..Deal::new(stage, minor)
        });
    }
    world.deals(&deals).await;
    deals
}

#[tokio::test]
async fn the_largest_open_deals_are_those_of_all_currencies_in_their_order() {
    let world = World::new().await;
    for (currency, rate) in RATES {
        world.rate(currency, rate, day(2024, 1, 1)).await;
    }
    let (rep, other) = (person_of(&world.rep), person_of(&world.other));
    let deals = deals(&world, &[None, Some(rep), Some(other)]).await;
    for (who, sees) in [
        (&world.admin, vec![None, Some(rep), Some(other)]),
        (&world.rep, vec![None, Some(rep)]),
    ] {
        for kind in [None, Some("renewal")] {
            let mut open: Vec<&Deal> = deals
                .iter()
                .filter(|deal| deal.stage == "Prospecting" && sees.contains(&deal.owner))
                .filter(|deal| kind.is_none() || deal.kind == kind)
                .collect();
            // What is worth nothing that can be told comes last; of what is worth the same, the later one comes first.
            open.sort_by_key(|deal| std::cmp::Reverse((worth(deal).is_some(), worth(deal), deal.id)));
            let mut filters = vec![is("is_closed", false)];
            filters.extend(kind.map(|kind| is("type", kind)));
            for limit in [1, 2, 5, 10, 30, 100] {
                let records = Shape::Records {
                    fields: vec![path("id"), path("amount")],
                    order: Some((path("amount"), true)),
                    offset: 0,
                    limit,
                    as_of: None,
                };
                let table = who
                    .analyze(&world.plan(filters.clone(), records).await)
                    .await
                    .unwrap();
                let found: Vec<Uuid> = table
                    .rows
                    .iter()
                    .map(|row| match row[0] {
                        Cell::Record { id, .. } => id,
                        ref other => panic!("{other:?}"),
                    })
                    .collect();
                let shown = usize::try_from(limit).unwrap().min(open.len());
                let expected: Vec<Uuid> = open[..shown].iter().map(|deal| deal.id).collect();
                assert_eq!(found, expected, "{limit} of {kind:?}");
                assert_eq!(table.records, i64::try_from(open.len()).unwrap());
                let cut = shown < open.len();
                assert_eq!(
                    table.notes.iter().any(|note| matches!(note, Note::Cut { .. })),
                    cut
                );
                assert!(table.notes.iter().any(|note| matches!(note, Note::NoRate { .. })));
            }
        }
    }
}
