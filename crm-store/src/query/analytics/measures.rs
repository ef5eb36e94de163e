//! Numbers of groups.

use sea_query::Expr;

use super::{
    calendar, custom,
    scope::{Scope, said},
};
use crate::{
    StoreError,
    analytics::{Aggregate, Formula, Measure, Path, Span, Summary},
    catalog::FieldType,
};

/// How many decimals numbers have that are no amounts: shares, hours, days.
pub(super) const DECIMALS: u32 = 6;

/// A number of a group as SQL.
#[derive(Debug, Clone)]
pub(super) struct Number {
    /// Exact, not rounded; a numeric.
    pub(super) value: Expr,
    pub(super) digits: u32,
    /// Whether those of groups can be added up; such a number is 0, not null, where there are no records.
    pub(super) additive: bool,
    /// How many records have no value for it.
    pub(super) missing: Option<Expr>,
    /// How many records have an amount in another currency than the reporting one.
    pub(super) foreign: Option<Expr>,
}

impl Number {
    /// One number as a share of another; null when the other is 0.
    pub(super) fn over(self, by: Self) -> Self {
        Self {
            value: custom("($1) / NULLIF($2, 0)", [self.value, by.value]),
            digits: DECIMALS,
            additive: false,
            missing: self.missing,
            foreign: self.foreign.or(by.foreign),
        }
    }
}

/// An aggregate over all rows or over some.
pub(super) fn over(aggregate: &str, value: &Expr, only: Option<&Expr>) -> Expr {
    match only {
        Some(only) => Expr::cust_with_exprs(
            format!("{aggregate} FILTER (WHERE $2)"),
            [value.clone(), only.clone()],
        ),
        None => Expr::cust_with_exprs(aggregate.to_owned(), [value.clone()]),
    }
}

/// A number in JSON; null for anything else.
pub(super) fn json_number(json: Expr) -> Expr {
    custom(
        "(CASE WHEN jsonb_typeof($1) = 'number' THEN ($2 #>> '{}')::numeric END)",
        [json.clone(), json],
    )
}

/// Records that count and fulfil a condition.
fn count(condition: &Expr, only: Option<&Expr>) -> Expr {
    match only {
        Some(only) => custom(
            "count(*) FILTER (WHERE ($1) AND ($2))",
            [only.clone(), condition.clone()],
        ),
        None => custom("count(*) FILTER (WHERE $1)", [condition.clone()]),
    }
}

fn exact(value: Expr) -> Expr {
    custom("($1)::numeric", [value])
}

/// A number that groups have, before it is rounded.
pub(super) fn rounded(number: &Number) -> Expr {
    Expr::cust_with_exprs(format!("round($1, {})", number.digits), [number.value.clone()])
}

impl Scope<'_> {
    /// A column of numbers. The share of quotas is completed where the groups are known.
    pub(super) fn measure(&mut self, measure: &Measure) -> Result<Number, StoreError> {
        match measure {
            Measure::Plain(formula) => self.formula(formula),
            Measure::Attainment(formula) => Ok(Number {
                digits: DECIMALS,
                additive: false,
                ..self.formula(formula)?
            }),
            Measure::Total { of, and } => {
                let (of, and) = (self.formula(of)?, self.formula(and)?);
                let both = |one: Option<Expr>, other: Option<Expr>| match (one, other) {
                    (Some(one), Some(other)) => Some(custom("($1 + $2)", [one, other])),
                    (one, other) => one.or(other),
                };
                Ok(Number {
                    value: custom("(($1) + ($2))", [of.value, and.value]),
                    digits: of.digits.max(and.digits),
                    additive: of.additive && and.additive,
                    missing: both(of.missing, and.missing),
                    foreign: both(of.foreign, and.foreign),
                })
            }
            Measure::Ratio { of, by } => {
                let (of, by) = (self.formula(of)?, self.formula(by)?);
                Ok(of.over(by))
            }
        }
    }

    fn formula(&mut self, formula: &Formula) -> Result<Number, StoreError> {
        if self.sums.is_some() {
            return self.summed_formula(formula);
        }
        let only = self.conditions(&formula.only)?;
        let only = only.as_ref();
        match &formula.aggregate {
            Aggregate::Count => Ok(Number {
                value: exact(match only {
                    Some(only) => custom("count(*) FILTER (WHERE $1)", [only.clone()]),
                    None => Expr::cust("count(*)"),
                }),
                digits: 0,
                additive: true,
                missing: None,
                foreign: None,
            }),
            Aggregate::CountDistinct(path) => {
                let column = self.column(path)?;
                Ok(Number {
                    value: exact(over("count(DISTINCT $1)", &column, only)),
                    digits: 0,
                    additive: false,
                    missing: None,
                    foreign: None,
                })
            }
            Aggregate::Of(summary, path) => self.summary(*summary, path, only),
            Aggregate::Weighted { amount, percent } => self.weighted(amount, percent, only),
            Aggregate::Between {
                from,
                to,
                unit,
                summary,
            } => self.between(from, to, *unit, *summary, only),
        }
    }

    fn summary(&mut self, summary: Summary, path: &Path, only: Option<&Expr>) -> Result<Number, StoreError> {
        let column = self.column(path)?;
        let missing = count(&custom("$1 IS NULL", [column.clone()]), only);
        if let Some(currency) = self.currency(path)? {
            let rates = self.frame.rates;
            let value = if summary == Summary::Sum {
                rates.sum(&column, &currency, only)
            } else {
                summed(summary, &rates.converted(&column, &currency), only)
            };
            return Ok(Number {
                value,
                digits: rates.digits,
                additive: summary == Summary::Sum,
                missing: Some(missing),
                foreign: Some(count(&rates.foreign(&column, &currency), only)),
            });
        }
        let value = self.numeric(path)?;
        Ok(Number {
            value: summed(summary, &value, only),
            digits: DECIMALS,
            additive: summary == Summary::Sum,
            missing: Some(if path.custom.is_some() {
                count(&custom("$1 IS NULL", [value]), only)
            } else {
                missing
            }),
            foreign: None,
        })
    }

    /// The number of a record: amounts in the reporting currency.
    fn numeric(&mut self, path: &Path) -> Result<Expr, StoreError> {
        let column = self.column(path)?;
        if path.custom.is_some() {
            return Ok(json_number(column));
        }
        match path.field.kind {
            FieldType::Integer | FieldType::BigInteger | FieldType::Decimal => Ok(exact(column)),
            FieldType::Money(_) => {
                let currency = self.currency(path)?.unwrap_or_else(|| Expr::cust("NULL"));
                Ok(self.frame.rates.converted(&column, &currency))
            }
            _ => Err(StoreError::invalid(
                said(path),
                "is no number; count its values, or take a field that holds numbers",
            )),
        }
    }

    fn weighted(&mut self, amount: &Path, percent: &Path, only: Option<&Expr>) -> Result<Number, StoreError> {
        let (value, share) = (self.numeric(amount)?, self.numeric(percent)?);
        let column = self.column(amount)?;
        let foreign = match self.currency(amount)? {
            Some(currency) => Some(count(&self.frame.rates.foreign(&column, &currency), only)),
            None => None,
        };
        let digits = if foreign.is_some() {
            self.frame.rates.digits
        } else {
            DECIMALS
        };
        let product = custom("($1) * ($2)", [value, share.clone()]);
        Ok(Number {
            // Divided last, so that nothing is rounded on the way.
            value: custom("(COALESCE($1, 0) / 100)", [over("sum($1)", &product, only)]),
            digits,
            additive: true,
            missing: Some(count(&custom("$1 IS NULL OR $2 IS NULL", [column, share]), only)),
            foreign,
        })
    }

    fn between(
        &mut self,
        from: &Path,
        to: &Path,
        unit: Span,
        summary: Summary,
        only: Option<&Expr>,
    ) -> Result<Number, StoreError> {
        let zone = self.frame.reporting.timezone;
        let dates = from.field.kind == FieldType::Date && to.field.kind == FieldType::Date;
        let mut ends = Vec::with_capacity(2);
        for path in [from, to] {
            if path.custom.is_some() || !matches!(path.field.kind, FieldType::Date | FieldType::Time) {
                return Err(StoreError::invalid(said(path), "is no day and no moment"));
            }
            let column = self.column(path)?;
            ends.push(if dates {
                column
            } else {
                calendar::moment(column, path.field.kind, zone)
            });
        }
        let seconds = match unit {
            Span::Hours => 3_600,
            Span::Days => 86_400,
        };
        // Days of the calendar have 24 hours each, whatever the clock does.
        let value = if dates {
            Expr::cust_with_exprs("(($2 - $1)::numeric * 86400)", ends)
        } else {
            Expr::cust_with_exprs("extract(epoch FROM $2 - $1)", ends)
        };
        let length = summed(summary, &value, only);
        Ok(Number {
            // Divided last, so that nothing is rounded on the way.
            value: Expr::cust_with_exprs(format!("($1 / {seconds})"), [length]),
            digits: DECIMALS,
            additive: summary == Summary::Sum,
            missing: Some(count(&custom("$1 IS NULL", [value]), only)),
            foreign: None,
        })
    }
}

fn summed(summary: Summary, value: &Expr, only: Option<&Expr>) -> Expr {
    match summary {
        Summary::Sum => custom("COALESCE($1, 0)", [over("sum($1)", value, only)]),
        Summary::Average => over("avg($1)", value, only),
        Summary::Minimum => over("min($1)", value, only),
        Summary::Maximum => over("max($1)", value, only),
        // The mean of the two in the middle, exactly; percentile_cont would go over floating point.
        Summary::Median => {
            let lower = over("percentile_disc(0.5) WITHIN GROUP (ORDER BY $1)", value, only);
            let upper = over(
                "percentile_disc(0.5) WITHIN GROUP (ORDER BY $1 DESC)",
                value,
                only,
            );
            custom("(($1 + $2) / 2)", [lower, upper])
        }
    }
}
