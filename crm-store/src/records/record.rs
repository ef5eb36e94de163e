//! A record as it was read.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Value;
use crate::{
    access::{Access, FieldRule},
    catalog::Object,
};

/// A record, or the part of it that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What it is.
    pub object: &'static Object,
    /// Which one.
    pub id: Uuid,
    /// Counts the changes; 1 where the object does not count them.
    pub version: i64,
    /// The values by name of field; a field that was not asked for is not there.
    pub values: BTreeMap<&'static str, Value>,
    /// Records of other objects that were asked for with it, by name of the relation.
    pub includes: BTreeMap<&'static str, Included>,
}

/// What a relation leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Included {
    /// The one record that a field names, if there is one that the actor may see.
    One(Option<Box<Record>>),
    /// The records that name this one, latest first, at most [`super::MAX_INCLUDED`].
    Many(Vec<Record>),
}

impl Record {
    /// The value of a field; [`Value::Null`] when it has none or was not asked for.
    pub fn get(&self, field: &str) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }

    /// The text of a field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.get(field).as_text()
    }

    /// The id in a field.
    pub fn reference(&self, field: &str) -> Option<Uuid> {
        self.get(field).as_id()
    }

    /// What names the record for people; empty when it has no name or none was asked for.
    pub fn title(&self) -> &str {
        self.object
            .rules()
            .and_then(|rules| self.text(rules.title))
            .unwrap_or_default()
    }

    /// Whether the record is named by a value that the actor may not see: who has no name is named by an address.
    fn named_by_closed(&self, access: &Access) -> bool {
        let name = self.get("name");
        !name.is_null()
            && names_of(self.object)
                .iter()
                .any(|field| is_closed(access, self.object, field) && self.get(field) == name)
    }

    /// Takes the name away where it is a value that the actor may not see, before the other fields are left out.
    pub(super) fn close_name(&mut self, access: &Access) {
        if self.named_by_closed(access) {
            self.values.insert("name", Value::Null);
        }
    }

    /// As the API shows it to an actor: hidden fields are not there, masked ones are null and named in `masked_fields`.
    pub fn to_json(&self, access: &Access) -> Map<String, Json> {
        let mut shown = Map::new();
        let mut masked = Vec::new();
        for field in self.object.fields {
            let Some(value) = self.values.get(field.name) else {
                continue;
            };
            let json = match access.field_rule(self.object, field.name) {
                Some(FieldRule::Hidden) => continue,
                Some(FieldRule::Masked) => {
                    masked.push(Json::from(field.name));
                    Json::Null
                }
                Some(FieldRule::ReadOnly) | None if field.name == "name" && self.named_by_closed(access) => {
                    masked.push(Json::from(field.name));
                    Json::Null
                }
                Some(FieldRule::ReadOnly) | None => value.to_json(),
            };
            shown.insert(field.name.to_owned(), json);
        }
        if !masked.is_empty() {
            shown.insert("masked_fields".to_owned(), Json::Array(masked));
        }
        for (name, included) in &self.includes {
            let json = match included {
                Included::One(one) => one
                    .as_ref()
                    .map_or(Json::Null, |record| Json::Object(record.to_json(access))),
                Included::Many(many) => many
                    .iter()
                    .map(|record| Json::Object(record.to_json(access)))
                    .collect(),
            };
            shown.insert((*name).to_owned(), json);
        }
        shown
    }
}

/// The fields whose values name a person without a name.
pub(crate) fn names_of(object: &Object) -> &'static [&'static str] {
    if object.field("name").is_some() && object.field("last_name").is_some() {
        &["email", "phone", "company"]
    } else {
        &[]
    }
}

/// Whether an actor may not see the values of a field.
pub(crate) fn is_closed(access: &Access, object: &Object, field: &str) -> bool {
    matches!(
        access.field_rule(object, field),
        Some(FieldRule::Hidden | FieldRule::Masked)
    )
}
