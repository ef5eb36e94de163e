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

    /// An amount compared with one in the reporting currency; null without a rate.
    ///
    /// Compared are minor units with the bound of their currency: nothing is multiplied for a row, and the least or greatest
    /// of the bounds is found in an index.
    pub(super) fn compared(&self, minor: &Expr, currency: &Expr, sql: &str, value: Decimal) -> Expr {
        match self.bounds(sql, value) {
            Some(bounds) if !bounds.is_empty() => {
                let ends = bounds.iter().map(|(_, bound)| *bound);
                let outer = if sql.starts_with('>') {
                    ends.min()
                } else {
                    ends.max()
                };
                let mut text = format!("($1 {sql} $2 AND $3 {sql} CASE $4");
                let mut parts = vec![minor.clone(), Expr::val(outer), minor.clone(), currency.clone()];
                for (code, bound) in bounds {
                    parts.push(Expr::val(code.clone()));
                    parts.push(Expr::val(bound));
                    let _ = write!(text, " WHEN ${} THEN ${}::bigint", parts.len() - 1, parts.len());
                }
                text.push_str(" END)");
                Expr::cust_with_exprs(text, parts)
            }
            _ => {
                let converted = self.converted(minor, currency);
                Expr::cust_with_exprs(format!("($1 {sql} $2)"), [converted, Expr::val(value)])
            }
        }
    }

    /// What the minor units of each currency are compared with; none if that cannot be told exactly.
    pub(super) fn bounds(&self, sql: &str, value: Decimal) -> Option<Vec<(&String, i64)>> {
        let up = match sql {
            ">" | "<=" => false,
            ">=" | "<" => true,
            _ => return None,
        };
        self.factors
            .iter()
            .map(|(code, factor)| Some((code, quotient(value, *factor, up)?)))
            .collect()
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
                of = custom("($1) AND ($2)", [only.clone(), of]);
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

/// The whole number at a quotient, below or above it; none if it is too great or divided by nothing.
fn quotient(value: Decimal, by: Decimal, up: bool) -> Option<i64> {
    let ten = |digits: u32| 10_i128.checked_pow(digits);
    let above = value.mantissa().checked_mul(ten(by.scale())?)?;
    let below = by.mantissa().checked_mul(ten(value.scale())?)?;
    if below <= 0 {
        return None;
    }
    let whole = if up {
        above.checked_neg()?.div_euclid(below).checked_neg()?
    } else {
        above.div_euclid(below)
    };
    i64::try_from(whole).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_bound_is_the_whole_number_next_to_the_quotient_exactly() {
        for (value, by, below, above) in [
            ("50000", "0.009", 5_555_555, 5_555_556),
            ("50000", "0.01", 5_000_000, 5_000_000),
            ("-0.5", "0.01", -50, -50),
            ("-1", "0.009", -112, -111),
            // Nine ones and more: times nine it falls short of one.
            ("1", "0.0111111111111111111111111111", 90, 91),
        ] {
            let at = |up| quotient(number(value), number(by), up).unwrap();
            assert_eq!((at(false), at(true)), (below, above), "{value} by {by}");
        }
        assert_eq!(quotient(number("1"), Decimal::ZERO, true), None);
        assert_eq!(quotient(Decimal::MAX, number("0.0001"), true), None);
    }
}
