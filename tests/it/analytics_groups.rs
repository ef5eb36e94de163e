//! Groups and their numbers against the deals as the test remembers them.

use std::collections::BTreeMap;

use crm_store::{
    analytics::{
        Aggregate, Cell, Filter, Groups, Having, Measure, Note, Order, OrderBy, Role, Summary, Test,
    },
    query::Op,
};
use rust_decimal::Decimal;
use serde_json::json;

use crate::analytics_support::{Deal, World, amount, at, by, count, day, formula, is, path, text, within};

const STAGES: [&str; 4] = ["Prospecting", "Negotiation/Review", "Closed Won", "Closed Lost"];

/// Sixty deals of two owners and nobody.
async fn sixty(world: &World) -> Vec<Deal> {
    let owners = [
        Some(world.rep.grant().actor().id()),
        Some(world.other.grant().actor().id()),
        None,
    ];
    let accounts = [
        Some(world.account(owners[0], "Alpha", Some("Energy")).await),
        Some(world.account(owners[1], "Beta", Some("Retail")).await),
        None,
    ];
    let deals: Vec<Deal> = (0..60_u8)
        .map(|n| {
            let at_place = |many: u8| usize::from(n / 3 % many);
            Deal {
                owner: owners[usize::from(n % 3)],
                account: accounts[usize::from(n % 3)],
                minor: (n % 7 != 0).then(|| i64::from(n) * 1_001 + 7),
                probability: i32::from(n % 5) * 25,
                close: (n % 11 != 0).then(|| day(2024, 1 + u32::from(n % 6), 1 + u32::from(n % 28))),
                created: at(2023, 9, 1 + u32::from(n % 28), u32::from(n % 24)),
                kind: [Some("renewal"), Some("upsell"), None][at_place(3)],
                ..Deal::new(STAGES[at_place(4)], 0)
            }
        })
        .collect();
    world.deals(&deals).await;
    deals
}

fn euros(minor: i64) -> Decimal {
    Decimal::new(minor, 2)
}

fn sum<'d>(deals: impl IntoIterator<Item = &'d Deal>) -> Decimal {
    euros(deals.into_iter().filter_map(|deal| deal.minor).sum())
}

#[tokio::test]
async fn numbers_of_stages_are_those_of_their_deals() {
    let world = World::new().await;
    let deals = sixty(&world).await;
    let won = is("is_won", true);
    let groups = Groups {
        keys: vec![by("stage")],
        measures: vec![
            count(),
            amount(Summary::Sum),
            amount(Summary::Average),
            amount(Summary::Median),
            amount(Summary::Minimum),
            amount(Summary::Maximum),
            Measure::Plain(formula(Aggregate::CountDistinct(path("owner_id")), vec![])),
            Measure::Plain(formula(
                Aggregate::Weighted {
                    amount: path("amount"),
                    percent: path("probability"),
                },
                vec![],
            )),
            Measure::Ratio {
                of: formula(Aggregate::Count, vec![is("type", "renewal")]),
                by: formula(Aggregate::Count, vec![won]),
            },
        ],
        order: vec![Order {
            by: OrderBy::Key(0),
            descending: false,
        }],
        ..Groups::default()
    };
    let table = world.ask(&world.admin, vec![], groups).await;
    let mut by_stage: BTreeMap<&str, Vec<&Deal>> = BTreeMap::new();
    for deal in &deals {
        by_stage.entry(deal.stage).or_default().push(deal);
    }
    let round = |number: Decimal| {
        Cell::Number(
            number
                .round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
                .normalize(),
        )
    };
    // In the order of the pipeline.
    let pipeline = ["Prospecting", "Negotiation/Review", "Closed Won", "Closed Lost"];
    let expected: Vec<Vec<Cell>> = pipeline
        .into_iter()
        .map(|stage| {
            let deals = &by_stage[stage];
            let mut amounts: Vec<i64> = deals.iter().filter_map(|deal| deal.minor).collect();
            amounts.sort_unstable();
            let n = amounts.len();
            let middle = euros(amounts[(n - 1) / 2] + amounts[n / 2]) / Decimal::TWO;
            let weighted: i64 = deals
                .iter()
                .filter_map(|deal| Some(deal.minor? * i64::from(deal.probability)))
                .sum();
            let mut owners: Vec<_> = deals.iter().filter_map(|deal| deal.owner).collect();
            owners.sort_unstable();
            owners.dedup();
            let renewals = deals.iter().filter(|deal| deal.kind == Some("renewal")).count();
            let won = deals.iter().filter(|deal| deal.is_won()).count();
            vec![
                text(stage),
                Cell::Number(deals.len().into()),
                round(sum(deals.iter().copied())),
                round(sum(deals.iter().copied()) / Decimal::from(n)),
                round(middle),
                round(euros(amounts[0])),
                round(euros(amounts[n - 1])),
                Cell::Number(owners.len().into()),
                round(euros(weighted) / Decimal::ONE_HUNDRED),
                if won == 0 {
                    Cell::Null
                } else {
                    Cell::Number(
                        (Decimal::from(renewals) / Decimal::from(won))
                            .round_dp(6)
                            .normalize(),
                    )
                },
            ]
        })
        .collect();
    assert_eq!(table.rows, expected);
    assert_eq!(table.records, 60);
    let missing = deals.iter().filter(|deal| deal.minor.is_none()).count();
    assert!(table.notes.contains(&Note::Missing {
        measure: 1,
        records: missing.try_into().unwrap(),
    }));
}

#[tokio::test]
async fn filters_go_over_references_and_combine() {
    let world = World::new().await;
    let deals = sixty(&world).await;
    let ask = |filters: Vec<Filter>| async {
        let groups = Groups {
            measures: vec![count()],
            ..Groups::default()
        };
        let table = world.ask(&world.admin, filters, groups).await;
        assert_eq!(table.rows, vec![vec![Cell::Number(table.records.into())]]);
        usize::try_from(table.records).unwrap()
    };
    let many = |which: &dyn Fn(&Deal) -> bool| deals.iter().filter(|deal| which(deal)).count();
    let rep = Some(world.rep.grant().actor().id());
    assert_eq!(
        ask(vec![is("account.industry", "Energy")]).await,
        many(&|d| d.owner == rep)
    );
    assert_eq!(
        ask(vec![is("owner.name", "Jon")]).await,
        many(&|d| d.owner == rep)
    );
    assert_eq!(
        ask(vec![is("account.owner.name", "Jon")]).await,
        many(&|d| d.owner == rep)
    );
    let not_energy = Filter::Field {
        path: path("account.industry"),
        op: Op::Ne,
        value: json!("Energy"),
    };
    assert_eq!(ask(vec![not_energy]).await, many(&|d| d.owner != rep));
    let either = Filter::Any(vec![is("type", "renewal"), is("is_won", true)]);
    let wanted = |d: &Deal| d.kind == Some("renewal") || d.is_won();
    assert_eq!(ask(vec![either.clone()]).await, many(&wanted));
    assert_eq!(
        ask(vec![Filter::Not(Box::new(either))]).await,
        many(&|d| !wanted(d))
    );
    let large = Filter::Field {
        path: path("amount"),
        op: Op::Gt,
        value: json!("300"),
    };
    assert_eq!(ask(vec![large]).await, many(&|d| d.minor > Some(30_000)));
    let one_of = Filter::Field {
        path: path("stage"),
        op: Op::In,
        value: json!(["Prospecting", "Closed Won"]),
    };
    assert_eq!(
        ask(vec![
            one_of,
            within("close_date", day(2024, 2, 1), day(2024, 2, 29))
        ])
        .await,
        many(&|d| ["Prospecting", "Closed Won"].contains(&d.stage)
            && d.close >= Some(day(2024, 2, 1))
            && d.close <= Some(day(2024, 2, 29)))
    );
    assert_eq!(ask(vec![Filter::Any(vec![])]).await, 0);
}

#[tokio::test]
async fn each_sees_the_numbers_of_what_he_may_see() {
    let world = World::new().await;
    let deals = sixty(&world).await;
    let groups = || Groups {
        keys: vec![by("owner_id")],
        measures: vec![count(), amount(Summary::Sum)],
        order: vec![Order {
            by: OrderBy::Key(0),
            descending: true,
        }],
        ..Groups::default()
    };
    let (jon, peer) = (world.rep.grant().actor().id(), world.other.grant().actor().id());
    let of = |owner, name: &str| {
        let deals: Vec<&Deal> = deals.iter().filter(|deal| deal.owner == Some(owner)).collect();
        vec![
            Cell::Record {
                id: owner,
                name: Some(name.to_owned()),
            },
            Cell::Number(deals.len().into()),
            Cell::Number(sum(deals).normalize()),
        ]
    };
    let nobody: Vec<&Deal> = deals.iter().filter(|deal| deal.owner.is_none()).collect();
    let nobody = vec![
        Cell::Null,
        Cell::Number(nobody.len().into()),
        Cell::Number(sum(nobody).normalize()),
    ];
    for all in [&world.admin, &world.manager] {
        let table = world.ask(all, vec![], groups()).await;
        assert_eq!(table.rows, vec![of(jon, "Jon"), of(peer, "John"), nobody.clone()]);
    }
    let table = world.ask(&world.rep, vec![], groups()).await;
    assert_eq!(table.rows, vec![of(jon, "Jon"), nobody.clone()]);
    let table = world.ask(&world.other, vec![], groups()).await;
    assert_eq!(table.rows, vec![of(peer, "John"), nobody]);
    // The account of a colleague has no name, and its industry is no group.
    let groups = Groups {
        keys: vec![by("account.industry")],
        measures: vec![count()],
        ..Groups::default()
    };
    let table = world.ask(&world.rep, vec![], groups).await;
    assert!(!format!("{table:?}").contains("Retail"));
}

#[tokio::test]
async fn what_is_beyond_the_limit_is_one_group_more() {
    let world = World::new().await;
    let deals = sixty(&world).await;
    let mut groups = Groups {
        keys: vec![by("owner_id"), by("stage")],
        measures: vec![amount(Summary::Sum), amount(Summary::Median), count()],
        limit: 3,
        other: true,
        share: true,
        ..Groups::default()
    };
    let table = world.ask(&world.admin, vec![], groups.clone()).await;
    assert_eq!(table.rows.len(), 4);
    let shares: Decimal = table
        .rows
        .iter()
        .map(|row| match row[3] {
            Cell::Number(share) => share,
            ref other => panic!("{other:?}"),
        })
        .sum();
    assert!(
        (shares - Decimal::ONE).abs() < "0.00001".parse().unwrap(),
        "{shares}"
    );
    let whole = |place: usize| -> Decimal {
        table
            .rows
            .iter()
            .map(|row| match row[place] {
                Cell::Number(number) => number,
                ref other => panic!("{other:?}"),
            })
            .sum()
    };
    assert_eq!(whole(2), sum(&deals));
    assert_eq!(whole(5), Decimal::from(60));
    let rest = &table.rows[3];
    assert_eq!(&rest[..2], [Cell::Other, Cell::Other]);
    assert!(table.notes.contains(&Note::Cut {
        shown: 3,
        of: Some(12)
    }));
    // The median of the rest is that of its deals, not of its groups.
    let shown: Vec<(Option<uuid::Uuid>, &Cell)> = table.rows[..3]
        .iter()
        .map(|row| match &row[0] {
            Cell::Record { id, .. } => (Some(*id), &row[1]),
            _ => (None, &row[1]),
        })
        .collect();
    let mut amounts: Vec<i64> = deals
        .iter()
        .filter(|deal| !shown.contains(&(deal.owner, &text(deal.stage))))
        .filter_map(|deal| deal.minor)
        .collect();
    amounts.sort_unstable();
    let n = amounts.len();
    let middle = euros(amounts[(n - 1) / 2] + amounts[n / 2]) / Decimal::TWO;
    let middle = middle.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    assert_eq!(rest[4], Cell::Number(middle.normalize()));
    // With a condition on groups the rest has only those that fulfil it.
    groups.having = vec![Having {
        measure: 2,
        test: Test::Above,
        value: Decimal::from(5),
    }];
    let table = world.ask(&world.admin, vec![], groups).await;
    assert_eq!(table.rows.len(), 0, "each group has five deals");
    assert_eq!(
        table
            .columns
            .iter()
            .filter(|column| column.role == Role::Share)
            .count(),
        2
    );
}

#[tokio::test]
async fn the_values_of_a_field_are_those_that_the_actor_sees() {
    let world = World::new().await;
    sixty(&world).await;
    let values = |who: crm_store::TenantStore, said: &'static str, like: Option<&'static str>| async move {
        let mut tx = who.begin().await.unwrap();
        let values = tx.values_of(&path(said), like, 10).await.unwrap();
        values.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let admin = || world.admin.clone();
    assert_eq!(values(admin(), "type", None).await, ["renewal", "upsell"]);
    assert_eq!(
        values(admin(), "stage", Some("CLOSED")).await,
        ["Closed Lost", "Closed Won"]
    );
    assert_eq!(
        values(admin(), "account.industry", None).await,
        ["Energy", "Retail"]
    );
    assert_eq!(values(admin(), "account_id", None).await, ["Alpha", "Beta"]);
    assert_eq!(values(admin(), "owner_id", Some("jo")).await, ["John", "Jon"]);
    assert_eq!(values(world.rep.clone(), "account_id", None).await, ["Alpha"]);
    assert_eq!(
        values(world.rep.clone(), "account.industry", None).await,
        ["Energy"]
    );
    assert!(values(admin(), "owner_id", Some("' OR true --")).await.is_empty());
}
