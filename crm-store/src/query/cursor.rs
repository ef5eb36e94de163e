//! Places in lists, as opaque texts that hold for one list only.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Condition, value::stored_json};
use crate::{
    StoreError,
    catalog::{Field, FieldType, Object},
    records::{Money, Value, parse},
};

/// The last record that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Position {
    /// What the list is sorted by; [`Value::Null`] for a record without a value.
    pub(crate) key: Value,
    /// The id, which decides between equal keys.
    pub(crate) id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Written {
    /// The list that it belongs to.
    l: String,
    /// The key.
    k: Json,
    /// The id.
    i: Uuid,
}

/// What makes a list the same list: the object, the filters, the order, the words looked for.
pub(crate) fn fingerprint(
    object: &Object,
    filters: &[Condition],
    sort: &str,
    q: Option<&str>,
    deleted: bool,
) -> String {
    let said = serde_json::json!([object.name, filters, sort, q, deleted]).to_string();
    let hash = Sha256::digest(said.as_bytes());
    hex::encode(hash.get(..8).unwrap_or_default())
}

pub(crate) fn encode_cursor(list: &str, field: &Field, position: &Position) -> String {
    let key = match (&position.key, field.kind) {
        // Minor units order amounts, whatever their currency.
        (Value::Money(_), FieldType::Money(_)) => stored_json(&position.key),
        (key, _) => stored_json(key),
    };
    let written = Written {
        l: list.to_owned(),
        k: key,
        i: position.id,
    };
    URL_SAFE_NO_PAD.encode(serde_json::json!(written).to_string())
}

pub(crate) fn decode_cursor(list: &str, field: &Field, cursor: &str) -> Result<Position, StoreError> {
    let wrong = || {
        StoreError::invalid(
            "cursor",
            "must be a next_cursor of this list, with the same filters, sort and q",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let written: Written = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    if written.l != list {
        return Err(wrong());
    }
    let key = match field.kind {
        FieldType::Money(_) => match written.k {
            Json::Null => Value::Null,
            minor => minor
                .as_i64()
                .map(|minor| Value::Money(Money::from_minor(minor, "XXX")))
                .ok_or_else(wrong)?,
        },
        _ if written.k.is_null() => Value::Null,
        // Text is kept as it is, also what would be refused as a new value.
        _ => match (parse::parse(field, &written.k), &written.k) {
            (Ok(key), _) if !key.is_null() => key,
            (_, Json::String(text)) if field.kind.column_type() == "text" && !text.contains('\0') => {
                Value::Text(text.clone())
            }
            _ => return Err(wrong()),
        },
    };
    Ok(Position { key, id: written.i })
}
