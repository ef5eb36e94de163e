//! Conditions on records.

use sea_query::Expr;
use serde_json::Value as Json;

use super::{
    super::{Condition, Op, Subject},
    all, calendar, custom,
    scope::{Scope, said},
};
use crate::{
    StoreError,
    analytics::{DayRange, Filter, Path},
    catalog::{self, FieldType},
    records::{Value, parse},
};

impl Scope<'_> {
    /// All of the filters together; none when there are none.
    pub(super) fn conditions(&mut self, filters: &[Filter]) -> Result<Option<Expr>, StoreError> {
        let conditions = filters
            .iter()
            .map(|filter| self.condition(filter))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(all(conditions))
    }

    fn condition(&mut self, filter: &Filter) -> Result<Expr, StoreError> {
        match filter {
            Filter::Field { path, op, value } => self.compared(path, *op, value),
            Filter::Within(path, days) => self.within(path, *days),
            Filter::Any(filters) => {
                let any = filters
                    .iter()
                    .map(|filter| self.condition(filter))
                    .collect::<Result<Vec<_>, _>>()?
                    .into_iter()
                    .reduce(|one, other| custom("($1) OR ($2)", [one, other]));
                // Of nothing nothing holds.
                Ok(any.unwrap_or_else(|| Expr::cust("false")))
            }
            Filter::Not(filter) => {
                let condition = self.condition(filter)?;
                Ok(custom("(($1) IS NOT TRUE)", [condition]))
            }
        }
    }

    fn within(&mut self, path: &Path, days: DayRange) -> Result<Expr, StoreError> {
        if path.custom.is_some() || !matches!(path.field.kind, FieldType::Date | FieldType::Time) {
            return Err(StoreError::invalid(said(path), "is no day and no moment"));
        }
        let column = self.column(path)?;
        Ok(calendar::within(
            &column,
            path.field.kind,
            days,
            self.frame.reporting.timezone,
        ))
    }

    fn compared(&mut self, path: &Path, op: Op, value: &Json) -> Result<Expr, StoreError> {
        if path.custom.is_some() {
            return self.custom_field(path, op, value);
        }
        if matches!(path.field.kind, FieldType::Money(_)) {
            if let Some(sql) = comparison(op) {
                return self.amount(path, sql, value);
            }
            if let (Op::In, Json::Array(values)) = (op, value) {
                let any = values.iter().map(|value| Filter::Field {
                    path: path.clone(),
                    op: Op::Eq,
                    value: value.clone(),
                });
                return self.condition(&Filter::Any(any.collect()));
            }
        }
        // What is joined, or has no rate, may be missing, and is then not this value either.
        if op == Op::Ne && (!path.steps.is_empty() || matches!(path.field.kind, FieldType::Money(_))) {
            let same = self.compared(path, Op::Eq, value)?;
            return Ok(custom("(($1) IS NOT TRUE)", [same]));
        }
        if op == Op::Contains && (path.object.name == catalog::USER.name || !is_text(path.field.kind)) {
            return self.contains(path, value);
        }
        let (alias, object) = self.walk(path)?;
        let subject = Subject {
            object,
            access: Some(self.frame.access),
        };
        let condition = Condition::new(path.field.name, op, value.clone());
        let checked = subject.check_any(&condition)?;
        checked.expr_on(&alias, object, &self.frame.reporting.currency)
    }

    /// A part of the text of a field that is not searched by words: the name of a colleague.
    fn contains(&mut self, path: &Path, value: &Json) -> Result<Expr, StoreError> {
        let invalid = |message: &str| StoreError::invalid(said(path), message);
        if !is_text(path.field.kind) {
            return Err(invalid("is no text; compare it with eq or in"));
        }
        let part = value
            .as_str()
            .filter(|part| !part.trim().is_empty() && !part.contains('\0'))
            .ok_or_else(|| invalid("must be text"))?;
        let column = self.column(path)?;
        Ok(custom(
            "position(lower($2) IN lower($1)) > 0",
            [column, Expr::val(part)],
        ))
    }

    /// An amount compared with one in the reporting currency, or in the currency that it says.
    fn amount(&mut self, path: &Path, sql: &'static str, value: &Json) -> Result<Expr, StoreError> {
        let invalid = |message: String| StoreError::invalid(said(path), message);
        let Value::Money(money) = parse::parse(path.field, value).map_err(invalid)? else {
            return Err(invalid("must be an amount".to_owned()));
        };
        let minor = self.column(path)?;
        let currency = self.currency(path)?.unwrap_or_else(|| Expr::cust("NULL"));
        if let Some(code) = &money.currency {
            let wanted = money.minor(code).map_err(invalid)?;
            return Ok(Expr::cust_with_exprs(
                format!("($1 {sql} $2 AND $3 = $4)"),
                [minor, Expr::val(wanted), currency, Expr::val(code.clone())],
            ));
        }
        Ok(self.frame.rates.compared(&minor, &currency, sql, money.amount))
    }

    /// A field that the tenant added: compared as text, or as a number with a number.
    fn custom_field(&mut self, path: &Path, op: Op, value: &Json) -> Result<Expr, StoreError> {
        let invalid = |message: &str| StoreError::invalid(said(path), message);
        let json = self.column(path)?;
        let text = custom("($1 #>> '{}')", [json.clone()]);
        let word = |value: &Json| match value {
            Json::String(word) => Ok(word.clone()),
            Json::Bool(_) | Json::Number(_) => Ok(value.to_string()),
            _ => Err(invalid("must be a word or a number")),
        };
        match op {
            Op::IsNull => match value {
                Json::Bool(true) => Ok(custom("$1 IS NULL", [text])),
                Json::Bool(false) => Ok(custom("$1 IS NOT NULL", [text])),
                _ => Err(invalid("must be true or false")),
            },
            Op::In => {
                let words = value
                    .as_array()
                    .ok_or_else(|| invalid("must be a list of values"))?
                    .iter()
                    .map(word)
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(custom("$1 = ANY($2)", [text, Expr::val(words)]))
            }
            Op::Contains => Ok(custom(
                "position(lower($2) IN lower($1)) > 0",
                [text, Expr::val(word(value)?)],
            )),
            Op::Eq => Ok(custom("$1 = $2", [text, Expr::val(word(value)?)])),
            Op::Ne => Ok(custom("$1 IS DISTINCT FROM $2", [text, Expr::val(word(value)?)])),
            Op::Lt | Op::Lte | Op::Gt | Op::Gte => {
                let sql = comparison(op).unwrap_or("=");
                match value {
                    Json::Number(number) => {
                        let number: rust_decimal::Decimal = number
                            .to_string()
                            .parse()
                            .map_err(|_| invalid("is no number that can be compared"))?;
                        Ok(Expr::cust_with_exprs(
                            format!("$1 {sql} $2"),
                            [super::measures::json_number(json), Expr::val(number)],
                        ))
                    }
                    value => Ok(Expr::cust_with_exprs(
                        format!("$1 COLLATE \"C\" {sql} $2"),
                        [text, Expr::val(word(value)?)],
                    )),
                }
            }
        }
    }
}

fn is_text(kind: FieldType) -> bool {
    kind.column_type() == "text"
}

fn comparison(op: Op) -> Option<&'static str> {
    match op {
        Op::Eq => Some("="),
        Op::Lt => Some("<"),
        Op::Lte => Some("<="),
        Op::Gt => Some(">"),
        Op::Gte => Some(">="),
        Op::Ne | Op::In | Op::Contains | Op::IsNull => None,
    }
}
