//! Rows to records.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    StoreError,
    catalog::{Field, FieldType, Object},
    records::{Money, Record, Value},
};

/// The fields that a statement reads, in the order of its columns.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) object: &'static Object,
    pub(crate) fields: Vec<&'static Field>,
    /// What the reader asked for; the rest is read because something else needs it.
    wanted: Option<Vec<&'static str>>,
}

impl Columns {
    /// Every field.
    pub(crate) fn all(object: &'static Object) -> Self {
        let readable = |field: &&Field| field.kind != FieldType::Bytes;
        Self {
            object,
            fields: object.fields.iter().filter(readable).collect(),
            wanted: None,
        }
    }

    /// These fields, and those that they need: the id, the version, the currency of an amount.
    pub(crate) fn of(object: &'static Object, wanted: &[&'static Field]) -> Self {
        let mut columns = Self {
            object,
            fields: wanted.to_vec(),
            wanted: Some(wanted.iter().map(|field| field.name).collect()),
        };
        for name in ["id", "version"] {
            columns.need(name);
        }
        for field in wanted {
            if let FieldType::Money(currency) = field.kind {
                columns.need(currency);
            }
        }
        columns
    }

    /// Reads a field too, without showing it.
    pub(crate) fn need(&mut self, name: &str) {
        if let Some(field) = self.object.field(name)
            && !self.fields.iter().any(|known| known.name == name)
        {
            self.fields.push(field);
            if let FieldType::Money(currency) = field.kind {
                self.need(currency);
            }
        }
    }

    /// Takes out of a record what was read for other reasons than being asked for.
    pub(crate) fn trim(&self, record: &mut Record) {
        if let Some(wanted) = &self.wanted {
            record
                .values
                .retain(|name, _| wanted.contains(name) || *name == "id");
        }
    }
}

/// Reads a record out of a row that has these columns, in their order, from `first` on.
pub(crate) fn record(columns: &Columns, row: &PgRow) -> Result<Record, StoreError> {
    let mut values = BTreeMap::new();
    let mut amounts = Vec::new();
    for (index, field) in columns.fields.iter().enumerate() {
        if let FieldType::Money(currency) = field.kind {
            let minor: Option<i64> = row.try_get(index)?;
            amounts.push((field.name, currency, minor));
        } else {
            values.insert(field.name, value(field, row, index)?);
        }
    }
    for (name, currency, minor) in amounts {
        let code = values.get(currency).and_then(Value::as_text).unwrap_or("XXX");
        let money = minor.map(|minor| Money::from_minor(minor, code));
        values.insert(name, money.into());
    }
    let id = values.get("id").and_then(Value::as_id);
    Ok(Record {
        object: columns.object,
        id: id.ok_or_else(|| StoreError::Corrupt {
            what: format!("the id of a {}", columns.object.name),
        })?,
        version: values.get("version").and_then(Value::as_integer).unwrap_or(1),
        values,
        includes: BTreeMap::new(),
    })
}

fn value(field: &Field, row: &PgRow, index: usize) -> Result<Value, StoreError> {
    Ok(match field.kind {
        FieldType::Id => row.try_get::<Option<Uuid>, _>(index)?.into(),
        FieldType::Integer => row.try_get::<Option<i32>, _>(index)?.map(i64::from).into(),
        FieldType::BigInteger | FieldType::Money(_) => row.try_get::<Option<i64>, _>(index)?.into(),
        FieldType::Boolean => row.try_get::<Option<bool>, _>(index)?.into(),
        FieldType::Time => row.try_get::<Option<DateTime<Utc>>, _>(index)?.into(),
        FieldType::Date => row.try_get::<Option<NaiveDate>, _>(index)?.into(),
        FieldType::Decimal => row.try_get::<Option<Decimal>, _>(index)?.into(),
        FieldType::Json => row
            .try_get::<Option<serde_json::Value>, _>(index)?
            .map_or(Value::Null, Value::Json),
        FieldType::Bytes => Value::Null,
        FieldType::Text
        | FieldType::LongText
        | FieldType::Enum(_)
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Url
        | FieldType::Currency
        | FieldType::Language
        | FieldType::Country => row.try_get::<Option<String>, _>(index)?.into(),
    })
}
