//! Whether two tables say the same.

use crm_store::analytics::{Cell, Role, Table};
use rust_decimal::Decimal;

/// How far numbers may be apart: the last decimal of a share, whose rounding depends on how it was asked for.
const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// Whether two tables have the same rows, in whatever order, and the same columns.
pub fn same(left: &Table, right: &Table) -> bool {
    let roles = |table: &Table| {
        table
            .columns
            .iter()
            .map(|column| column.role)
            .collect::<Vec<Role>>()
    };
    if roles(left) != roles(right) || left.rows.len() != right.rows.len() {
        return false;
    }
    let mut rest: Vec<&Vec<Cell>> = right.rows.iter().collect();
    left.rows.iter().all(|row| {
        let found = rest.iter().position(|other| rows_equal(row, other));
        found.map(|at| rest.swap_remove(at)).is_some()
    })
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
pub(super) fn close(left: Decimal, right: Decimal) -> bool {
    (left - right).abs() <= LEAST
}

#[cfg(test)]
mod tests {
    use crm_store::analytics::Column;

    use super::*;

    fn table(rows: &[(&str, i64)]) -> Table {
        let column = |role, place| Column { role, place };
        Table {
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
            notes: Vec::new(),
        }
    }

    #[test]
    fn order_does_not_matter_and_everything_else_does() {
        let one = table(&[("a", 1), ("b", 2)]);
        assert!(same(&one, &table(&[("b", 2), ("a", 1)])));
        assert!(!same(&one, &table(&[("a", 1), ("b", 3)])));
        assert!(!same(&one, &table(&[("a", 1)])));
        assert!(!same(&table(&[("a", 1), ("a", 1)]), &one));
    }

    #[test]
    fn numbers_may_differ_by_rounding() {
        assert!(close(Decimal::new(333_333, 6), Decimal::new(333_334, 6)));
        assert!(!close(Decimal::new(100_000_000, 2), Decimal::new(100_000_001, 2)));
    }
}
