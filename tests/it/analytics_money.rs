//! Amounts of several currencies, and fields that a role may not see.

use crm_store::{
    StoreError,
    analytics::{Cell, Filter, Groups, Key, Note, Order, OrderBy, Shape, Summary},
    query::Op,
};
use serde_json::json;

use crate::analytics_support::{Deal, World, amount, by, count, day, is, number, path};

#[tokio::test]
async fn amounts_are_converted_at_the_rates_of_the_day() {
    let world = World::new().await;
    world.rate("USD", "0.5", day(2024, 1, 1)).await;
    world.rate("USD", "0.9", day(2024, 6, 1)).await;
    world.rate("USD", "2", day(2024, 12, 1)).await;
    world.rate("JPY", "0.0061", day(2024, 1, 1)).await;
    let deal = |currency, minor| Deal {
        currency,
        ..Deal::new("Prospecting", minor)
    };
    world
        .deals(&[
            deal("EUR", 10_000),
            deal("USD", 10_000),
            deal("JPY", 10_000),
            deal("CHF", 50_000),
            deal("CHF", 50_000),
        ])
        .await;
    let groups = Groups {
        measures: vec![amount(Summary::Sum), amount(Summary::Maximum), count()],
        ..Groups::default()
    };
    let table = world.ask(&world.admin, vec![], groups.clone()).await;
    assert_eq!(table.rows, vec![vec![number("251"), number("100"), number("5")]]);
    assert_eq!(
        table.notes,
        vec![
            Note::Converted {
                from: vec!["JPY".to_owned(), "USD".to_owned()],
                on: day(2024, 6, 14),
            },
            Note::NoRate {
                currency: "CHF".to_owned(),
                records: 2,
            },
        ]
    );
    // In dollars, over the tenant's own currency.
    let mut plan = world.plan(vec![], Shape::Groups(groups.clone())).await;
    plan.reporting.currency = "USD".to_owned();
    let table = world.admin.analyze(&plan).await.unwrap();
    assert_eq!(table.rows[0][0], number("278.89"));
    // A filter means the reporting currency, unless it says another.
    let above = |value| Filter::Field {
        path: path("amount"),
        op: Op::Gte,
        value,
    };
    let table = world
        .ask(&world.admin, vec![above(json!("90"))], groups.clone())
        .await;
    assert_eq!(table.records, 2);
    let yen = above(json!({"amount": "5000", "currency": "JPY"}));
    let table = world.ask(&world.admin, vec![yen], groups).await;
    assert_eq!(table.records, 1);
}

#[tokio::test]
async fn five_currencies_and_more_are_summed_up_alike() {
    let world = World::new().await;
    for (place, currency) in ["USD", "GBP", "CHF", "SEK", "NOK"].into_iter().enumerate() {
        world
            .rate(currency, &format!("0.{}", place + 1), day(2024, 1, 1))
            .await;
        world
            .deals(&[Deal {
                currency,
                ..Deal::new("Prospecting", 100_000)
            }])
            .await;
    }
    let groups = Groups {
        measures: vec![amount(Summary::Sum)],
        ..Groups::default()
    };
    let table = world.ask(&world.admin, vec![], groups).await;
    assert_eq!(table.rows, vec![vec![number("1500")]]);
}

#[tokio::test]
async fn nothing_of_nothing_is_nothing_and_zero_where_it_is_a_sum() {
    let world = World::new().await;
    let groups = Groups {
        measures: vec![
            count(),
            amount(Summary::Sum),
            amount(Summary::Average),
            amount(Summary::Median),
        ],
        ..Groups::default()
    };
    let table = world.ask(&world.admin, vec![], groups).await;
    assert_eq!(
        table.rows,
        vec![vec![number("0"), number("0"), Cell::Null, Cell::Null]]
    );
    assert_eq!((table.records, table.notes), (0, vec![]));
}

#[tokio::test]
async fn a_field_that_a_role_may_not_see_is_refused_everywhere() {
    let world = World::new().await;
    world.deals(&[Deal::new("Prospecting", 5)]).await;
    for rule in ["hidden", "masked"] {
        let fields = json!({"opportunity": {"amount": rule, "type": rule}});
        sqlx::query(
            "UPDATE roles SET permissions = jsonb_set(permissions, '{fields}', $1) WHERE name = 'sales'",
        )
        .bind(fields)
        .execute(&world.owner)
        .await
        .unwrap();
        let plain = || Groups {
            measures: vec![count()],
            ..Groups::default()
        };
        let asked = [
            (
                vec![],
                Groups {
                    measures: vec![amount(Summary::Sum)],
                    ..plain()
                },
                "amount",
            ),
            (
                vec![],
                Groups {
                    keys: vec![by("type")],
                    ..plain()
                },
                "type",
            ),
            (vec![is("type", "renewal")], plain(), "type"),
            (
                vec![Filter::Not(Box::new(Filter::Any(vec![is("type", "renewal")])))],
                plain(),
                "type",
            ),
        ];
        for (filters, groups, field) in asked {
            let error = world.refused(&world.rep, filters.clone(), groups.clone()).await;
            let StoreError::Refused { fields, .. } = error else {
                panic!("{error:?}");
            };
            assert_eq!(fields, [field]);
            world.ask(&world.manager, filters, groups).await;
        }
        let records = Shape::Records {
            fields: vec![path("name")],
            order: Some((path("amount"), true)),
            offset: 0,
            limit: 1,
            as_of: None,
        };
        let error = world
            .rep
            .analyze(&world.plan(vec![], records).await)
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_words() {
    let world = World::new().await;
    let plain = || Groups {
        measures: vec![count()],
        ..Groups::default()
    };
    let by_month = Key::Calendar(path("stage"), crm_store::analytics::Grain::Month);
    let order = |by| vec![Order { by, descending: true }];
    for (filters, groups) in [
        (vec![], Groups::default()),
        (
            vec![],
            Groups {
                keys: vec![by("amount")],
                ..plain()
            },
        ),
        (
            vec![],
            Groups {
                keys: vec![by("custom")],
                ..plain()
            },
        ),
        (
            vec![],
            Groups {
                keys: vec![by_month],
                ..plain()
            },
        ),
        (
            vec![],
            Groups {
                order: order(OrderBy::Measure(3)),
                ..plain()
            },
        ),
        (
            vec![],
            Groups {
                order: order(OrderBy::Key(0)),
                ..plain()
            },
        ),
        (vec![is("probability", "many")], plain()),
        (vec![is("owner_id", "' OR 1=1 --")], plain()),
    ] {
        let error = world.refused(&world.admin, filters, groups).await;
        assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    }
    // Quotes in a value are a value.
    let table = world
        .ask(
            &world.admin,
            vec![is("stage", "'; DROP TABLE opportunities; --")],
            plain(),
        )
        .await;
    assert_eq!(table.records, 0);
}
