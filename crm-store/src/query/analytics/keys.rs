//! What groups are made by.

use sea_query::Expr;

use super::{
    calendar, custom, names,
    scope::{Scope, said},
};
use crate::{
    StoreError,
    analytics::{Key, Path},
    catalog::{FieldType, Object},
};

/// How a column reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Boolean,
    /// A numeric.
    Number,
    Date,
    Time,
    /// An id, of a record of this object if that is known.
    Record(Option<&'static Object>),
}

impl Scope<'_> {
    /// A key, and how it reads.
    pub(super) fn key(&mut self, key: &Key) -> Result<(Expr, Kind), StoreError> {
        match key {
            Key::Value(path) => {
                if matches!(path.field.kind, FieldType::Money(_) | FieldType::Decimal) {
                    return Err(StoreError::invalid(
                        said(path),
                        "makes no groups; use it as a measure, or in a filter",
                    ));
                }
                self.shown(path)
            }
            Key::Calendar(path, grain) => {
                if path.custom.is_some() || !matches!(path.field.kind, FieldType::Date | FieldType::Time) {
                    return Err(StoreError::invalid(said(path), "is no day and no moment"));
                }
                let column = self.column(path)?;
                let reporting = self.frame.reporting;
                let day = calendar::day(column, path.field.kind, reporting.timezone);
                Ok((calendar::stretch(day, *grain, reporting), Kind::Date))
            }
        }
    }

    /// The value of a path, and how it reads.
    pub(super) fn shown(&mut self, path: &Path) -> Result<(Expr, Kind), StoreError> {
        let column = self.column(path)?;
        if path.custom.is_some() {
            return Ok((custom("($1 #>> '{}')", [column]), Kind::Text));
        }
        Ok(match path.field.kind {
            FieldType::Id => (column, Kind::Record(names::target(path.object, path.field))),
            FieldType::Integer | FieldType::BigInteger | FieldType::Decimal => {
                (custom("($1)::numeric", [column]), Kind::Number)
            }
            FieldType::Money(_) => {
                let currency = self.currency(path)?.unwrap_or_else(|| Expr::cust("NULL"));
                let converted = self.frame.rates.converted(&column, &currency);
                let digits = self.frame.rates.digits;
                (
                    Expr::cust_with_exprs(format!("round($1, {digits})"), [converted]),
                    Kind::Number,
                )
            }
            FieldType::Boolean => (column, Kind::Boolean),
            FieldType::Time => (column, Kind::Time),
            FieldType::Date => (column, Kind::Date),
            FieldType::Text
            | FieldType::LongText
            | FieldType::Enum(_)
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Url
            | FieldType::Currency
            | FieldType::Language
            | FieldType::Country => (column, Kind::Text),
            FieldType::Json | FieldType::Bytes => {
                return Err(StoreError::invalid(
                    said(path),
                    "has no value that can be shown in a table",
                ));
            }
        })
    }
}
