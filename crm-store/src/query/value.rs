//! Typed values as Postgres keeps them.

use chrono::SecondsFormat;
use serde_json::{Value as Json, json};

use crate::{
    catalog::{Field, FieldType},
    records::{Money, Value},
};

/// A value to compare a column with; none for [`Value::Null`] and what the column cannot hold.
pub(crate) fn stored_value(field: &Field, value: &Value) -> Option<sea_query::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Text(text) => text.clone().into(),
        Value::Integer(number) if field.kind == FieldType::Integer => i32::try_from(*number).ok()?.into(),
        Value::Integer(number) => (*number).into(),
        Value::Decimal(number) => (*number).into(),
        Value::Boolean(flag) => (*flag).into(),
        Value::Time(at) => (*at).into(),
        Value::Date(day) => (*day).into(),
        Value::Id(id) => (*id).into(),
        Value::Json(json) => json.clone().into(),
        Value::Money(money) => minor(money)?.into(),
    })
}

/// A value as a member of the JSON that `jsonb_populate_recordset` reads rows from.
pub(crate) fn stored_json(value: &Value) -> Json {
    match value {
        Value::Time(at) => json!(at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        Value::Decimal(number) => json!(number.to_string()),
        Value::Money(money) => minor(money).map_or(Json::Null, Json::from),
        other => other.to_json(),
    }
}

pub(super) fn minor(money: &Money) -> Option<i64> {
    money.minor(money.currency.as_deref()?).ok()
}
