//! The same question in other days.

use sea_query::{Expr, Query, SelectStatement, UnionType};

use super::{calendar, custom, groups::of, measures::Number, scope::said};
use crate::{
    StoreError,
    analytics::{Aggregate, DayRange, Filter, Formula, Groups, Key, Measure, Path, Reporting},
};

/// The filters and measures with other days for a field. Where no filter names days of the field, one is added.
pub(super) fn moved(
    filters: &[Filter],
    groups: &Groups,
    path: &Path,
    days: DayRange,
) -> (Vec<Filter>, Vec<Measure>) {
    let measures: Vec<Measure> = groups
        .measures
        .iter()
        .map(|measure| match measure {
            Measure::Plain(formula) => Measure::Plain(in_formula(formula, path, days)),
            Measure::Attainment(formula) => Measure::Attainment(in_formula(formula, path, days)),
            Measure::Total { of, and } => Measure::Total {
                of: in_formula(of, path, days),
                and: in_formula(and, path, days),
            },
            Measure::Ratio { of, by } => Measure::Ratio {
                of: in_formula(of, path, days),
                by: in_formula(by, path, days),
            },
        })
        .collect();
    let mut other = in_filters(filters, path, days);
    if asked(filters, groups, path).is_none() {
        other.push(Filter::Within(path.clone(), days));
    }
    (other, measures)
}

fn in_formula(formula: &Formula, path: &Path, days: DayRange) -> Formula {
    Formula {
        aggregate: formula.aggregate.clone(),
        only: in_filters(&formula.only, path, days),
    }
}

fn in_filters(filters: &[Filter], path: &Path, days: DayRange) -> Vec<Filter> {
    filters
        .iter()
        .map(|filter| in_filter(filter, path, days))
        .collect()
}

fn in_filter(filter: &Filter, path: &Path, days: DayRange) -> Filter {
    match filter {
        Filter::Within(of, _) if of == path => Filter::Within(path.clone(), days),
        Filter::Any(filters) => Filter::Any(in_filters(filters, path, days)),
        Filter::Not(inner) => Filter::Not(Box::new(in_filter(inner, path, days))),
        other => other.clone(),
    }
}

/// The days of a field that the question names, first in its filters and then in those of its measures.
pub(super) fn asked(filters: &[Filter], groups: &Groups, path: &Path) -> Option<DayRange> {
    let formulas = groups.measures.iter().flat_map(|measure| match measure {
        Measure::Plain(formula) | Measure::Attainment(formula) => vec![formula],
        Measure::Ratio { of, by } | Measure::Total { of, and: by } => vec![of, by],
    });
    days_of(filters, path).or_else(|| {
        formulas
            .into_iter()
            .find_map(|formula| days_of(&formula.only, path))
    })
}

pub(super) fn days_of(filters: &[Filter], path: &Path) -> Option<DayRange> {
    filters.iter().find_map(|filter| match filter {
        Filter::Within(of, days) if of == path => Some(*days),
        _ => None,
    })
}

/// A key of the earlier days as the one in its place in the asked days: the first month with the first month.
pub(super) fn aligned(
    value: Expr,
    key: &Key,
    filters: &[Filter],
    groups: &Groups,
    path: &Path,
    days: DayRange,
    reporting: &Reporting,
) -> Result<Expr, StoreError> {
    let Key::Calendar(of, grain) = key else {
        return Ok(value);
    };
    if of != path {
        return Ok(value);
    }
    let now = asked(filters, groups, path).and_then(|days| days.from);
    let (Some(now), Some(then)) = (now, days.from) else {
        return Err(StoreError::invalid(
            said(path),
            "can be compared along the calendar when both stretches have a first day",
        ));
    };
    let first = |day| calendar::stretch_of(day, *grain, reporting);
    Ok(calendar::moved(value, *grain, first(then), first(now)))
}

/// The same groups of two sides in one row each.
pub(super) fn side_by_side(
    asked: SelectStatement,
    earlier: SelectStatement,
    keys: usize,
    measures: &[Measure],
    numbers: &[Number],
) -> SelectStatement {
    // Where nothing is there are no different values either.
    let counts = |place: usize| {
        matches!(
            measures.get(place),
            Some(Measure::Plain(Formula {
                aggregate: Aggregate::CountDistinct(_),
                ..
            }))
        )
    };
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
        for name in ["records", "behind"] {
            let count = if now {
                Expr::col(("s", name))
            } else {
                Expr::cust("0::bigint")
            };
            side.expr_as(count, name);
        }
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
            let value = if number.additive || counts(place) {
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
    merged
        .expr_as(Expr::cust("sum(\"b\".\"records\")"), "records")
        .expr_as(Expr::cust("sum(\"b\".\"behind\")"), "behind");
    merged
}
