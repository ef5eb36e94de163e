//! What was won as a share of what was to be won.
//!
//! A quota counts for the days that it shares with the group: a month has its part of the quota of its quarter, by days.

use sea_query::Expr;

use super::{
    calendar, compare, custom,
    groups::of,
    scope::{Frame, Scope, said},
};
use crate::{
    StoreError,
    analytics::{DayRange, Filter, Formula, Grain, Key, Path},
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
                days = compare::days_of(&formula.only, path).or_else(|| compare::days_of(filters, path));
                last.push(last_of(near.clone(), *grain));
                first.push(near);
            }
        }
    }
    let has_calendar = keys.iter().any(|key| matches!(key, Key::Calendar(..)));
    if !has_calendar {
        days = any_days(&formula.only).or_else(|| any_days(filters));
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

fn any_days(filters: &[Filter]) -> Option<DayRange> {
    filters.iter().find_map(|filter| match filter {
        Filter::Within(_, days) => Some(*days),
        _ => None,
    })
}
