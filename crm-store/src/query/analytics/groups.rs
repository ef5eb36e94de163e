//! Groups and their numbers.
//!
//! The statement is made in layers: the groups of the asked days and of those compared with, side by side, their shares
//! of the whole, and at last those that are shown, in order.

use sea_query::{Expr, Query, SelectStatement};

use super::{
    super::Statement,
    accounts, attainment, compare, custom, folded,
    keys::Kind,
    measures::{DECIMALS, Number, rounded},
    scope::{Frame, Scope},
    sums,
};
use crate::{
    StoreError,
    analytics::{Aggregate, Filter, Formula, Groups, Key, Measure, Summary, Test},
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

/// A statement about groups: its columns are `k0…`, `m0…`, `e0…`, `s0…`, `n0…`, `f0…`, `records` of all groups, `groups`
/// that fulfil the conditions and how many records the first measure has `counted` in them; `key` where the rest becomes
/// one group more.
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
pub(super) struct Grouped {
    pub(super) select: SelectStatement,
    pub(super) keys: Vec<Kind>,
    pub(super) numbers: Vec<Number>,
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
            beside = compare::side_by_side(beside, earlier.select, shown, &self.groups.measures, &numbers);
        }
        let whole = self.whole(beside, shown, &numbers);
        let mut last = Query::select();
        last.expr(Expr::cust("*"))
            .expr_as(Expr::cust("count(*) OVER ()"), "groups")
            .expr_as(Expr::cust("(sum(\"w\".\"behind\") OVER ())::bigint"), "counted")
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
        let sums = sums::choose(self, filters, measures);
        if sums.is_none()
            && let Some(kept) = accounts::answers(self, filters, measures)
        {
            return self.by_account(asked, &kept, measures);
        }
        if sums.is_none() && folded::answers(self, filters, measures) {
            return self.folded(asked, filters, measures);
        }
        let mut scope = Scope::at(self.frame, self.object, "t", groups.as_of)?.over(sums);
        let mut keys = Vec::with_capacity(groups.keys.len());
        let mut by = Vec::with_capacity(groups.keys.len());
        let attained = measures
            .iter()
            .any(|measure| matches!(measure, Measure::Attainment(_)));
        for key in &groups.keys {
            let (mut value, kind) = scope.key(key)?;
            if let (Some((path, days)), Side::Earlier, false) = (&groups.compare, side, attained) {
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
        group_by(&mut select, &by, asked);
        show(&mut select, &numbers);
        select
            .expr_as(scope.counted("records"), "records")
            .expr_as(scope.behind(measures)?, "behind");
        if let (Some(is_there), Asked::Shown(_), false) = (scope.is_there("records"), asked, by.is_empty()) {
            select.and_having(is_there);
        }
        if attained {
            select = self.attained(select, side, asked, (filters, measures), &numbers)?;
        }
        Ok(Grouped {
            select,
            keys,
            numbers,
        })
    }

    /// The groups with what they attained of their quotas.
    fn attained(
        &self,
        groups: SelectStatement,
        side: Side,
        asked: Asked<'_>,
        (filters, measures): (&[Filter], &[Measure]),
        numbers: &[Number],
    ) -> Result<SelectStatement, StoreError> {
        let keys: &[Key] = match asked {
            Asked::Shown(_) => &self.groups.keys,
            Asked::Rest { .. } => &[],
        };
        let quotas = measures.iter().find_map(|measure| match measure {
            Measure::Attainment(formula) => {
                attainment::owners(self.frame, keys, filters, formula).transpose()
            }
            Measure::Plain(_) | Measure::Ratio { .. } | Measure::Total { .. } => None,
        });
        let groups = match quotas.transpose()? {
            Some(owners) => attainment::with_owners(groups, owners, keys.len(), measures, numbers),
            None => groups,
        };
        let mut select = Query::select();
        select.from_subquery(groups, "g");
        for (place, key) in keys.iter().enumerate() {
            let mut value = of("g", 'k', place);
            if let (Some((path, days)), Side::Earlier) = (&self.groups.compare, side) {
                let reporting = self.frame.reporting;
                value = compare::aligned(value, key, self.filters, self.groups, path, *days, reporting)?;
            }
            select.expr_as(value, format!("k{place}"));
        }
        for (place, (measure, number)) in measures.iter().zip(numbers).enumerate() {
            let value = of("g", 'm', place);
            let value = match (measure, asked) {
                (Measure::Attainment(formula), Asked::Shown(_)) => {
                    let quota = attainment::quota(self.frame, keys, filters, formula)?;
                    custom("$1 / NULLIF($2, 0)", [value, quota])
                }
                // Whose quotas the rest has is not known any more.
                (Measure::Attainment(_), Asked::Rest { .. }) => Expr::cust("NULL::numeric"),
                (Measure::Plain(_) | Measure::Ratio { .. } | Measure::Total { .. }, _) => value,
            };
            select.expr_as(value, format!("m{place}"));
            for (letter, there) in [('n', number.missing.is_some()), ('f', number.foreign.is_some())] {
                if there {
                    select.expr_as(of("g", letter, place), format!("{letter}{place}"));
                }
            }
        }
        select
            .expr_as(Expr::cust("\"g\".\"records\""), "records")
            .expr_as(Expr::cust("\"g\".\"behind\""), "behind");
        Ok(select)
    }

    /// The numbers as they are shown, and what all groups have together.
    fn whole(&self, groups: SelectStatement, keys: usize, numbers: &[Number]) -> SelectStatement {
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
        // Only the rest is known by its keys, and as text they take longer than all else where groups are many.
        if self.groups.other {
            whole.expr_as(row_text(&keys), "key");
        }
        whole
            .expr_as(Expr::cust("(sum(\"g\".\"records\") OVER ())::bigint"), "records")
            .expr_as(Expr::cust("\"g\".\"behind\""), "behind");
        whole
    }

    /// Statements that count the records of a measure by the currencies of their amounts.
    pub(crate) fn currencies(&self, measure: usize) -> Result<Vec<Statement>, StoreError> {
        let formulas = match self.groups.measures.get(measure) {
            Some(Measure::Plain(formula) | Measure::Attainment(formula)) => vec![formula],
            Some(Measure::Ratio { of, by } | Measure::Total { of, and: by }) => vec![of, by],
            None => Vec::new(),
        };
        let mut statements = Vec::new();
        for formula in formulas {
            let (Aggregate::Of(_, path) | Aggregate::Weighted { amount: path, .. }) = &formula.aggregate
            else {
                continue;
            };
            let summed = Formula {
                aggregate: Aggregate::Of(Summary::Sum, path.clone()),
                only: formula.only.clone(),
            };
            let sums = sums::of_all(self.frame, self.object, self.groups.as_of, self.filters, &summed);
            let mut scope = Scope::at(self.frame, self.object, "t", self.groups.as_of)?.over(sums);
            let conditions = [scope.conditions(self.filters)?, scope.conditions(&formula.only)?];
            statements.extend(scope.by_currency(path, conditions.into_iter().flatten().collect())?);
        }
        Ok(statements)
    }

    pub(super) fn known_measure(&self, place: usize, what: &str) -> Result<(), StoreError> {
        if place < self.groups.measures.len() {
            return Ok(());
        }
        Err(StoreError::invalid(
            what,
            "names a measure that was not asked for",
        ))
    }
}

/// The keys of groups, or which records make the one group of the rest.
pub(super) fn group_by(select: &mut SelectStatement, by: &[Expr], asked: Asked<'_>) {
    match asked {
        Asked::Shown(_) => {
            for (place, key) in by.iter().enumerate() {
                select.expr_as(key.clone(), format!("k{place}"));
            }
            // By their place, because an expression with values is another one each time.
            select.add_group_by((1..=by.len()).map(|place| Expr::cust(place.to_string())));
        }
        Asked::Rest { keys, these } => {
            let row = row_text(by);
            let list = Expr::val(keys.to_vec());
            select.and_where(if these {
                custom("$1 = ANY($2)", [row, list])
            } else {
                custom("NOT ($1 = ANY($2))", [row, list])
            });
        }
    }
}

/// The numbers of groups, with what is said of them.
pub(super) fn show(select: &mut SelectStatement, numbers: &[Number]) {
    for (place, number) in numbers.iter().enumerate() {
        select.expr_as(number.value.clone(), format!("m{place}"));
        if let Some(missing) = &number.missing {
            select.expr_as(missing.clone(), format!("n{place}"));
        }
        if let Some(foreign) = &number.foreign {
            select.expr_as(foreign.clone(), format!("f{place}"));
        }
    }
}

/// A column of a layer below.
pub(super) fn of(layer: &'static str, letter: char, place: usize) -> Expr {
    Expr::col((layer, format!("{letter}{place}")))
}

/// Keys as one text, in which a missing one is like itself.
fn row_text(keys: &[Expr]) -> Expr {
    let places: Vec<String> = (1..=keys.len()).map(|place| format!("${place}")).collect();
    Expr::cust_with_exprs(format!("ROW({})::text", places.join(", ")), keys.to_vec())
}
