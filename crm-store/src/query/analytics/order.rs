//! The order of groups.

use sea_query::{Expr, NullOrdering, Order as Direction, SelectStatement};

use super::{
    custom,
    groups::{GroupsPlan, of},
    keys::Kind,
    names,
};
use crate::{
    StoreError,
    analytics::{Key, Order, OrderBy},
};

impl GroupsPlan<'_> {
    /// Sorts the groups as asked, else by the calendar or by the first measure.
    pub(super) fn sorted(&self, select: &mut SelectStatement, keys: &[Kind]) -> Result<(), StoreError> {
        let usual = self
            .groups
            .keys
            .iter()
            .position(|key| matches!(key, Key::Calendar(..)))
            .map_or(
                Order {
                    by: OrderBy::Measure(0),
                    descending: true,
                },
                |place| Order {
                    by: OrderBy::Key(place),
                    descending: false,
                },
            );
        let asked = if self.groups.order.is_empty() {
            vec![usual]
        } else {
            self.groups.order.clone()
        };
        for order in asked {
            let by = match order.by {
                OrderBy::Measure(place) => {
                    self.known_measure(place, "order")?;
                    of("w", 'm', place)
                }
                OrderBy::Key(place) => {
                    let kind = keys
                        .get(place)
                        .ok_or_else(|| StoreError::invalid("order", "names a key that was not asked for"))?;
                    self.sortable(place, *kind)
                }
            };
            let direction = if order.descending {
                Direction::Desc
            } else {
                Direction::Asc
            };
            select.order_by_expr_with_nulls(by, direction, NullOrdering::Last);
        }
        // Groups that are alike stay in one order.
        for (place, kind) in keys.iter().enumerate() {
            let key = of("w", 'k', place);
            let key = if *kind == Kind::Text { collated(key) } else { key };
            select.order_by_expr_with_nulls(key, Direction::Asc, NullOrdering::Last);
        }
        Ok(())
    }

    /// What a key is sorted by: a record by its name.
    fn sortable(&self, place: usize, kind: Kind) -> Expr {
        let key = of("w", 'k', place);
        match kind {
            Kind::Text => collated(key),
            Kind::Record(Some(target)) => match names::title(target, self.frame.access) {
                Some(title) => Expr::cust_with_exprs(
                    format!(
                        "(SELECT (x.\"{}\")::text FROM {} x WHERE x.id = $1) COLLATE \"C\"",
                        title.column, target.table
                    ),
                    [key],
                ),
                None => key,
            },
            _ => key,
        }
    }
}

fn collated(text: Expr) -> Expr {
    custom("($1 COLLATE \"C\")", [text])
}
