//! Deals by account, and by what their accounts are like, from sums by account and year (`migrations/0044_accounts.sql`).
//!
//! A deal is open, won or lost, and a row of the sums has the numbers of all three: what a formula counts is those of some
//! of them. So conditions on deals are looked at here, and those on accounts by Postgres.

use chrono::{Datelike as _, NaiveDate};
use sea_query::{Expr, ExprTrait as _, Query, SelectStatement, UnionType};

use super::{
    calendar, custom,
    groups::{Asked, Grouped, GroupsPlan, group_by, show},
    measures::{Number, over},
    scope::Scope,
    sums::own,
};
use crate::{
    StoreError,
    access::Verb,
    analytics::{Aggregate, DayRange, Filter, Formula, Groups, Key, Measure, Path, Summary},
    catalog::{FieldType, Link, OPPORTUNITY},
    query::Op,
};

const SUMS: &str = "opportunity_account_sums";
const DELTAS: &str = "opportunity_deltas";
const REFERENCE: &str = "account_id";

/// What questions by account read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByAccount {
    /// The records: no sums are kept, or not for this question.
    Records,
    /// The sums, in which all differences are.
    Sums,
    /// The sums, and the differences that are not in them yet.
    SumsAndDifferences,
}

/// What a deal is: open, won or lost. Whether it is closed, whether it is won, and when a record `r` is it.
const STATES: [(&str, bool, bool, &str); 3] = [
    ("open", false, false, "NOT \"r\".is_closed"),
    ("won", true, true, "\"r\".is_won"),
    ("lost", true, false, "(\"r\".is_closed AND NOT \"r\".is_won)"),
];

/// Which of [`STATES`] fulfil conditions.
type Some3 = [bool; 3];

/// A question that the sums answer.
pub(super) struct Kept<'a> {
    /// Of which deals, whenever they close.
    states: Some3,
    /// When they close; whole years.
    years: Option<DayRange>,
    /// Conditions on accounts.
    far: Vec<Filter>,
    /// Fields of deals that conditions name.
    named: Vec<&'a Path>,
}

/// What a question asks of the sums, if they have the same answer as the records.
pub(super) fn answers<'a>(
    question: &GroupsPlan<'_>,
    filters: &'a [Filter],
    measures: &'a [Measure],
) -> Option<Kept<'a>> {
    let (frame, groups) = (question.frame, question.groups);
    let may = frame.sums
        && frame.accounts != ByAccount::Records
        && question.object.name == OPPORTUNITY.name
        && frame.access.can(&OPPORTUNITY, Verb::ViewAll)
        && groups.as_of.is_none();
    if !may || !is_by_account(groups) {
        return None;
    }
    let mut kept = Kept {
        states: [true; 3],
        years: None,
        far: Vec::new(),
        named: Vec::new(),
    };
    for filter in filters {
        if let Some(years) = whole_years(filter) {
            if kept.years.replace(years).is_some() {
                return None;
            }
            kept.named.extend(paths(filter));
        } else if paths(filter).into_iter().all(is_far) {
            kept.far.push(filter.clone());
        } else {
            kept.states = both(kept.states, states(filter)?);
            kept.named.extend(paths(filter));
        }
    }
    for formula in measures.iter().flat_map(formulas) {
        counted(formula)?;
        kept.named.extend(formula.only.iter().flat_map(paths));
    }
    let known = |measure: &Measure| matches!(measure, Measure::Plain(_) | Measure::Ratio { .. });
    measures.iter().all(known).then_some(kept)
}

/// Whether groups are made by nothing but accounts and what they are like.
pub(crate) fn is_by_account(groups: &Groups) -> bool {
    let by_account = |key: &Key| matches!(key, Key::Value(path) if is_far(path));
    !groups.keys.is_empty() && groups.keys.iter().all(by_account)
}

/// Whether a path is the account, or leads over it.
fn is_far(path: &Path) -> bool {
    match path.steps.first() {
        Some(step) => matches!(step.by, Link::Field(name) if name == REFERENCE),
        None => own(path) == Some(REFERENCE),
    }
}

fn paths(filter: &Filter) -> Vec<&Path> {
    match filter {
        Filter::Field { path, .. } | Filter::Within(path, _) => vec![path],
        Filter::Any(filters) => filters.iter().flat_map(paths).collect(),
        Filter::Not(filter) => paths(filter),
    }
}

fn formulas(measure: &Measure) -> Vec<&Formula> {
    match measure {
        Measure::Plain(formula) | Measure::Attainment(formula) => vec![formula],
        Measure::Ratio { of, by } | Measure::Total { of, and: by } => vec![of, by],
    }
}

fn both(one: Some3, other: Some3) -> Some3 {
    std::array::from_fn(|place| one.get(place) == Some(&true) && other.get(place) == Some(&true))
}

/// The days of a condition that deals close in whole years.
fn whole_years(filter: &Filter) -> Option<DayRange> {
    let Filter::Within(path, days) = filter else {
        return None;
    };
    let begins = |day: NaiveDate| (day.month(), day.day()) == (1, 1);
    let ends = |day: NaiveDate| (day.month(), day.day()) == (12, 31);
    (own(path) == Some("close_date") && days.from.is_none_or(begins) && days.to.is_none_or(ends))
        .then_some(*days)
}

/// Which deals fulfil a condition; none if it is on anything but whether they are open, won or lost.
fn states(filter: &Filter) -> Option<Some3> {
    match filter {
        Filter::Field { path, op, value } => {
            let (name, wanted) = (own(path)?, value.as_bool()?);
            let is = |(_, closed, won, _): (&str, bool, bool, &str)| match name {
                "is_closed" => Some(closed),
                "is_won" => Some(won),
                _ => None,
            };
            let mut found = [false; 3];
            for (place, state) in found.iter_mut().zip(STATES) {
                *place = match op {
                    Op::Eq => is(state)? == wanted,
                    Op::Ne => is(state)? != wanted,
                    _ => return None,
                };
            }
            Some(found)
        }
        Filter::Within(..) => None,
        Filter::Any(filters) => filters.iter().try_fold([false; 3], |found, filter| {
            let more = states(filter)?;
            Some(std::array::from_fn(|place| {
                found.get(place) == Some(&true) || more.get(place) == Some(&true)
            }))
        }),
        Filter::Not(filter) => Some(states(filter)?.map(|holds| !holds)),
    }
}

/// Which deals fulfil all conditions.
fn all_of(filters: &[Filter]) -> Option<Some3> {
    filters
        .iter()
        .try_fold([true; 3], |found, filter| Some(both(found, states(filter)?)))
}

/// Which deals a formula counts, if the sums have its number.
fn counted(formula: &Formula) -> Option<Some3> {
    let known = match &formula.aggregate {
        Aggregate::Count => true,
        Aggregate::Of(Summary::Sum | Summary::Average, path) => own(path) == Some("amount"),
        Aggregate::Of(..)
        | Aggregate::CountDistinct(_)
        | Aggregate::Weighted { .. }
        | Aggregate::Between { .. } => false,
    };
    known.then(|| all_of(&formula.only)).flatten()
}

/// The names of the states in question.
fn named(states: Some3) -> impl Iterator<Item = (&'static str, &'static str)> {
    let chosen = STATES.into_iter().zip(states).filter(|(_, chosen)| *chosen);
    chosen.map(|((name, .., condition), _)| (name, condition))
}

/// A number of some deals: of a row of the sums, or of a difference.
fn number(states: Some3, what: &str, of_one: Option<&str>) -> Expr {
    let parts: Vec<String> = named(states)
        .map(|(name, condition)| match of_one {
            None => format!("\"r\".{name}_{what}"),
            Some(of_one) => format!("CASE WHEN {condition} THEN {of_one} ELSE 0 END"),
        })
        .collect();
    Expr::cust(if parts.is_empty() {
        "0".to_owned()
    } else {
        parts.join(" + ")
    })
}

fn column(alias: &'static str, name: impl Into<String>) -> Expr {
    Expr::col((alias, name.into()))
}

/// How many, of the rows of a group.
fn total(name: String, only: Option<&Expr>) -> Expr {
    custom("COALESCE($1, 0)", [over("sum($1)", &column("t", name), only)])
}

impl GroupsPlan<'_> {
    /// The groups, of the sums.
    pub(super) fn by_account(
        &self,
        asked: Asked<'_>,
        kept: &Kept<'_>,
        measures: &[Measure],
    ) -> Result<Grouped, StoreError> {
        let unknown = || StoreError::Corrupt {
            what: "a question that sums by account do not answer".to_owned(),
        };
        let mut parts = Vec::new();
        for formula in measures.iter().flat_map(formulas) {
            parts.push(both(kept.states, counted(formula).ok_or_else(unknown)?));
        }
        let behind = match measures.first() {
            Some(measure) => all_of(&measure.counted()).ok_or_else(unknown)?,
            None => [true; 3],
        };
        let rows = self.rows(kept, &parts, both(kept.states, behind));
        let mut scope = Scope::new(self.frame, self.object, "t")?.over_folded(rows);
        for path in &kept.named {
            scope.visible(path)?;
        }
        let mut numbers = Vec::with_capacity(measures.len());
        let mut place = 0;
        for measure in measures {
            let mut sides = Vec::with_capacity(2);
            for formula in formulas(measure) {
                sides.push(number_of(&mut scope, formula, place)?);
                place += 1;
            }
            let mut sides = sides.into_iter();
            numbers.extend(match (sides.next(), sides.next()) {
                (Some(of), Some(by)) => Some(of.over(by)),
                (of, _) => of,
            });
        }
        let mut keys = Vec::with_capacity(self.groups.keys.len());
        let mut by = Vec::with_capacity(self.groups.keys.len());
        for key in &self.groups.keys {
            let (value, kind) = scope.key(key)?;
            by.push(value);
            keys.push(kind);
        }
        let condition = scope.conditions(&kept.far)?;
        let mut select = scope.select()?;
        select.and_where_option(condition);
        group_by(&mut select, &by, asked);
        show(&mut select, &numbers);
        let records = || total("records".to_owned(), None);
        select
            .expr_as(custom("($1)::bigint", [records()]), "records")
            .expr_as(
                custom("($1)::bigint", [total("behind".to_owned(), None)]),
                "behind",
            );
        if matches!(asked, Asked::Shown(_)) {
            select.and_having(custom("$1 <> 0", [records()]));
        }
        Ok(Grouped {
            select,
            keys,
            numbers,
        })
    }

    /// The rows of the sums, and the differences that are not in them: of each formula how many deals, how many of them
    /// with an amount, and their amounts.
    fn rows(&self, kept: &Kept<'_>, parts: &[Some3], behind: Some3) -> SelectStatement {
        let side = |single: bool| {
            let (one, amount, minor) = if single {
                (
                    Some("\"r\".records"),
                    Some("\"r\".records * (\"r\".amount_minor IS NOT NULL)::int"),
                    Some("\"r\".records * COALESCE(\"r\".amount_minor, 0)::numeric"),
                )
            } else {
                (None, None, None)
            };
            // Whole numbers of four bytes are added up without memory of their own for each group.
            let count = |states, what, of_one| custom("($1)::integer", [number(states, what, of_one)]);
            let mut rows = Query::select();
            rows.expr_as(column("r", REFERENCE), REFERENCE)
                .expr_as(column("r", "currency"), "currency")
                .expr_as(count(kept.states, "records", one), "records")
                .expr_as(count(behind, "records", one), "behind");
            for (place, states) in parts.iter().enumerate() {
                rows.expr_as(count(*states, "records", one), format!("r{place}"))
                    .expr_as(count(*states, "amounts", amount), format!("a{place}"))
                    .expr_as(
                        custom("($1)::numeric", [number(*states, "minor", minor)]),
                        format!("v{place}"),
                    );
            }
            rows.from_as(if single { DELTAS } else { SUMS }, "r")
                .and_where(column("r", "tenant_id").eq(self.frame.tenant));
            rows
        };
        let mut rows = side(false);
        rows.and_where(of_years(kept.years));
        if self.frame.accounts == ByAccount::SumsAndDifferences {
            let mut differences = side(true);
            if let Some(days) = kept.years {
                let (day, zone) = (column("r", "close_date"), self.frame.reporting.timezone);
                differences.and_where(calendar::within(&day, FieldType::Date, days, zone));
            }
            rows.union(UnionType::All, differences);
        }
        rows
    }
}

/// The rows of some years. One year is said as one, so that its rows are read in the order of accounts.
fn of_years(years: Option<DayRange>) -> Expr {
    let year = column("r", "year");
    match years {
        None => Expr::cust("\"r\".year = '-infinity'::date"),
        Some(DayRange {
            from: Some(from),
            to: Some(to),
        }) if from.year() == to.year() => custom("$1 = $2", [year, Expr::val(from)]),
        Some(days) => {
            let mut within = custom("$1 > '-infinity'::date", [year.clone()]);
            for (sql, day) in [("($1) AND $2 >= $3", days.from), ("($1) AND $2 <= $3", days.to)] {
                if let Some(day) = day {
                    within = custom(sql, [within, year.clone(), Expr::val(day)]);
                }
            }
            within
        }
    }
}

/// The number of a formula, whose parts stand at this place.
fn number_of(scope: &mut Scope<'_>, formula: &Formula, place: usize) -> Result<Number, StoreError> {
    let records = |only: Option<&Expr>| total(format!("r{place}"), only);
    let amounts = |only: Option<&Expr>| total(format!("a{place}"), only);
    let Aggregate::Of(summary, path) = &formula.aggregate else {
        return Ok(Number {
            value: custom("($1)::numeric", [records(None)]),
            digits: 0,
            additive: true,
            missing: None,
            foreign: None,
        });
    };
    scope.visible(path)?;
    let currency = scope.currency(path)?.unwrap_or_else(|| Expr::cust("NULL"));
    let rates = scope.frame.rates;
    let sum = rates.sum(&column("t", format!("v{place}")), &currency, None);
    let other = custom("$1 <> $2", [currency.clone(), Expr::val(rates.currency.clone())]);
    let additive = *summary == Summary::Sum;
    let value = if additive {
        sum
    } else {
        let codes: Vec<String> = rates.factors.keys().cloned().collect();
        let known = custom("$1 = ANY($2)", [currency, Expr::val(codes)]);
        custom("($1 / NULLIF($2, 0))", [sum, amounts(Some(&known))])
    };
    Ok(Number {
        value,
        digits: rates.digits,
        additive,
        missing: Some(custom("($1 - $2)::bigint", [records(None), amounts(None)])),
        foreign: Some(custom("($1)::bigint", [amounts(Some(&other))])),
    })
}
