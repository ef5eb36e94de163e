//! The order of groups.

use sea_query::{Expr, NullOrdering, Order as Direction, SelectStatement};
use uuid::Uuid;

use super::{
    custom,
    groups::{GroupsPlan, of},
    keys::Kind,
    names,
};
use crate::{
    StoreError,
    access::Access,
    analytics::{Key, Order, OrderBy, Path},
    catalog::{FieldType, OPPORTUNITY},
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
                    if let Some(rank) = self.rank(place) {
                        let direction = direction(order.descending);
                        select.order_by_expr_with_nulls(rank, direction, NullOrdering::Last);
                    }
                    sortable(of("w", 'k', place), *kind, self.frame.access)
                }
            };
            select.order_by_expr_with_nulls(by, direction(order.descending), NullOrdering::Last);
        }
        // Groups that are alike stay in one order.
        for (place, kind) in keys.iter().enumerate() {
            if let Some(rank) = self.rank(place) {
                select.order_by_expr_with_nulls(rank, Direction::Asc, NullOrdering::Last);
            }
            let key = of("w", 'k', place);
            let key = if *kind == Kind::Text { collated(key) } else { key };
            select.order_by_expr_with_nulls(key, Direction::Asc, NullOrdering::Last);
        }
        Ok(())
    }

    fn rank(&self, place: usize) -> Option<Expr> {
        match self.groups.keys.get(place) {
            Some(Key::Value(path)) => rank(path, of("w", 'k', place), self.frame.tenant),
            _ => None,
        }
    }
}

/// Where a value stands among those that have an order of their own: stages in the pipeline, words as the catalogue declares
/// them. What has none there comes last, by its name.
pub(super) fn rank(path: &Path, value: Expr, tenant: Uuid) -> Option<Expr> {
    if path.custom.is_some() {
        return None;
    }
    if path.object.name == OPPORTUNITY.name && path.field.name == "stage" {
        return Some(custom(
            "(SELECT min(x.position) FROM pipeline_stages x WHERE x.tenant_id = $1 AND x.name = $2)",
            [Expr::val(tenant), value],
        ));
    }
    match path.field.kind {
        FieldType::Enum(words) => {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Some(custom("array_position($1, $2)", [Expr::val(words), value]))
        }
        _ => None,
    }
}

/// What a value is sorted by: a record by its name.
pub(super) fn sortable(value: Expr, kind: Kind, access: &Access) -> Expr {
    match kind {
        Kind::Text => collated(value),
        Kind::Record(Some(target)) => match names::title(target, access) {
            Some(title) => Expr::cust_with_exprs(
                format!(
                    "(SELECT (x.\"{}\")::text FROM {} x WHERE x.id = $1) COLLATE \"C\"",
                    title.column, target.table
                ),
                [value],
            ),
            None => value,
        },
        _ => value,
    }
}

const fn direction(descending: bool) -> Direction {
    if descending {
        Direction::Desc
    } else {
        Direction::Asc
    }
}

fn collated(text: Expr) -> Expr {
    custom("($1 COLLATE \"C\")", [text])
}
