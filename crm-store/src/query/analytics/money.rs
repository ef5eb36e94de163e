//! Amounts of several currencies as amounts of one.

use std::{collections::BTreeMap, fmt::Write as _};

use rust_decimal::Decimal;
use sea_query::Expr;

use super::{super::Statement, custom, scope::Scope};
use crate::{StoreError, analytics::Path};

/// What one minor unit of each currency is worth in whole units of the reporting currency.
#[derive(Debug, Clone)]
pub(crate) struct Rates {
    /// The reporting currency.
    pub(crate) currency: String,
    /// How many decimals it has.
    pub(crate) digits: u32,
    /// Every currency with a rate, the reporting one too.
    pub(crate) factors: BTreeMap<String, Decimal>,
}

/// Up to so many currencies are summed up apart and converted then, which spares a multiplication for each row.
const FEW: usize = 4;

impl Rates {
    /// The worth of a minor unit, by the currency of the row; null without a rate.
    fn factor(&self, currency: &Expr) -> Expr {
        let mut sql = String::from("CASE $1");
        let mut parts = vec![currency.clone()];
        for (code, factor) in &self.factors {
            parts.push(Expr::val(code.clone()));
            parts.push(Expr::val(*factor));
            let _ = write!(sql, " WHEN ${} THEN ${}", parts.len() - 1, parts.len());
        }
        if self.factors.is_empty() {
            return Expr::cust("NULL::numeric");
        }
        sql.push_str(" END");
        Expr::cust_with_exprs(sql, parts)
    }

    /// An amount in whole units of the reporting currency; null without a rate.
    pub(super) fn converted(&self, minor: &Expr, currency: &Expr) -> Expr {
        custom("($1 * ($2))", [minor.clone(), self.factor(currency)])
    }

    /// The sum of amounts in the reporting currency; 0 when there are none.
    pub(super) fn sum(&self, minor: &Expr, currency: &Expr, only: Option<&Expr>) -> Expr {
        if self.factors.len() > FEW {
            let sum = super::measures::over("sum($1)", &self.converted(minor, currency), only);
            return custom("COALESCE($1, 0)", [sum]);
        }
        let mut total = Expr::cust("0::numeric");
        for (code, factor) in &self.factors {
            let mut of = custom("$1 = $2", [currency.clone(), Expr::val(code.clone())]);
            if let Some(only) = only {
                of = custom("($1) AND ($2)", [of, only.clone()]);
            }
            let part = super::measures::over("sum($1)", minor, Some(&of));
            total = custom("$1 + COALESCE($2, 0) * $3", [total, part, Expr::val(*factor)]);
        }
        custom("($1)", [total])
    }

    /// Whether an amount is in another currency than the reporting one.
    pub(super) fn foreign(&self, minor: &Expr, currency: &Expr) -> Expr {
        custom(
            "($1 IS NOT NULL AND $2 <> $3)",
            [minor.clone(), currency.clone(), Expr::val(self.currency.clone())],
        )
    }
}

impl Scope<'_> {
    /// A statement that counts records by the currency of their amount, apart from the reporting one.
    pub(super) fn by_currency(
        &mut self,
        path: &Path,
        mut conditions: Vec<Expr>,
    ) -> Result<Option<Statement>, StoreError> {
        let Some(currency) = self.currency(path)? else {
            return Ok(None);
        };
        let minor = self.column(path)?;
        conditions.push(self.frame.rates.foreign(&minor, &currency));
        let mut select = self.select()?;
        select
            .expr_as(currency, "currency")
            .expr_as(self.counted("amounts"), "records")
            .add_group_by([Expr::cust("1")]);
        if let Some(is_there) = self.is_there("amounts") {
            select.and_having(is_there);
        }
        for condition in conditions {
            select.and_where(condition);
        }
        Ok(Some(Statement::select(&select)))
    }
}
