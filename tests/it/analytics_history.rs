//! The pipeline as it was, the way between two days, and the way through the stages.

use chrono::NaiveDate;
use crm_store::{
    StoreError,
    analytics::{
        Cell, Cohort, DayRange, Funnel, Grain, Groups, Note, Order, OrderBy, Path, Shape, Summary, Table,
    },
    catalog::OPPORTUNITY,
};
use rust_decimal::Decimal;
use serde_json::json;

use crate::analytics_support::{Deal, World, amount, at, by, count, day, days, is, number, path, text};

fn euros(amount: &str) -> serde_json::Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// Deals with a history: each says what it was and when that changed.
async fn story(world: &World) -> Vec<Deal> {
    let rep = Some(world.rep.grant().actor().id());
    let other = Some(world.other.grant().actor().id());
    let deal = |stage, minor, close, created, owner| Deal {
        close: Some(close),
        created,
        owner,
        ..Deal::new(stage, minor)
    };
    let deals = vec![
        // 0: open all the time, from 100 to 150 on the 1st of April.
        deal("Prospecting", 15_000, day(2024, 5, 1), at(2024, 1, 5, 9), rep),
        // 1: won on the 10th of April, for 200.
        deal("Closed Won", 20_000, day(2024, 4, 10), at(2024, 2, 1, 9), rep),
        // 2: lost on the 12th of April; it was 80 before it became 70.
        deal("Closed Lost", 7_000, day(2024, 5, 20), at(2024, 2, 2, 9), other),
        // 3: put off from May to September.
        deal("Qualification", 3_000, day(2024, 9, 1), at(2024, 2, 3, 9), other),
        // 4: brought forward from September to June.
        deal("Qualification", 4_000, day(2024, 6, 1), at(2024, 2, 4, 9), rep),
        // 5: made in April.
        deal("Prospecting", 500, day(2024, 6, 30), at(2024, 4, 20, 9), rep),
        // 6: made and won in April.
        deal("Closed Won", 600, day(2024, 4, 25), at(2024, 4, 21, 9), rep),
        // 7: won long ago.
        deal("Closed Won", 99_900, day(2024, 2, 20), at(2024, 1, 1, 9), rep),
        // 8: handed over by John, whose deal it was.
        deal("Prospecting", 1_100, day(2024, 5, 5), at(2024, 1, 6, 9), rep),
    ];
    world.deals(&deals).await;
    let changed = |place: usize, field: &'static str, old, new, when| {
        world.changed(deals[place].id, field, old, new, when)
    };
    changed(0, "amount", euros("100.00"), euros("150.00"), at(2024, 4, 1, 8)).await;
    changed(
        1,
        "stage",
        json!("Negotiation/Review"),
        json!("Closed Won"),
        at(2024, 4, 10, 8),
    )
    .await;
    changed(
        1,
        "close_date",
        json!("2024-05-31"),
        json!("2024-04-10"),
        at(2024, 4, 10, 8),
    )
    .await;
    changed(2, "amount", euros("80.00"), euros("70.00"), at(2024, 4, 2, 8)).await;
    changed(
        2,
        "stage",
        json!("Qualification"),
        json!("Closed Lost"),
        at(2024, 4, 12, 8),
    )
    .await;
    changed(
        3,
        "close_date",
        json!("2024-05-15"),
        json!("2024-09-01"),
        at(2024, 4, 3, 8),
    )
    .await;
    changed(
        4,
        "close_date",
        json!("2024-09-15"),
        json!("2024-06-01"),
        at(2024, 4, 4, 8),
    )
    .await;
    changed(
        6,
        "stage",
        json!("Prospecting"),
        json!("Closed Won"),
        at(2024, 4, 25, 8),
    )
    .await;
    changed(
        7,
        "stage",
        json!("Prospecting"),
        json!("Closed Won"),
        at(2024, 2, 20, 8),
    )
    .await;
    changed(8, "owner_id", json!(other), json!(rep), at(2024, 4, 5, 8)).await;
    // Stages were entered when the history says so.
    sqlx::query(
        "UPDATE opportunities o SET stage_entered_at = c.effective_at, closed_at = CASE WHEN is_closed THEN c.effective_at END \
         FROM field_changes c WHERE c.record_id = o.id AND c.field = 'stage'",
    )
    .execute(&world.owner)
    .await
    .unwrap();
    deals
}

async fn ask(world: &World, shape: Shape) -> Table {
    let plan = world.plan(vec![], shape).await;
    world.admin.analyze(&plan).await.unwrap()
}

/// The table of stages with the number of their deals and the amount.
async fn stages(world: &World, as_of: Option<NaiveDate>) -> Vec<Vec<Cell>> {
    let groups = Groups {
        keys: vec![by("stage")],
        measures: vec![count(), amount(Summary::Sum)],
        order: vec![Order {
            by: OrderBy::Key(0),
            descending: false,
        }],
        as_of,
        ..Groups::default()
    };
    ask(world, Shape::Groups(groups)).await.rows
}

fn row(stage: &str, records: &str, amount: &str) -> Vec<Cell> {
    vec![text(stage), number(records), number(amount)]
}

#[tokio::test]
async fn the_pipeline_is_shown_as_it_was_at_the_end_of_a_day() {
    let world = World::new().await;
    story(&world).await;
    assert_eq!(
        stages(&world, Some(day(2024, 3, 31))).await,
        vec![
            row("Prospecting", "2", "111"),
            row("Qualification", "3", "150"),
            row("Negotiation/Review", "1", "200"),
            row("Closed Won", "1", "999"),
        ]
    );
    // At the end of the day on which they changed, changes hold.
    assert_eq!(
        stages(&world, Some(day(2024, 4, 2))).await,
        vec![
            row("Prospecting", "2", "161"),
            row("Qualification", "3", "140"),
            row("Negotiation/Review", "1", "200"),
            row("Closed Won", "1", "999"),
        ]
    );
    assert_eq!(
        stages(&world, Some(day(2024, 6, 1))).await,
        stages(&world, None).await
    );
    // Who had it then.
    let groups = Groups {
        measures: vec![count()],
        as_of: Some(day(2024, 3, 31)),
        ..Groups::default()
    };
    let plan = world
        .plan(vec![is("owner.name", "John")], Shape::Groups(groups))
        .await;
    assert_eq!(world.admin.analyze(&plan).await.unwrap().records, 3);
    let plan = world
        .plan(
            vec![is("is_closed", false)],
            Shape::Records {
                fields: vec![path("id"), path("owner_id"), path("close_date"), path("amount")],
                order: Some((path("amount"), true)),
                offset: 0,
                limit: 2,
                as_of: Some(day(2024, 3, 31)),
            },
        )
        .await;
    let table = world.admin.analyze(&plan).await.unwrap();
    assert_eq!(table.rows.len(), 2);
    assert_eq!(table.rows[0][2..], [Cell::Date(day(2024, 5, 31)), number("200")]);
    assert!(table.notes.contains(&Note::Cut {
        shown: 2,
        of: Some(6)
    }));
}

#[tokio::test]
async fn a_record_whose_history_begins_later_is_left_out_and_counted() {
    let world = World::new().await;
    let deal = Deal::new("Closed Won", 100);
    world.deals(std::slice::from_ref(&deal)).await;
    sqlx::query("UPDATE opportunities SET stage_entered_at = '2024-05-01', closed_at = '2024-05-01'")
        .execute(&world.owner)
        .await
        .unwrap();
    let groups = Groups {
        measures: vec![count()],
        as_of: Some(day(2024, 3, 31)),
        ..Groups::default()
    };
    let table = ask(&world, Shape::Groups(groups)).await;
    assert_eq!(table.records, 0);
    assert_eq!(table.notes, vec![Note::NoHistory { records: 1 }]);
}

#[tokio::test]
async fn the_parts_of_the_bridge_add_up() {
    let world = World::new().await;
    story(&world).await;
    let bridge = |from, to, closing| Shape::Bridge { from, to, closing };
    let quarter = days(day(2024, 4, 1), day(2024, 6, 30));
    let table = ask(&world, bridge(day(2024, 3, 31), day(2024, 4, 30), quarter)).await;
    let part = |name: &str, amount: &str, records: &str| vec![text(name), number(amount), number(records)];
    assert_eq!(
        table.rows,
        vec![
            // 100 + 200 + 80 + 30 + 11.
            part("opening", "421", "5"),
            part("created", "11", "2"),
            part("moved_in", "40", "1"),
            part("won", "206", "2"),
            part("lost", "70", "1"),
            part("slipped", "30", "1"),
            part("changed", "40", "2"),
            part("closing", "206", "4"),
        ]
    );
    // Without close dates nothing moves in or slips.
    let open = DayRange { from: None, to: None };
    let table = ask(&world, bridge(day(2024, 3, 31), day(2024, 4, 30), open)).await;
    let amounts: Vec<Decimal> = table
        .rows
        .iter()
        .map(|row| match row[1] {
            Cell::Number(amount) => amount,
            ref other => panic!("{other:?}"),
        })
        .collect();
    let [opening, created, moved_in, won, lost, slipped, changed, closing] = amounts[..] else {
        panic!("{amounts:?}");
    };
    assert_eq!((moved_in, slipped), (Decimal::ZERO, Decimal::ZERO));
    assert_eq!(opening + created - won - lost + changed, closing);
    let plan = world
        .plan(vec![], bridge(day(2024, 4, 30), day(2024, 3, 31), open))
        .await;
    let error = world.admin.analyze(&plan).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
}

#[tokio::test]
async fn a_funnel_counts_whoever_came_to_a_step_or_further() {
    let world = World::new().await;
    story(&world).await;
    let steps = ["Negotiation/Review", "Prospecting", "Closed Won"]
        .map(str::to_owned)
        .to_vec();
    let table = ask(&world, Shape::Funnel(Funnel { steps })).await;
    let step = |name: &str, cells: [&str; 4]| [vec![text(name)], cells.map(number).to_vec()].concat();
    // The lost one came to Qualification.
    assert_eq!(
        table.rows,
        vec![
            step("Prospecting", ["9", "1511", "1", "1"]),
            step("Negotiation/Review", ["3", "1205", "0.333333", "0.333333"]),
            step("Closed Won", ["3", "1205", "0.333333", "1"]),
        ]
    );
    let all = ask(&world, Shape::Funnel(Funnel::default())).await;
    assert_eq!(all.rows.len(), 9);
    let unknown = Shape::Funnel(Funnel {
        steps: vec!["Nirvana".to_owned()],
    });
    let error = world
        .admin
        .analyze(&world.plan(vec![], unknown).await)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Prospecting"), "{error}");
}

#[tokio::test]
async fn stages_take_as_long_as_their_history_says() {
    let world = World::new().await;
    let deal = Deal {
        created: at(2024, 1, 1, 0),
        ..Deal::new("Closed Won", 1)
    };
    let second = Deal {
        created: at(2024, 1, 1, 0),
        ..Deal::new("Qualification", 1)
    };
    world.deals(&[deal.clone(), second.clone()]).await;
    let (first, next) = (json!("Prospecting"), json!("Qualification"));
    world
        .changed(deal.id, "stage", first.clone(), next.clone(), at(2024, 1, 3, 0))
        .await;
    world
        .changed(
            deal.id,
            "stage",
            next.clone(),
            json!("Closed Won"),
            at(2024, 1, 3, 12),
        )
        .await;
    world
        .changed(second.id, "stage", first, next, at(2024, 1, 2, 0))
        .await;
    let table = ask(&world, Shape::StageDurations).await;
    assert_eq!(
        table.rows,
        vec![
            vec![text("Prospecting"), number("1.5"), number("1.5"), number("2")],
            vec![text("Qualification"), number("0.5"), number("0.5"), number("1")],
        ]
    );
}

#[tokio::test]
async fn cohorts_show_what_had_become_of_them_when() {
    let world = World::new().await;
    story(&world).await;
    let shape = Shape::Cohort(Cohort {
        begun: path("created_at"),
        grain: Grain::Month,
        reached: Path::parse(&OPPORTUNITY, "closed_at").unwrap(),
        only: vec![is("is_won", true)],
        stretches: 3,
    });
    let table = ask(&world, shape).await;
    let first = |month| day(2024, month, 1);
    let cell =
        |month, cells: [&str; 4]| [vec![Cell::Date(first(month))], cells.map(number).to_vec()].concat();
    // June has begun, so the deals of April are followed for two months.
    assert_eq!(
        table.rows,
        vec![
            cell(1, ["0", "3", "0", "0"]),
            cell(1, ["1", "3", "1", "0.333333"]),
            cell(1, ["2", "3", "1", "0.333333"]),
            cell(1, ["3", "3", "1", "0.333333"]),
            cell(2, ["0", "4", "0", "0"]),
            cell(2, ["1", "4", "0", "0"]),
            cell(2, ["2", "4", "1", "0.25"]),
            cell(2, ["3", "4", "1", "0.25"]),
            cell(4, ["0", "2", "1", "0.5"]),
            cell(4, ["1", "2", "1", "0.5"]),
            cell(4, ["2", "2", "1", "0.5"]),
        ]
    );
}
