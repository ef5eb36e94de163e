//! The records behind numbers.
//!
//! Which records are shown is found first, from what the conditions and the order name: an index that has these is read
//! alone. Their fields are read for those that are shown. The largest open deals are found currency by currency.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sea_query::{Expr, ExprTrait as _, NullOrdering, Order, Query, SelectStatement, UnionType};

use super::{
    super::{Op, Statement},
    custom,
    keys::Kind,
    order,
    scope::{Frame, Scope},
    sums,
};
use crate::{
    StoreError,
    analytics::{Aggregate, Filter, Formula, Path, Summary},
    catalog::{FieldType, OPPORTUNITY, Object},
};

/// The largest deals of more currencies than this are not looked for apart.
const MOST_CURRENCIES: usize = 8;

/// A question for records.
pub(crate) struct RecordsPlan<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) object: &'static Object,
    pub(crate) filters: &'a [Filter],
    pub(crate) fields: &'a [Path],
    pub(crate) order: Option<&'a (Path, bool)>,
    pub(crate) limit: u64,
    pub(crate) offset: u64,
    pub(crate) as_of: Option<NaiveDate>,
    /// The least that the amount they are sorted by is, if that is known.
    pub(crate) least: Option<Decimal>,
}

/// What records are sorted by: values, and whether the most comes first. Nothing comes last, where there may be nothing.
type Sorting = Vec<(Expr, bool, bool)>;

impl<'a> RecordsPlan<'a> {
    fn scope(&self) -> Result<Scope<'a>, StoreError> {
        Scope::at(self.frame, self.object, "t", self.as_of)
    }

    /// The records, each field in a column `k0`, `k1`, ….
    pub(crate) fn compile(&self) -> Result<(Statement, Vec<Kind>), StoreError> {
        let mut scope = self.scope()?;
        let shown = self
            .fields
            .iter()
            .map(|path| scope.shown(path))
            .collect::<Result<Vec<_>, _>>()?;
        let sorting = self.sorting(&mut scope)?;
        let mut select = if self.as_of.is_some() {
            let condition = scope.conditions(self.filters)?;
            let mut select = scope.select()?;
            select.and_where_option(condition);
            self.skip(&mut select);
            select
        } else {
            let these = self.these()?;
            let mut select = scope.select()?;
            let id = Expr::col(("t", "id"));
            select.and_where(custom(
                "$1 = ANY(ARRAY($2))",
                [id, Expr::SubQuery(None, Box::new(these.into()))],
            ));
            select
        };
        for (place, (value, _)) in shown.iter().enumerate() {
            select.expr_as(value.clone(), format!("k{place}"));
        }
        self.cut(&mut select, sorting);
        Ok((
            Statement::select(&select),
            shown.into_iter().map(|(_, kind)| kind).collect(),
        ))
    }

    /// The ids of the records that are shown.
    fn these(&self) -> Result<SelectStatement, StoreError> {
        let mut scope = self.scope()?;
        let sorting = self.sorting(&mut scope)?;
        let condition = scope.conditions(self.filters)?;
        let least = match (self.least, self.order) {
            (Some(least), Some((path, _))) => self.is_at_least(&mut scope, path, least)?,
            _ => None,
        };
        let mut select = scope.select()?;
        select
            .column(("t", "id"))
            .and_where_option(condition)
            .and_where_option(least);
        self.cut(&mut select, sorting);
        self.skip(&mut select);
        Ok(select)
    }

    fn sorting(&self, scope: &mut Scope<'a>) -> Result<Sorting, StoreError> {
        let Some((path, descending)) = self.order else {
            let made = self.object.field("created_at");
            let by = made.map(|field| (Expr::col(("t", field.column)), true, !field.required));
            return Ok(by.into_iter().collect());
        };
        let (by, kind) = scope.shown(path)?;
        let rank = order::rank(path, by.clone(), self.frame.tenant);
        let by = order::sortable(by, kind, self.frame.access);
        Ok(rank
            .into_iter()
            .chain([by])
            .map(|by| (by, *descending, true))
            .collect())
    }

    /// The first of the records, in their order.
    fn cut(&self, select: &mut SelectStatement, sorting: Sorting) {
        for (by, descending, may_be_nothing) in sorting {
            let direction = if descending { Order::Desc } else { Order::Asc };
            if may_be_nothing {
                select.order_by_expr_with_nulls(by, direction, NullOrdering::Last);
            } else {
                select.order_by_expr(by, direction);
            }
        }
        select.order_by(("t", "id"), Order::Desc).limit(self.limit);
    }

    /// Leaves out what was shown before.
    fn skip(&self, select: &mut SelectStatement) {
        if self.offset > 0 {
            select.offset(self.offset);
        }
    }

    /// What the last of the largest open deals has, in whole units of the reporting currency; none when that is not asked.
    ///
    /// A deal in each currency is worth as much as its minor units times the same: the largest of all are among the largest
    /// of each currency, which an index of open deals has in order.
    pub(crate) fn last_of_largest(&self) -> Result<Option<Statement>, StoreError> {
        let rates = self.frame.rates;
        let Some((path, true)) = self.order else {
            return Ok(None);
        };
        let is_money = matches!(path.field.kind, FieldType::Money(_)) && path.steps.is_empty();
        if !is_money
            || self.object.name != OPPORTUNITY.name
            || self.as_of.is_some()
            || !self.filters.iter().any(says_open)
            || !(1..=MOST_CURRENCIES).contains(&rates.factors.len())
            || rates.factors.values().any(|factor| *factor <= Decimal::ZERO)
        {
            return Ok(None);
        }
        let mut all: Option<SelectStatement> = None;
        for (code, factor) in &rates.factors {
            let mut scope = self.scope()?;
            let minor = scope.column(path)?;
            let Some(currency) = scope.currency(path)? else {
                return Ok(None);
            };
            let condition = scope.conditions(self.filters)?;
            let mut walk = scope.select()?;
            walk.expr_as(
                Expr::cust_with_exprs(
                    format!("round($1 * $2, {})", rates.digits),
                    [minor.clone(), Expr::val(*factor)],
                ),
                "worth",
            )
            .and_where_option(condition)
            .and_where(currency.eq(code.clone()))
            .and_where(minor.clone().is_not_null())
            .order_by_expr(minor, Order::Desc)
            .limit(self.limit.saturating_add(self.offset));
            let mut of_currency = Query::select();
            of_currency
                .expr(Expr::cust("\"c\".worth"))
                .from_subquery(walk, "c");
            match &mut all {
                Some(all) => {
                    all.union(UnionType::All, of_currency);
                }
                None => all = Some(of_currency),
            }
        }
        let Some(all) = all else { return Ok(None) };
        let mut last = Query::select();
        last.expr(Expr::cust("\"w\".worth"))
            .from_subquery(all, "w")
            .order_by_expr(Expr::cust("\"w\".worth"), Order::Desc)
            .offset(self.limit.saturating_add(self.offset).saturating_sub(1))
            .limit(1);
        Ok(Some(Statement::select(&last)))
    }

    /// Whether an amount is so much, or a little less: what is rounded to so much is.
    fn is_at_least(
        &self,
        scope: &mut Scope<'a>,
        path: &Path,
        least: Decimal,
    ) -> Result<Option<Expr>, StoreError> {
        let rates = self.frame.rates;
        let (minor, currency) = (scope.column(path)?, scope.currency(path)?);
        let bounds = least
            .checked_sub(Decimal::new(1, rates.digits))
            .and_then(|least| rates.bounds(">", least));
        let (Some(currency), Some(bounds)) = (currency, bounds) else {
            return Ok(None);
        };
        let any = bounds.into_iter().map(|(code, bound)| {
            custom(
                "($1 = $2 AND $3 > $4)",
                [
                    currency.clone(),
                    Expr::val(code.clone()),
                    minor.clone(),
                    Expr::val(bound),
                ],
            )
        });
        Ok(any.reduce(|one, other| custom("($1 OR $2)", [one, other])))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> Result<Statement, StoreError> {
        let counted = Formula {
            aggregate: Aggregate::Count,
            only: Vec::new(),
        };
        let mut scope = self.scope()?.over(self.sums(&counted));
        let condition = scope.conditions(self.filters)?;
        let mut select = scope.select()?;
        select.expr(scope.counted("records")).and_where_option(condition);
        Ok(Statement::select(&select))
    }

    /// The sums that have a number of all records, as they are.
    fn sums(&self, formula: &Formula) -> Option<sums::Chosen> {
        if self.as_of.is_some() {
            return None;
        }
        sums::of_all(self.frame, self.object, None, self.filters, formula)
    }

    /// Statements that count the records by the currencies of the amounts that are shown.
    pub(crate) fn currencies(&self) -> Result<Vec<Statement>, StoreError> {
        let mut statements = Vec::new();
        for path in self.fields {
            if matches!(path.field.kind, FieldType::Money(_)) {
                let summed = Formula {
                    aggregate: Aggregate::Of(Summary::Sum, path.clone()),
                    only: Vec::new(),
                };
                let mut scope = self.scope()?.over(self.sums(&summed));
                let conditions = scope.conditions(self.filters)?;
                statements.extend(scope.by_currency(path, conditions.into_iter().collect())?);
            }
        }
        Ok(statements)
    }
}

/// Whether a filter leaves open deals alone.
fn says_open(filter: &Filter) -> bool {
    matches!(filter, Filter::Field { path, op: Op::Eq, value }
        if path.steps.is_empty() && path.field.name == "is_closed" && *value == false)
}
