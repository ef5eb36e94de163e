//! Days, stretches of the calendar and times between moments, in groups of records.

use crm_store::{
    StoreError,
    analytics::{Aggregate, Cell, Grain, Groups, Key, Measure, Note, Order, OrderBy, Span, Summary},
};

use crate::analytics_support::{
    Deal, World, amount, at, by, count, day, days, formula, is, number, path, text, within,
};

#[tokio::test]
async fn the_calendar_follows_the_zone_and_the_fiscal_year() {
    let world = World::new().await;
    let when = [
        // Summer time began in Berlin on the 31st of March 2024: its midnight is 22:00 of the day before.
        at(2024, 3, 30, 23),
        at(2024, 3, 31, 21),
        at(2024, 3, 31, 22),
        at(2024, 2, 29, 12),
        at(2024, 1, 31, 23),
        // And ended on the 27th of October 2024.
        at(2024, 10, 26, 22),
        at(2024, 10, 27, 22),
        at(2024, 10, 27, 23),
    ];
    let deals: Vec<Deal> = when
        .iter()
        .map(|created| Deal {
            created: *created,
            ..Deal::new("Prospecting", 100)
        })
        .collect();
    world.deals(&deals).await;
    let rows = |grain| {
        let world = &world;
        async move {
            let groups = Groups {
                keys: vec![Key::Calendar(path("created_at"), grain)],
                measures: vec![count()],
                ..Groups::default()
            };
            world.ask(&world.admin, vec![], groups).await.rows
        }
    };
    let found = |date, many: i64| vec![Cell::Date(date), Cell::Number(many.into())];
    assert_eq!(
        rows(Grain::Day).await,
        vec![
            found(day(2024, 2, 1), 1),
            found(day(2024, 2, 29), 1),
            found(day(2024, 3, 31), 2),
            found(day(2024, 4, 1), 1),
            found(day(2024, 10, 27), 2),
            found(day(2024, 10, 28), 1),
        ]
    );
    assert_eq!(
        rows(Grain::Quarter).await,
        vec![
            found(day(2024, 1, 1), 4),
            found(day(2024, 4, 1), 1),
            found(day(2024, 10, 1), 3)
        ]
    );
    assert_eq!(
        rows(Grain::Year).await,
        vec![found(day(2023, 4, 1), 4), found(day(2024, 4, 1), 4)]
    );
    assert_eq!(rows(Grain::Week).await[0], found(day(2024, 1, 29), 1));
    let groups = Groups {
        measures: vec![count()],
        ..Groups::default()
    };
    for (from, to, many) in [
        (day(2024, 3, 31), day(2024, 3, 31), 2),
        (day(2024, 10, 27), day(2024, 10, 27), 2),
        (day(2024, 2, 29), day(2024, 2, 29), 1),
    ] {
        let table = world
            .ask(&world.admin, vec![within("created_at", from, to)], groups.clone())
            .await;
        assert_eq!(table.records, many, "{from}");
    }
}

#[tokio::test]
async fn other_days_stand_beside_in_their_places() {
    let world = World::new().await;
    let deal = |stage, minor, close| Deal {
        close: Some(close),
        ..Deal::new(stage, minor)
    };
    world
        .deals(&[
            deal("Closed Won", 10_000, day(2024, 2, 29)),
            deal("Closed Won", 5_000, day(2024, 1, 5)),
            deal("Closed Won", 3_000, day(2023, 2, 10)),
            deal("Closed Lost", 700, day(2023, 1, 31)),
        ])
        .await;
    let groups = Groups {
        keys: vec![by("stage")],
        measures: vec![amount(Summary::Sum), amount(Summary::Average), count()],
        order: vec![Order {
            by: OrderBy::Key(0),
            descending: false,
        }],
        compare: Some((path("close_date"), days(day(2023, 1, 1), day(2023, 3, 31)))),
        ..Groups::default()
    };
    let now = within("close_date", day(2024, 1, 1), day(2024, 3, 31));
    let table = world.ask(&world.admin, vec![now.clone()], groups.clone()).await;
    let cells = |words: [&str; 6]| {
        words
            .map(|word| if word == "-" { Cell::Null } else { number(word) })
            .to_vec()
    };
    let row = |key: Cell, numbers| [vec![key], cells(numbers)].concat();
    assert_eq!(
        table.rows,
        vec![
            row(text("Closed Won"), ["150", "30", "75", "30", "2", "1"]),
            row(text("Closed Lost"), ["0", "7", "-", "7", "0", "1"]),
        ]
    );
    assert_eq!(table.records, 2);
    let by_month = Groups {
        keys: vec![Key::Calendar(path("close_date"), Grain::Month)],
        order: vec![],
        ..groups
    };
    let table = world.ask(&world.admin, vec![now], by_month.clone()).await;
    assert_eq!(
        table.rows,
        vec![
            row(Cell::Date(day(2024, 1, 1)), ["50", "7", "50", "7", "1", "1"]),
            row(Cell::Date(day(2024, 2, 1)), ["100", "30", "100", "30", "1", "1"]),
        ]
    );
    let error = world.refused(&world.admin, vec![], by_month).await;
    assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
}

#[tokio::test]
async fn times_between_days_and_moments() {
    let world = World::new().await;
    world
        .deals(&[
            Deal {
                close: Some(day(2024, 1, 20)),
                ..Deal::new("Closed Won", 1)
            },
            Deal {
                close: None,
                ..Deal::new("Closed Won", 1)
            },
        ])
        .await;
    let cycle = Measure::Plain(formula(
        Aggregate::Between {
            from: path("created_at"),
            to: path("close_date"),
            unit: Span::Days,
            summary: Summary::Average,
        },
        vec![is("is_won", true)],
    ));
    let groups = Groups {
        measures: vec![cycle],
        ..Groups::default()
    };
    let table = world.ask(&world.admin, vec![], groups).await;
    // From noon in London on the 10th to midnight in Berlin on the 20th.
    assert_eq!(table.rows, vec![vec![number("9.458333")]]);
    assert_eq!(
        table.notes,
        vec![Note::Missing {
            measure: 0,
            records: 1
        }]
    );
}
