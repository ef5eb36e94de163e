//! What was won as a share of the quotas.

use chrono::NaiveDate;
use crm_store::{
    StoreError,
    analytics::{Aggregate, Cell, Grain, Groups, Key, Measure, Order, OrderBy, Summary},
};
use uuid::Uuid;

use crate::analytics_support::{Deal, World, by, day, days, formula, is, number, path, within};

async fn quota(world: &World, owner: Option<Uuid>, from: NaiveDate, to: NaiveDate, minor: i64) {
    sqlx::query(
        "INSERT INTO quotas (tenant_id, id, owner_id, starts_on, ends_on, amount_minor, currency, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'EUR', now(), now())",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(owner)
    .bind(from)
    .bind(to)
    .bind(minor)
    .execute(&world.owner)
    .await
    .unwrap();
}

fn attainment() -> Groups {
    Groups {
        measures: vec![Measure::Attainment(formula(
            Aggregate::Of(Summary::Sum, path("amount")),
            vec![is("is_won", true)],
        ))],
        ..Groups::default()
    }
}

#[tokio::test]
async fn what_was_won_is_a_share_of_the_quotas_of_the_same_owners_and_days() {
    let world = World::new().await;
    let (jon, peer) = (world.rep.grant().actor().id(), world.other.grant().actor().id());
    let deal = |owner, minor, close| Deal {
        owner: Some(owner),
        close: Some(close),
        ..Deal::new("Closed Won", minor)
    };
    world
        .deals(&[
            deal(jon, 30_000, day(2024, 4, 10)),
            deal(jon, 10_000, day(2024, 5, 10)),
            deal(peer, 5_000, day(2024, 4, 30)),
            deal(peer, 99_999, day(2024, 7, 1)),
            Deal {
                close: Some(day(2024, 4, 2)),
                owner: Some(jon),
                ..Deal::new("Prospecting", 77_777)
            },
        ])
        .await;
    let (first, last) = (day(2024, 4, 1), day(2024, 6, 30));
    quota(&world, Some(jon), first, last, 91_000).await;
    quota(&world, Some(peer), first, last, 20_000).await;
    quota(&world, Some(peer), day(2025, 4, 1), day(2025, 6, 30), 1).await;
    let quarter = within("close_date", first, last);
    let table = world
        .ask(&world.manager, vec![quarter.clone()], attainment())
        .await;
    // 450 of 1,110.
    assert_eq!(table.rows, vec![vec![number("0.405405")]]);
    let each = Groups {
        keys: vec![by("owner.name")],
        ..attainment()
    };
    let table = world
        .ask(&world.manager, vec![quarter.clone()], each.clone())
        .await;
    let share = |name: &str, share: &str| vec![Cell::Text(name.to_owned()), number(share)];
    assert_eq!(table.rows, vec![share("Jon", "0.43956"), share("John", "0.25")]);
    // A rep sees his own alone, also when he asks for the whole.
    let table = world.ask(&world.rep, vec![quarter.clone()], attainment()).await;
    assert_eq!(table.rows, vec![vec![number("0.43956")]]);
    // A month has its days' part of the quarter: 30 and 31 of 91 days.
    let months = Groups {
        keys: vec![Key::Calendar(path("close_date"), Grain::Month)],
        ..attainment()
    };
    let of_jon = vec![quarter, is("owner_id", jon.to_string())];
    let table = world.ask(&world.manager, of_jon, months).await;
    assert_eq!(
        table.rows,
        vec![
            vec![Cell::Date(day(2024, 4, 1)), number("1")],
            vec![Cell::Date(day(2024, 5, 1)), number("0.322581")],
        ]
    );
}

#[tokio::test]
async fn without_quotas_there_is_no_share_and_by_stage_it_makes_no_sense() {
    let world = World::new().await;
    world
        .deals(&[Deal {
            close: Some(day(2024, 4, 10)),
            ..Deal::new("Closed Won", 100)
        }])
        .await;
    let table = world.ask(&world.admin, vec![], attainment()).await;
    assert_eq!(table.rows, vec![vec![Cell::Null]]);
    let by_stage = Groups {
        keys: vec![by("stage")],
        ..attainment()
    };
    let error = world.refused(&world.admin, vec![], by_stage).await;
    assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
}

#[tokio::test]
async fn other_days_have_the_quotas_of_other_days() {
    let world = World::new().await;
    let deal = |minor, close| Deal {
        close: Some(close),
        ..Deal::new("Closed Won", minor)
    };
    world
        .deals(&[deal(5_000, day(2024, 4, 1)), deal(2_000, day(2023, 4, 1))])
        .await;
    for (year, minor) in [(2024, 10_000), (2023, 8_000)] {
        quota(&world, None, day(year, 4, 1), day(year, 6, 30), minor).await;
    }
    let groups = Groups {
        compare: Some((path("close_date"), days(day(2023, 4, 1), day(2023, 6, 30)))),
        order: vec![Order {
            by: OrderBy::Measure(0),
            descending: true,
        }],
        ..attainment()
    };
    let now = within("close_date", day(2024, 4, 1), day(2024, 6, 30));
    let table = world.ask(&world.admin, vec![now.clone()], groups.clone()).await;
    assert_eq!(table.rows, vec![vec![number("0.5"), number("0.25")]]);
    let quarters = Groups {
        keys: vec![Key::Calendar(path("close_date"), Grain::Quarter)],
        ..groups
    };
    let table = world.ask(&world.admin, vec![now], quarters).await;
    assert_eq!(
        table.rows,
        vec![vec![Cell::Date(day(2024, 4, 1)), number("0.5"), number("0.25")]]
    );
}
