//! Groups and their numbers.
//!
//! The statement is made in layers: the groups of the asked days and of those compared with, side by side, their shares
//! of the whole, and at last those that are shown, in order.

use sea_query::{Expr, NullOrdering, Order as Direction, Query, SelectStatement, UnionType};

use super::{
    super::Statement,
    compare, custom,
    keys::Kind,
    measures::{DECIMALS, Number, rounded},
    names,
    scope::{Frame, Scope},
};
use crate::{
    StoreError,
    analytics::{Aggregate, Filter, Groups, Key, Measure, Order, OrderBy, Test},
    catalog::Object,
};

/// A question about groups.
pub(crate) struct GroupsPlan<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) object: &'static Object,
    pub(crate) filters: &'a [Filter],
    pub(crate) groups: &'a Groups,
}

/// Which of the groups count.
#[derive(Clone, Copy)]
pub(crate) enum Asked<'a> {
    /// Those to be shown: so many.
    Shown(u64),
    /// Those with these keys, or all but those, together as one.
    Rest {
        /// The keys, as rows of text.
        keys: &'a [String],
        /// Whether these are meant, or all others.
        these: bool,
    },
}

/// What a column of numbers is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) additive: bool,
    pub(crate) missing: bool,
    pub(crate) foreign: bool,
}

/// A statement about groups: its columns are `k0…`, `m0…`, `e0…`, `s0…`, `n0…`, `f0…`, `key`, `records`, `groups`.
pub(crate) struct Compiled {
    pub(crate) statement: Statement,
    pub(crate) keys: Vec<Kind>,
    pub(crate) numbers: Vec<Numbers>,
}

/// The days of a side of a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Asked,
    Earlier,
}

/// The groups of one side.
struct Grouped {
    select: SelectStatement,
    keys: Vec<Kind>,
    numbers: Vec<Number>,
}

impl GroupsPlan<'_> {
    /// The statement for some of the groups.
    pub(crate) fn compile(&self, asked: Asked<'_>) -> Result<Compiled, StoreError> {
        let Grouped {
            select,
            keys,
            numbers,
        } = self.grouped(Side::Asked, asked)?;
        let shown = if matches!(asked, Asked::Shown(_)) {
            keys.len()
        } else {
            0
        };
        let mut beside = select;
        if self.groups.compare.is_some() {
            let earlier = self.grouped(Side::Earlier, asked)?;
            beside = side_by_side(beside, earlier.select, shown, &numbers);
        }
        let whole = self.whole(beside, shown, &numbers)?;
        let mut last = Query::select();
        last.expr(Expr::cust("*"))
            .expr_as(Expr::cust("count(*) OVER ()"), "groups")
            .from_subquery(whole, "w");
        if let Asked::Shown(limit) = asked {
            for having in &self.groups.having {
                let sign = match having.test {
                    Test::Above => ">",
                    Test::AtLeast => ">=",
                    Test::Below => "<",
                    Test::AtMost => "<=",
                    Test::Equal => "=",
                };
                self.known_measure(having.measure, "having")?;
                last.and_where(Expr::cust_with_values(
                    format!("\"w\".\"m{}\" {sign} $1", having.measure),
                    [having.value],
                ));
            }
            self.sorted(&mut last, &keys)?;
            last.limit(limit);
        }
        Ok(Compiled {
            statement: Statement::select(&last),
            keys,
            numbers: numbers
                .iter()
                .map(|number| Numbers {
                    additive: number.additive,
                    missing: number.missing.is_some(),
                    foreign: number.foreign.is_some(),
                })
                .collect(),
        })
    }

    /// The groups of the records in the days of one side.
    fn grouped(&self, side: Side, asked: Asked<'_>) -> Result<Grouped, StoreError> {
        let groups = self.groups;
        let moved = match (&groups.compare, side) {
            (Some((path, days)), Side::Earlier) => Some(compare::moved(self.filters, groups, path, *days)),
            _ => None,
        };
        let (filters, measures): (&[Filter], &[Measure]) = moved
            .as_ref()
            .map_or((self.filters, &groups.measures), |(filters, measures)| {
                (filters, measures)
            });
        let mut scope = Scope::at(self.frame, self.object, "t", groups.as_of)?;
        let mut keys = Vec::with_capacity(groups.keys.len());
        let mut by = Vec::with_capacity(groups.keys.len());
        for key in &groups.keys {
            let (mut value, kind) = scope.key(key)?;
            if let (Some((path, days)), Side::Earlier) = (&groups.compare, side) {
                value = compare::aligned(
                    value,
                    key,
                    self.filters,
                    groups,
                    path,
                    *days,
                    self.frame.reporting,
                )?;
            }
            by.push(value);
            keys.push(kind);
        }
        let numbers = measures
            .iter()
            .map(|measure| scope.measure(measure))
            .collect::<Result<Vec<_>, _>>()?;
        let condition = scope.conditions(filters)?;
        let mut select = scope.select()?;
        if let Some(condition) = condition {
            select.and_where(condition);
        }
        match asked {
            Asked::Shown(_) => {
                for (place, key) in by.iter().enumerate() {
                    select.expr_as(key.clone(), format!("k{place}"));
                }
                // By their place, because an expression with values is another one each time.
                select.add_group_by((1..=by.len()).map(|place| Expr::cust(place.to_string())));
            }
            Asked::Rest { keys, these } => {
                let row = row_text(&by);
                let list = Expr::val(keys.to_vec());
                select.and_where(if these {
                    custom("$1 = ANY($2)", [row, list])
                } else {
                    custom("NOT ($1 = ANY($2))", [row, list])
                });
            }
        }
        for (place, number) in numbers.iter().enumerate() {
            select.expr_as(number.value.clone(), format!("m{place}"));
            if let Some(missing) = &number.missing {
                select.expr_as(missing.clone(), format!("n{place}"));
            }
            if let Some(foreign) = &number.foreign {
                select.expr_as(foreign.clone(), format!("f{place}"));
            }
        }
        select.expr_as(Expr::cust("count(*)"), "records");
        Ok(Grouped {
            select,
            keys,
            numbers,
        })
    }

    /// The numbers as they are shown, and what all groups have together.
    fn whole(
        &self,
        groups: SelectStatement,
        keys: usize,
        numbers: &[Number],
    ) -> Result<SelectStatement, StoreError> {
        let mut whole = Query::select();
        whole.from_subquery(groups, "g");
        let keys: Vec<Expr> = (0..keys).map(|place| of("g", 'k', place)).collect();
        for (place, key) in keys.iter().enumerate() {
            whole.expr_as(key.clone(), format!("k{place}"));
        }
        for (place, number) in numbers.iter().enumerate() {
            let shown = |letter: char| {
                let value = of("g", letter, place);
                rounded(&Number {
                    value,
                    ..number.clone()
                })
            };
            whole.expr_as(shown('m'), format!("m{place}"));
            if self.groups.compare.is_some() {
                whole.expr_as(shown('e'), format!("e{place}"));
            }
            if self.groups.share && number.additive {
                whole.expr_as(
                    Expr::cust(format!(
                        "round(\"g\".\"m{place}\" / NULLIF(sum(\"g\".\"m{place}\") OVER (), 0), {DECIMALS})"
                    )),
                    format!("s{place}"),
                );
                whole.expr_as(
                    Expr::cust(format!("sum(\"g\".\"m{place}\") OVER ()")),
                    format!("t{place}"),
                );
            }
            for (letter, there) in [('n', number.missing.is_some()), ('f', number.foreign.is_some())] {
                if there {
                    whole.expr_as(
                        Expr::cust(format!("(sum(\"g\".\"{letter}{place}\") OVER ())::bigint")),
                        format!("{letter}{place}"),
                    );
                }
            }
        }
        whole.expr_as(row_text(&keys), "key");
        whole.expr_as(Expr::cust("(sum(\"g\".\"records\") OVER ())::bigint"), "records");
        Ok(whole)
    }

    /// Statements that count the records of a measure by the currencies of their amounts.
    pub(crate) fn currencies(&self, measure: usize) -> Result<Vec<Statement>, StoreError> {
        let formulas = match self.groups.measures.get(measure) {
            Some(Measure::Plain(formula) | Measure::Attainment(formula)) => vec![formula],
            Some(Measure::Ratio { of, by }) => vec![of, by],
            None => Vec::new(),
        };
        let mut statements = Vec::new();
        for formula in formulas {
            let (Aggregate::Of(_, path) | Aggregate::Weighted { amount: path, .. }) = &formula.aggregate
            else {
                continue;
            };
            let mut scope = Scope::at(self.frame, self.object, "t", self.groups.as_of)?;
            let conditions = [scope.conditions(self.filters)?, scope.conditions(&formula.only)?];
            statements.extend(scope.by_currency(path, conditions.into_iter().flatten().collect())?);
        }
        Ok(statements)
    }

    fn known_measure(&self, place: usize, what: &str) -> Result<(), StoreError> {
        if place < self.groups.measures.len() {
            return Ok(());
        }
        Err(StoreError::invalid(
            what,
            "names a measure that was not asked for",
        ))
    }

    fn sorted(&self, select: &mut SelectStatement, keys: &[Kind]) -> Result<(), StoreError> {
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

/// The same groups of two sides in one row each.
fn side_by_side(
    asked: SelectStatement,
    earlier: SelectStatement,
    keys: usize,
    numbers: &[Number],
) -> SelectStatement {
    let side = |from: SelectStatement, now: bool| {
        let mut side = Query::select();
        side.from_subquery(from, "s");
        for place in 0..keys {
            side.expr_as(of("s", 'k', place), format!("k{place}"));
        }
        for (place, number) in numbers.iter().enumerate() {
            for (letter, here) in [('m', now), ('e', !now)] {
                let value = if here {
                    of("s", 'm', place)
                } else {
                    Expr::cust("NULL::numeric")
                };
                side.expr_as(value, format!("{letter}{place}"));
            }
            for (letter, there) in [('n', number.missing.is_some()), ('f', number.foreign.is_some())] {
                if there {
                    let value = if now {
                        of("s", letter, place)
                    } else {
                        Expr::cust("0::bigint")
                    };
                    side.expr_as(value, format!("{letter}{place}"));
                }
            }
        }
        let records = if now { "\"s\".\"records\"" } else { "0::bigint" };
        side.expr_as(Expr::cust(records), "records");
        side
    };
    let mut both = side(asked, true);
    both.union(UnionType::All, side(earlier, false));
    let mut merged = Query::select();
    merged.from_subquery(both, "b");
    for place in 0..keys {
        merged.expr_as(of("b", 'k', place), format!("k{place}"));
    }
    merged.add_group_by((1..=keys).map(|place| Expr::cust(place.to_string())));
    for (place, number) in numbers.iter().enumerate() {
        for letter in ['m', 'e'] {
            // One side has the group, at most once each.
            let value = custom("max($1)", [of("b", letter, place)]);
            let value = if number.additive {
                custom("COALESCE($1, 0)", [value])
            } else {
                value
            };
            merged.expr_as(value, format!("{letter}{place}"));
        }
        for (letter, there) in [('n', number.missing.is_some()), ('f', number.foreign.is_some())] {
            if there {
                let sum = custom("(sum($1))::bigint", [of("b", letter, place)]);
                merged.expr_as(sum, format!("{letter}{place}"));
            }
        }
    }
    merged.expr_as(Expr::cust("sum(\"b\".\"records\")"), "records");
    merged
}

/// A column of a layer below.
fn of(layer: &'static str, letter: char, place: usize) -> Expr {
    Expr::col((layer, format!("{letter}{place}")))
}

fn collated(text: Expr) -> Expr {
    custom("($1 COLLATE \"C\")", [text])
}

/// Keys as one text, in which a missing one is like itself.
fn row_text(keys: &[Expr]) -> Expr {
    let places: Vec<String> = (1..=keys.len()).map(|place| format!("${place}")).collect();
    Expr::cust_with_exprs(format!("ROW({})::text", places.join(", ")), keys.to_vec())
}
