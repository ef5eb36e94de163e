//! One cell to one value.

use std::borrow::Cow;

use crm_store::{
    catalog::{Field, FieldType},
    records::{Draft, Value as Stored, read_text, read_value},
};
use serde_json::{Map, Value};

use super::{
    convert::{canonical, short},
    mapping::Blank,
    plan::{Fill, Plan, Source, custom_type},
    rows::Cells,
};

/// What a row says about a field.
enum Said<'r> {
    /// The row does not have the column.
    Nothing,
    /// It is empty.
    Empty,
    Text(Cow<'r, str>),
    /// Something of JSON that is no text.
    Json(Cow<'r, Value>),
}

impl Fill {
    /// Sets a field of the draft, or notes why it cannot be.
    pub(super) fn set(&self, field: &'static Field, cells: Cells<'_>, plan: &Plan, draft: &mut Draft) {
        let value = match self.said(cells, plan) {
            Err(reason) => Err(reason),
            Ok(Said::Nothing) => return,
            Ok(Said::Empty) if plan.blank == Blank::Keep => return,
            Ok(Said::Empty) if field.required && field.preset.is_some() => return,
            Ok(Said::Empty) => Ok(Stored::Null),
            Ok(Said::Text(text)) => {
                canonical(field.kind, &text, &self.format).and_then(|text| read_text(field, &text))
            }
            Ok(Said::Json(json)) => read_value(field, &json),
        };
        match value {
            Ok(value) => {
                draft.set(field.name, value);
            }
            Err(reason) => draft.refuse(field.name, reason),
        }
    }

    /// Puts a value among the custom fields.
    pub(super) fn custom(
        &self,
        name: &str,
        cells: Cells<'_>,
        plan: &Plan,
        custom: &mut Map<String, Value>,
        draft: &mut Draft,
    ) {
        let value = match self.said(cells, plan) {
            Err(reason) => Err(reason),
            Ok(Said::Nothing) => return,
            Ok(Said::Empty) if plan.blank == Blank::Keep => return,
            Ok(Said::Empty) => Ok(Value::Null),
            Ok(Said::Json(json)) => Ok(json.into_owned()),
            Ok(Said::Text(text)) => match custom_type(&self.detail) {
                None => Ok(Value::String(text.into_owned())),
                Some(kind) => canonical(kind, &text, &self.format).and_then(|text| {
                    let json = if kind == FieldType::Boolean {
                        Some(Value::Bool(text == "true"))
                    } else {
                        serde_json::from_str(&text).ok()
                    };
                    json.ok_or_else(|| format!("{:?} must be a number", short(&text)))
                }),
            },
        };
        match value {
            Ok(value) => {
                custom.insert(name.to_owned(), value);
            }
            Err(reason) => draft.refuse("custom", format!("{name}: {reason}")),
        }
    }

    /// The text of a cell that is none of the things that mean nothing.
    pub(super) fn text(&self, cells: Cells<'_>, plan: &Plan) -> Result<Option<String>, String> {
        let text = match self.said(cells, plan)? {
            Said::Nothing | Said::Empty => return Ok(None),
            Said::Text(text) => text.trim().to_owned(),
            Said::Json(json) => match json.as_ref() {
                Value::Number(number) => number.to_string(),
                Value::Array(several) => match several.first() {
                    Some(Value::String(first)) => first.clone(),
                    Some(Value::Number(first)) => first.to_string(),
                    _ => return Ok(None),
                },
                _ => return Err("must be an external id".to_owned()),
            },
        };
        // `Associated Company IDs` of HubSpot: the first is the primary one.
        let text = text.split(';').next().unwrap_or_default().trim().to_owned();
        Ok((!text.is_empty()).then_some(text))
    }

    /// Whether an empty cell takes the value away.
    pub(super) fn clears(&self, cells: Cells<'_>, plan: &Plan) -> bool {
        plan.blank == Blank::Clear
            && self.prefixes.is_empty()
            && matches!(self.said(cells, plan), Ok(Said::Empty))
    }

    fn said<'r>(&'r self, cells: Cells<'r>, plan: &Plan) -> Result<Said<'r>, String> {
        let said = match (&self.detail.constant, &self.source) {
            (Some(constant), _) => of_json(constant),
            (None, Source::Nowhere) => Said::Empty,
            (None, Source::Columns(places)) => self.of_columns(places, cells, plan)?,
            (None, Source::Members(names)) => self.of_members(names, cells, plan),
        };
        let said = match said {
            Said::Text(text) => self.translated(text, plan),
            other => other,
        };
        Ok(match (said, &self.detail.default) {
            (Said::Empty | Said::Nothing, Some(default)) => of_json(default),
            (said, _) => said,
        })
    }

    fn of_columns<'r>(&self, places: &[usize], cells: Cells<'r>, plan: &Plan) -> Result<Said<'r>, String> {
        let Cells::Csv(record) = cells else {
            return Ok(Said::Nothing);
        };
        let mut joined: Option<String> = None;
        for place in places {
            let cell = record.get(*place).unwrap_or_default();
            let text = std::str::from_utf8(cell).map_err(|_| format!("column {} is not UTF-8", place + 1))?;
            if is_empty(text, plan) || !self.has_prefix(text) {
                continue;
            }
            match (&self.detail.join, &mut joined) {
                (None, _) => return Ok(Said::Text(Cow::Borrowed(text))),
                (Some(_), None) => joined = Some(text.trim().to_owned()),
                (Some(between), Some(joined)) => {
                    joined.push_str(between);
                    joined.push_str(text.trim());
                }
            }
        }
        Ok(joined.map_or(Said::Empty, |text| Said::Text(Cow::Owned(text))))
    }

    fn of_members<'r>(&self, names: &[String], cells: Cells<'r>, plan: &Plan) -> Said<'r> {
        let Cells::Json(row) = cells else {
            return Said::Nothing;
        };
        let mut there = false;
        for name in names {
            let Some(value) = member(row, name) else { continue };
            there = true;
            match value {
                Value::Null => {}
                Value::String(text) if is_empty(text, plan) || !self.has_prefix(text) => {}
                Value::String(text) => return Said::Text(Cow::Borrowed(text)),
                value => return Said::Json(Cow::Borrowed(value)),
            }
        }
        if there { Said::Empty } else { Said::Nothing }
    }

    fn has_prefix(&self, text: &str) -> bool {
        let text = text.trim();
        // An address may stand where an id is expected: `@` stands for that.
        self.prefixes.is_empty()
            || self.prefixes.iter().any(|prefix| match prefix.as_str() {
                "@" => text.contains('@'),
                prefix => text.starts_with(prefix),
            })
    }

    /// What the other system's word is called here.
    fn translated<'r>(&'r self, text: Cow<'r, str>, plan: &Plan) -> Said<'r> {
        if self.detail.salesforce_id {
            return Said::Text(salesforce_id(text));
        }
        if self.values.is_empty() && self.detail.otherwise.is_none() {
            return Said::Text(text);
        }
        let said = match self.values.get(&text.trim().to_lowercase()) {
            Some(value) => of_json(value),
            None => match &self.detail.otherwise {
                Some(value) => of_json(value),
                None => Said::Text(text),
            },
        };
        match said {
            Said::Text(text) if is_empty(&text, plan) => Said::Empty,
            said => said,
        }
    }
}

fn of_json(value: &Value) -> Said<'_> {
    match value {
        Value::Null => Said::Empty,
        Value::String(text) => Said::Text(Cow::Borrowed(text)),
        value => Said::Json(Cow::Borrowed(value)),
    }
}

fn is_empty(text: &str, plan: &Plan) -> bool {
    let text = text.trim();
    text.is_empty() || (!plan.empty.is_empty() && plan.empty.contains(&text.to_lowercase()))
}

/// A member by its name, or by a path with points.
fn member<'r>(row: &'r Map<String, Value>, name: &str) -> Option<&'r Value> {
    if let Some(value) = row.get(name) {
        return Some(value);
    }
    let mut parts = name.split('.');
    let mut value = row.get(parts.next()?)?;
    let mut deeper = false;
    for part in parts {
        value = value.get(part)?;
        deeper = true;
    }
    deeper.then_some(value)
}

/// The id of 18 characters, which is the same whatever the case, for one of 15.
fn salesforce_id(text: Cow<'_, str>) -> Cow<'_, str> {
    let id = text.trim();
    if id.len() != 15 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return text;
    }
    let mut long = id.to_owned();
    for part in id.as_bytes().chunks(5) {
        let bits = part
            .iter()
            .enumerate()
            .filter(|(_, byte)| byte.is_ascii_uppercase())
            .fold(0_u8, |bits, (place, _)| bits | 1 << place);
        long.push(char::from(if bits < 26 { b'A' + bits } else { b'0' + bits - 26 }));
    }
    Cow::Owned(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_15_characters_gets_its_checksum() {
        let long = |id: &'static str| salesforce_id(Cow::Borrowed(id)).into_owned();
        assert_eq!(long("0018000000AbcDE"), "0018000000AbcDEAAZ");
        assert_eq!(long("001800000000000"), "001800000000000AAA");
        assert_eq!(long("a@b.example"), "a@b.example");
        assert_eq!(long("0018000000AbcDEAAY"), "0018000000AbcDEAAY");
    }
}
