//! Whether two answers say the same.

use crm_store::analytics::{Cell, Column, Filter, Formula, Groups, Measure, Plan, Role, Shape, Table};
use rust_decimal::Decimal;
use serde::Serialize;

/// How far numbers may be apart: the last decimal of a share, whose rounding depends on how it was asked for.
const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// What a query gave, with the plan that says what its columns are.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Answered {
    /// What the store was asked.
    #[serde(skip)]
    pub plan: Plan,
    /// What it said.
    pub table: Table,
}

impl Answered {
    /// Whether there is nothing that could be compared: no rows, or no number that is not 0.
    pub fn is_nothing(&self) -> bool {
        let numbers = |row: &Vec<Cell>| {
            let said = |(cell, column): (&Cell, &Column)| {
                let is_nothing = match cell {
                    Cell::Null => true,
                    Cell::Number(number) => number.is_zero(),
                    _ => false,
                };
                column.role != Role::Key && !is_nothing
            };
            row.iter().zip(&self.table.columns).any(said)
        };
        match self.plan.shape {
            Shape::Records { .. } => self.table.rows.is_empty(),
            _ => !self.table.rows.iter().any(numbers),
        }
    }
}

/// Whether two answers have the same rows, in whatever order, of the same things: the same fields, groups and measures of
/// the same object, in the same currency. A condition of a measure may stand among the conditions of the other query.
pub fn same(left: &Answered, right: &Answered) -> bool {
    if !are_of_the_same(&left.plan, &right.plan) {
        return false;
    }
    let (left, right) = (&left.table, &right.table);
    if left.columns != right.columns || left.rows.len() != right.rows.len() {
        return false;
    }
    let mut rest: Vec<&Vec<Cell>> = right.rows.iter().collect();
    left.rows.iter().all(|row| {
        let found = rest.iter().position(|other| rows_equal(row, other));
        found.map(|at| rest.swap_remove(at)).is_some()
    })
}

/// Whether the columns of two answers are of the same things.
fn are_of_the_same(left: &Plan, right: &Plan) -> bool {
    let alike = match (&left.shape, &right.shape) {
        (Shape::Groups(own), Shape::Groups(other)) => groups_alike(own, left, other, right),
        (Shape::Records { fields, .. }, Shape::Records { fields: other, .. }) => fields == other,
        (Shape::Funnel(own), Shape::Funnel(other)) => own == other,
        (Shape::Cohort(own), Shape::Cohort(other)) => {
            (&own.begun, own.grain, &own.reached, &own.only)
                == (&other.begun, other.grain, &other.reached, &other.only)
        }
        (Shape::StageDurations, Shape::StageDurations) | (Shape::Bridge { .. }, Shape::Bridge { .. }) => true,
        _ => false,
    };
    alike && left.object.name == right.object.name && left.reporting.currency == right.reporting.currency
}

fn groups_alike(own: &Groups, left: &Plan, other: &Groups, right: &Plan) -> bool {
    own.keys == other.keys
        && own.measures.len() == other.measures.len()
        && own
            .measures
            .iter()
            .zip(&other.measures)
            .all(|(own, other)| measures_alike(own, left, other, right))
}

fn measures_alike(own: &Measure, left: &Plan, other: &Measure, right: &Plan) -> bool {
    let alike = |own: &Formula, other: &Formula| {
        own.aggregate == other.aggregate
            && implies(&own.only, &other.only, right)
            && implies(&other.only, &own.only, left)
    };
    match (own, other) {
        (Measure::Plain(own), Measure::Plain(other))
        | (Measure::Attainment(own), Measure::Attainment(other)) => alike(own, other),
        (Measure::Ratio { of, by }, Measure::Ratio { of: other, by: whole }) => {
            alike(of, other) && alike(by, whole)
        }
        (Measure::Total { of, and }, Measure::Total { of: other, and: rest }) => {
            alike(of, other) && alike(and, rest)
        }
        _ => false,
    }
}

/// Whether each of these conditions holds for what the other measure counts.
fn implies(these: &[Filter], only: &[Filter], plan: &Plan) -> bool {
    these
        .iter()
        .all(|one| only.contains(one) || plan.filters.contains(one))
}

fn rows_equal(left: &[Cell], right: &[Cell]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| cells_equal(left, right))
}

fn cells_equal(left: &Cell, right: &Cell) -> bool {
    match (left, right) {
        (Cell::Number(left), Cell::Number(right)) => close(*left, *right),
        _ => left == right,
    }
}

/// Whether two numbers are the same but for rounding.
fn close(left: Decimal, right: Decimal) -> bool {
    (left - right).abs() <= LEAST
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use crm_store::{
        analytics::{Aggregate, Grain, Key, Path, Reporting, Summary},
        catalog::OPPORTUNITY,
        query::Op,
    };
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn path(name: &str) -> Path {
        Path::parse(&OPPORTUNITY, name).unwrap()
    }

    fn is(name: &str) -> Filter {
        Filter::Field {
            path: path(name),
            op: Op::Eq,
            value: json!(true),
        }
    }

    fn measure(aggregate: Aggregate, only: &[&str]) -> Measure {
        Measure::Plain(Formula {
            aggregate,
            only: only.iter().map(|name| is(name)).collect(),
        })
    }

    fn plan(keys: Vec<Key>, measure: Measure) -> Plan {
        Plan {
            object: &OPPORTUNITY,
            filters: Vec::new(),
            shape: Shape::Groups(Groups {
                keys,
                measures: vec![measure],
                ..Groups::default()
            }),
            reporting: Reporting {
                currency: "EUR".to_owned(),
                on: NaiveDate::default(),
                timezone: "UTC".parse().unwrap(),
                fiscal_year_start: 1,
            },
        }
    }

    fn rows(plan: Plan, rows: &[(&str, i64)]) -> Answered {
        let column = |role, place| Column { role, place };
        Answered {
            plan,
            table: Table {
                columns: vec![column(Role::Key, 0), column(Role::Measure, 0)],
                rows: rows
                    .iter()
                    .map(|(key, number)| {
                        vec![
                            Cell::Text((*key).to_owned()),
                            Cell::Number(Decimal::from(*number)),
                        ]
                    })
                    .collect(),
                records: 0,
                behind: 0,
                notes: Vec::new(),
            },
        }
    }

    /// Won deals by stage.
    fn won() -> Plan {
        plan(
            vec![Key::Value(path("stage"))],
            measure(Aggregate::Count, &["is_won"]),
        )
    }

    #[test]
    fn order_does_not_matter_and_every_row_does() {
        let one = rows(won(), &[("a", 1), ("b", 2)]);
        assert!(same(&one, &rows(won(), &[("b", 2), ("a", 1)])));
        assert!(!same(&one, &rows(won(), &[("a", 1), ("b", 3)])));
        assert!(!same(&one, &rows(won(), &[("a", 1)])));
        assert!(!same(&rows(won(), &[("a", 1), ("a", 1)]), &one));
    }

    #[test]
    fn the_same_rows_of_other_things_are_not_the_same() {
        let numbers = [("a", 1)];
        let meant = rows(won(), &numbers);
        let stage = || vec![Key::Value(path("stage"))];
        let sum = Aggregate::Of(Summary::Sum, path("amount"));
        let others = [
            plan(stage(), measure(Aggregate::Count, &["is_closed"])),
            plan(stage(), measure(Aggregate::Count, &[])),
            plan(stage(), measure(sum, &["is_won"])),
            plan(
                vec![Key::Value(path("type"))],
                measure(Aggregate::Count, &["is_won"]),
            ),
            plan(
                vec![Key::Calendar(path("close_date"), Grain::Day)],
                measure(Aggregate::Count, &["is_won"]),
            ),
            Plan {
                reporting: Reporting {
                    currency: "USD".to_owned(),
                    ..won().reporting
                },
                ..won()
            },
            Plan {
                object: &crm_store::catalog::LEAD,
                ..won()
            },
            Plan {
                shape: Shape::StageDurations,
                ..won()
            },
        ];
        for other in others {
            assert!(!same(&meant, &rows(other.clone(), &numbers)), "{other:?}");
        }
        // Nothing and nothing are the same of the same things alone.
        let lost = plan(stage(), measure(Aggregate::Count, &["is_closed"]));
        assert!(same(&rows(won(), &[]), &rows(won(), &[])));
        assert!(!same(&rows(won(), &[]), &rows(lost, &[])));
    }

    #[test]
    fn a_condition_may_be_the_measures_or_the_querys() {
        let counted = Plan {
            filters: vec![is("is_won")],
            ..plan(vec![Key::Value(path("stage"))], measure(Aggregate::Count, &[]))
        };
        assert!(same(
            &rows(won(), &[("a", 1)]),
            &rows(counted.clone(), &[("a", 1)])
        ));
        assert!(same(&rows(counted, &[("a", 1)]), &rows(won(), &[("a", 1)])));
    }

    #[test]
    fn nothing_is_no_rows_and_no_number_but_zero() {
        assert!(rows(won(), &[]).is_nothing());
        assert!(rows(won(), &[("a", 0), ("b", 0)]).is_nothing());
        assert!(!rows(won(), &[("a", 0), ("b", 3)]).is_nothing());
        let mut absent = rows(won(), &[("a", 1)]);
        absent.table.rows = vec![vec![Cell::Text("a".to_owned()), Cell::Null]];
        assert!(absent.is_nothing());
        // No number is not the number 0.
        assert!(!same(&absent, &rows(won(), &[("a", 0)])));
    }

    #[test]
    fn records_are_the_same_by_their_ids_and_all_their_fields() {
        let listed = |id: u128, name: &str, stage: &str| Answered {
            plan: Plan {
                shape: Shape::Records {
                    fields: vec![path("id"), path("stage")],
                    order: None,
                    limit: 10,
                    offset: 0,
                    as_of: None,
                },
                ..won()
            },
            table: Table {
                columns: vec![
                    Column {
                        role: Role::Key,
                        place: 0,
                    },
                    Column {
                        role: Role::Key,
                        place: 1,
                    },
                ],
                rows: vec![vec![
                    Cell::Record {
                        id: Uuid::from_u128(id),
                        name: Some(name.to_owned()),
                    },
                    Cell::Text(stage.to_owned()),
                ]],
                records: 1,
                behind: 1,
                notes: Vec::new(),
            },
        };
        let one = listed(1, "Deal", "won");
        assert!(!one.is_nothing() && same(&one, &one.clone()));
        assert!(!same(&one, &listed(2, "Deal", "won")));
        assert!(!same(&one, &listed(1, "Deal", "lost")));
    }

    #[test]
    fn numbers_may_differ_by_rounding() {
        assert!(close(Decimal::new(333_333, 6), Decimal::new(333_334, 6)));
        assert!(!close(Decimal::new(100_000_000, 2), Decimal::new(100_000_001, 2)));
    }
}
