//! All deals by what their accounts are like: the deals of each account become one row, read in the order of an index that
//! has all that is asked, and the accounts are looked up for those rows. That takes a third of the time that looking up an
//! account for each deal takes.

use sea_query::Expr;

use super::{
    custom,
    groups::{Asked, Grouped, GroupsPlan, group_by, show},
    measures::Number,
    scope::Scope,
};
use crate::{
    StoreError,
    analytics::{Aggregate, Filter, Formula, Key, Measure, Path, Summary},
    catalog::{Link, OPPORTUNITY},
};

/// The reference whose records become rows; `migrations/0039_covering.sql` has its index.
const REFERENCE: &str = "account_id";

/// Whether this way has the same answer as the records, and is shorter. Of some days an index by day reads less.
pub(super) fn answers(question: &GroupsPlan<'_>, filters: &[Filter], measures: &[Measure]) -> bool {
    let groups = question.groups;
    let by_reference = |key: &Key| match key {
        Key::Value(path) => path
            .steps
            .first()
            .is_some_and(|step| matches!(step.by, Link::Field(name) if name == REFERENCE)),
        Key::Calendar(..) => false,
    };
    question.object.name == OPPORTUNITY.name
        && groups.as_of.is_none()
        && groups.compare.is_none()
        && !groups.keys.is_empty()
        && groups.keys.iter().all(by_reference)
        && filters.iter().all(is_of_all_days)
        && measures.iter().all(|measure| match measure {
            Measure::Plain(formula) => adds_up(formula),
            Measure::Ratio { of, by } => adds_up(of) && adds_up(by),
            Measure::Total { .. } | Measure::Attainment(_) => false,
        })
}

/// Whether a condition is one on the deal itself, whenever it was.
fn is_of_all_days(filter: &Filter) -> bool {
    match filter {
        Filter::Field { path, .. } => path.steps.is_empty(),
        Filter::Within(..) => false,
        Filter::Any(filters) => filters.iter().all(is_of_all_days),
        Filter::Not(filter) => is_of_all_days(filter),
    }
}

/// Whether a number of all is the sum of those of the parts, to the last digit.
fn adds_up(formula: &Formula) -> bool {
    let own = |path: &Path| path.steps.is_empty() && path.custom.is_none();
    formula.only.iter().all(is_of_all_days)
        && match &formula.aggregate {
            Aggregate::Count => true,
            Aggregate::Of(summary, path) => *summary == Summary::Sum && own(path),
            Aggregate::CountDistinct(_) | Aggregate::Weighted { .. } | Aggregate::Between { .. } => false,
        }
}

/// The sum of a column of the rows; 0 of none.
fn total(column: &str) -> Expr {
    custom("COALESCE(sum($1), 0)", [Expr::col(("t", column.to_owned()))])
}

/// A number of all from those of the rows, which stand at this place.
fn summed(number: &Number, place: usize) -> Number {
    let counted = |letter: char| custom("($1)::bigint", [total(&format!("{letter}{place}"))]);
    Number {
        value: total(&format!("m{place}")),
        missing: number.missing.as_ref().map(|_| counted('n')),
        foreign: number.foreign.as_ref().map(|_| counted('f')),
        ..number.clone()
    }
}

impl GroupsPlan<'_> {
    /// The groups, of the rows of each account.
    pub(super) fn folded(
        &self,
        asked: Asked<'_>,
        filters: &[Filter],
        measures: &[Measure],
    ) -> Result<Grouped, StoreError> {
        let mut near = Scope::new(self.frame, self.object, "t")?;
        let (mut parts, mut numbers) = (Vec::new(), Vec::new());
        for measure in measures {
            let formulas = match measure {
                Measure::Plain(formula) | Measure::Attainment(formula) => vec![formula],
                Measure::Ratio { of, by } | Measure::Total { of, and: by } => vec![of, by],
            };
            let mut sides = Vec::with_capacity(formulas.len());
            for formula in formulas {
                let part = near.measure(&Measure::Plain(formula.clone()))?;
                sides.push(summed(&part, parts.len()));
                parts.push(part);
            }
            let mut sides = sides.into_iter();
            numbers.extend(match (sides.next(), sides.next()) {
                (Some(of), Some(by)) => Some(of.over(by)),
                (of, _) => of,
            });
        }
        let condition = near.conditions(filters)?;
        let behind = near.behind(measures)?;
        let mut rows = near.select()?;
        rows.expr_as(Expr::col(("t", REFERENCE)), REFERENCE)
            .add_group_by([Expr::cust("1")])
            .expr_as(Expr::cust("count(*)"), "records")
            .expr_as(behind, "behind");
        if let Some(condition) = condition {
            rows.and_where(condition);
        }
        show(&mut rows, &parts);
        let mut scope = Scope::new(self.frame, self.object, "t")?.over_folded(rows);
        let mut keys = Vec::with_capacity(self.groups.keys.len());
        let mut by = Vec::with_capacity(self.groups.keys.len());
        for key in &self.groups.keys {
            let (value, kind) = scope.key(key)?;
            by.push(value);
            keys.push(kind);
        }
        let mut select = scope.select()?;
        group_by(&mut select, &by, asked);
        show(&mut select, &numbers);
        select
            .expr_as(custom("($1)::bigint", [total("records")]), "records")
            .expr_as(custom("($1)::bigint", [total("behind")]), "behind");
        Ok(Grouped {
            select,
            keys,
            numbers,
        })
    }
}
