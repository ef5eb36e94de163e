//! The same question in other days.

use sea_query::Expr;

use super::{calendar, scope::said};
use crate::{
    StoreError,
    analytics::{DayRange, Filter, Formula, Groups, Key, Measure, Path, Reporting},
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
        Measure::Ratio { of, by } => vec![of, by],
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
