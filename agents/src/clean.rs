//! Text that Postgres can keep: anything but the character NUL.

use std::borrow::Cow;

use serde_json::Value;

/// The text without NUL, which no model means and neither text nor JSON of
/// Postgres can hold.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// The value with no NUL in any of its texts and names.
pub(crate) fn value(value: Value) -> Value {
    match value {
        Value::String(s) if s.contains('\0') => Value::String(s.replace('\0', "")),
        Value::Array(items) => Value::Array(items.into_iter().map(self::value).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, field)| (text(&name).into_owned(), self::value(field)))
                .collect(),
        ),
        other => other,
    }
}

/// Whether a text of the value has a NUL.
pub(crate) fn is_dirty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(is_dirty),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, field)| name.contains('\0') || is_dirty(field)),
        _ => false,
    }
}
