//! What was won as a share of what was to be won.
//!
//! A quota counts for the days that it shares with the group: a month has its part of the quota of its quarter, by days.

use sea_query::{Expr, Query, SelectStatement, UnionType};

use super::{
    calendar, custom,
    groups::of,
    measures::Number,
    scope::{Frame, Scope, said},
};
use crate::{
    StoreError,
    analytics::{DayRange, Filter, Formula, Grain, Key, Measure, Path},
    catalog::QUOTA,
};

/// The quotas of a group `g` in the reporting currency; null when there are none.
pub(super) fn quota(
    frame: Frame<'_>,
    keys: &[Key],
    filters: &[Filter],
    formula: &Formula,
) -> Result<Expr, StoreError> {
    let mut scope = Scope::new(frame, &QUOTA, "q")?;
    let mut conditions = Vec::new();
    let (starts, ends) = (column(&mut scope, "starts_on")?, column(&mut scope, "ends_on")?);
    let length = custom("($1 - $2 + 1)", [ends.clone(), starts.clone()]);
    let (mut first, mut last) = (vec![starts], vec![ends]);
    let mut days = None;
    for (place, key) in keys.iter().enumerate() {
        let near = of("g", 'k', place);
        match key {
            Key::Value(path) => {
                let path = of_owner(path).ok_or_else(|| {
                    StoreError::invalid(
                        said(path),
                        "has no quotas; ask for attainment by owner or along the calendar",
                    )
                })?;
                let owner = scope.column(&path)?;
                conditions.push(custom("$1 IS NOT DISTINCT FROM $2", [owner, near]));
            }
            Key::Calendar(path, grain) => {
                days = all_days(formula.only.iter().chain(filters), path);
                last.push(last_of(near.clone(), *grain));
                // Nothing is to be won on no day.
                conditions.push(custom("$1 IS NOT NULL", [near.clone()]));
                first.push(near);
            }
        }
    }
    let has_calendar = keys.iter().any(|key| matches!(key, Key::Calendar(..)));
    if !has_calendar {
        days = any_days(&formula.only, filters);
    }
    if let Some(days) = days {
        first.extend(days.from.map(Expr::val));
        last.extend(days.to.map(Expr::val));
    }
    for filter in filters.iter().chain(&formula.only).filter_map(about_owner) {
        conditions.extend(scope.conditions(&[filter])?);
    }
    let (first, last) = (most("GREATEST", first), most("LEAST", last));
    conditions.push(custom("$1 >= $2", [last.clone(), first.clone()]));
    let amount = Path::parse(&QUOTA, "amount")?;
    let minor = scope.column(&amount)?;
    let currency = scope.currency(&amount)?.unwrap_or_else(|| Expr::cust("NULL"));
    let worth = frame.rates.converted(&minor, &currency);
    let mut select = scope.select()?;
    select.expr(custom(
        "sum($1 * ($2 - $3 + 1) / $4)",
        [worth, last, first, length],
    ));
    for condition in conditions {
        select.and_where(condition);
    }
    Ok(Expr::SubQuery(None, Box::new(select.into())))
}

/// Those who have quotas in the days that are asked about, as groups by owner; none where groups are made by anything else.
pub(super) fn owners(
    frame: Frame<'_>,
    keys: &[Key],
    filters: &[Filter],
    formula: &Formula,
) -> Result<Option<SelectStatement>, StoreError> {
    let mut paths = Vec::with_capacity(keys.len());
    for key in keys {
        match key {
            Key::Value(path) => match of_owner(path) {
                Some(path) => paths.push(path),
                None => return Ok(None),
            },
            Key::Calendar(..) => return Ok(None),
        }
    }
    if paths.is_empty() {
        return Ok(None);
    }
    let mut scope = Scope::new(frame, &QUOTA, "q")?;
    let mut conditions = vec![custom("$1 IS NOT NULL", [column(&mut scope, "owner_id")?])];
    let (starts, ends) = (column(&mut scope, "starts_on")?, column(&mut scope, "ends_on")?);
    if let Some(days) = any_days(&formula.only, filters) {
        conditions.extend(days.from.map(|from| custom("$1 >= $2", [ends, Expr::val(from)])));
        conditions.extend(days.to.map(|to| custom("$1 <= $2", [starts, Expr::val(to)])));
    }
    for filter in filters.iter().chain(&formula.only).filter_map(about_owner) {
        conditions.extend(scope.conditions(&[filter])?);
    }
    let keys = paths
        .into_iter()
        .map(|path| Ok(scope.key(&Key::Value(path))?.0))
        .collect::<Result<Vec<Expr>, StoreError>>()?;
    let mut select = scope.select()?;
    for (place, key) in keys.into_iter().enumerate() {
        select.expr_as(key, format!("k{place}"));
    }
    for condition in conditions {
        select.and_where(condition);
    }
    select.distinct();
    Ok(Some(select))
}

/// Groups, and those who have quotas and are in none of them: of nothing they have 0 where numbers add up.
pub(super) fn with_owners(
    groups: SelectStatement,
    owners: SelectStatement,
    keys: usize,
    measures: &[Measure],
    numbers: &[Number],
) -> SelectStatement {
    let names = || {
        numbers.iter().enumerate().flat_map(|(place, number)| {
            let missing = number.missing.is_some().then_some(('n', place));
            let foreign = number.foreign.is_some().then_some(('f', place));
            [Some(('m', place)), missing, foreign].into_iter().flatten()
        })
    };
    let adds = |place: usize| {
        matches!(measures.get(place), Some(Measure::Attainment(_)))
            || numbers.get(place).is_some_and(|number| number.additive)
    };
    let mut nothing = Query::select();
    nothing.from_subquery(owners, "o");
    let mut there = Query::select();
    there.from_subquery(groups, "a");
    for place in 0..keys {
        nothing.expr_as(of("o", 'k', place), format!("k{place}"));
        there.expr_as(of("a", 'k', place), format!("k{place}"));
    }
    for (letter, place) in names() {
        let value = match letter {
            'm' if adds(place) => "0::numeric",
            'm' => "NULL::numeric",
            _ => "0::bigint",
        };
        nothing.expr_as(Expr::cust(value), format!("{letter}{place}"));
        there.expr_as(of("a", letter, place), format!("{letter}{place}"));
    }
    for name in ["records", "behind"] {
        nothing.expr_as(Expr::cust("0::bigint"), name);
        there.expr_as(Expr::col(("a", name)), name);
    }
    there.union(UnionType::All, nothing);
    let mut merged = Query::select();
    merged.from_subquery(there, "u");
    for place in 0..keys {
        merged.expr_as(of("u", 'k', place), format!("k{place}"));
    }
    for (letter, place) in names() {
        // One side has the number, the other nothing to add to it.
        merged.expr_as(
            custom("sum($1)", [of("u", letter, place)]),
            format!("{letter}{place}"),
        );
    }
    merged
        .expr_as(Expr::cust("sum(\"u\".\"records\")"), "records")
        .expr_as(Expr::cust("sum(\"u\".\"behind\")"), "behind");
    merged.add_group_by((1..=keys).map(|place| Expr::cust(place.to_string())));
    merged
}

fn column(scope: &mut Scope<'_>, name: &str) -> Result<Expr, StoreError> {
    scope.column(&Path::parse(&QUOTA, name)?)
}

fn most(function: &str, of: Vec<Expr>) -> Expr {
    let places: Vec<String> = (1..=of.len()).map(|place| format!("${place}")).collect();
    Expr::cust_with_exprs(format!("{function}({})", places.join(", ")), of)
}

/// The last day of a stretch that begins on a day.
fn last_of(first: Expr, grain: Grain) -> Expr {
    match (grain, calendar::months(grain)) {
        (_, Some(months)) => {
            Expr::cust_with_exprs(format!("(($1 + interval '{months} months')::date - 1)"), [first])
        }
        (Grain::Week, None) => custom("($1 + 6)", [first]),
        (_, None) => first,
    }
}

/// The same path from a quota, if it is about the owner.
fn of_owner(path: &Path) -> Option<Path> {
    let about = path.steps.first().map_or(path.field.name, |step| step.name);
    let known = about == "owner_id" && path.steps.is_empty() || about == "owner";
    known.then(|| Path::parse(&QUOTA, &said(path)).ok()).flatten()
}

/// The same filter on quotas, if it is about the owner alone.
fn about_owner(filter: &Filter) -> Option<Filter> {
    match filter {
        Filter::Field { path, op, value } => Some(Filter::Field {
            path: of_owner(path)?,
            op: *op,
            value: value.clone(),
        }),
        Filter::Within(..) => None,
        Filter::Any(filters) => Some(Filter::Any(
            filters.iter().map(about_owner).collect::<Option<Vec<_>>>()?,
        )),
        Filter::Not(filter) => Some(Filter::Not(Box::new(about_owner(filter)?))),
    }
}

/// The days that are asked about: by the close date if they are, else by the first field of days that is named.
fn any_days(only: &[Filter], filters: &[Filter]) -> Option<DayRange> {
    let all = || only.iter().chain(filters);
    let mut paths = all().filter_map(|filter| match filter {
        Filter::Within(path, _) => Some(path),
        _ => None,
    });
    let first = paths.clone().next()?;
    let closing = paths.find(|path| path.steps.is_empty() && path.field.name == "close_date");
    all_days(all(), closing.unwrap_or(first))
}

/// The days that all conditions on a field leave together.
fn all_days<'a>(filters: impl Iterator<Item = &'a Filter>, path: &Path) -> Option<DayRange> {
    filters
        .filter_map(|filter| match filter {
            Filter::Within(of, days) if of == path => Some(*days),
            _ => None,
        })
        .reduce(|one, other| DayRange {
            from: one.from.max(other.from),
            to: match (one.to, other.to) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
        })
}
