//! What somebody wants a record to be.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Value, parse};
use crate::{
    StoreError,
    access::{Access, FieldRule},
    catalog::{Field, Object},
    error::FieldError,
};

/// Values for the fields of a record: all of them for a new one, those that change for one that exists.
///
/// A field that is not set stays as it is; one that is set to [`Value::Null`] is cleared. What is wrong with a value is
/// kept in the draft and said, with everything else that is wrong, when it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    object: &'static Object,
    values: BTreeMap<&'static str, Value>,
    errors: Vec<FieldError>,
}

impl Draft {
    /// A draft that says nothing yet.
    pub fn new(object: &'static Object) -> Self {
        Self {
            object,
            values: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    /// Reads a body of a request, as the actor may write it.
    ///
    /// Refuses fields that the actor's role may not see or change, by name; everything else that is wrong stays in the
    /// draft.
    pub fn from_json(
        object: &'static Object,
        body: &Map<String, Json>,
        access: &Access,
    ) -> Result<Self, StoreError> {
        let mut draft = Self::new(object);
        let mut refused = Vec::new();
        for (name, json) in body {
            match draft.known(name, access) {
                Err(error) => draft.errors.push(error),
                Ok(field) if access.field_rule(object, field.name).is_some() => refused.push(name.clone()),
                Ok(field) if !field.writable => draft.refuse(name, "is set by the service"),
                Ok(field) => match parse::parse(field, json) {
                    Ok(value) => {
                        draft.values.insert(field.name, value);
                    }
                    Err(message) => draft.refuse(name, message),
                },
            }
        }
        if refused.is_empty() {
            Ok(draft)
        } else {
            Err(StoreError::Refused {
                what: format!("your role may not change {}", refused.join(", ")),
                fields: refused,
            })
        }
    }

    /// The same for rows of text, such as those of a CSV file: the names are fields, empty text is no value.
    pub fn from_text<'r>(
        object: &'static Object,
        row: impl IntoIterator<Item = (&'r str, &'r str)>,
        access: &Access,
    ) -> Result<Self, StoreError> {
        let body = row
            .into_iter()
            .map(|(name, said)| (name.to_owned(), Json::String(said.to_owned())))
            .collect();
        Self::from_json(object, &body, access)
    }

    fn known(&self, name: &str, access: &Access) -> Result<&'static Field, FieldError> {
        self.object.field(name).ok_or_else(|| {
            let seen = self
                .object
                .fields
                .iter()
                .filter(|field| field.writable)
                .filter(|field| access.field_rule(self.object, field.name) != Some(FieldRule::Hidden))
                .map(|field| field.name);
            let message = match parse::nearest(seen, name) {
                Some(near) => format!(
                    "is no field of a {}; did you mean {near}?",
                    self.object.name.replace('_', " ")
                ),
                None => format!("is no field of a {}", self.object.name.replace('_', " ")),
            };
            FieldError::new(name, message)
        })
    }

    /// What it is a draft of.
    pub fn object(&self) -> &'static Object {
        self.object
    }

    /// Sets a field, for code of the service: no rule of a role is asked.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) -> &mut Self {
        match self.object.field(field) {
            Some(field) => {
                self.values.insert(field.name, value.into());
            }
            None => self.refuse(field, format!("is no field of a {}", self.object.name)),
        }
        self
    }

    /// The same draft with a field set, for code of the service.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.set(field, value);
        self
    }

    /// Says nothing about a field any more.
    pub fn unset(&mut self, field: &str) -> Option<Value> {
        self.values.remove(field)
    }

    /// What it says about a field; none when it says nothing.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.values.get(field)
    }

    /// What it says, by name of field.
    pub fn values(&self) -> &BTreeMap<&'static str, Value> {
        &self.values
    }

    /// Notes what is wrong with a field; the draft is not written.
    pub fn refuse(&mut self, field: &str, message: impl Into<String>) {
        let error = FieldError::new(field, message);
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Notes what is wrong with a part of a field that holds structured data.
    pub(crate) fn refuse_inside(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// What is wrong so far.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Takes what it says out of it, once it was stored.
    pub(crate) fn take_values(&mut self) -> BTreeMap<&'static str, Value> {
        std::mem::take(&mut self.values)
    }

    pub(crate) fn take_errors(&mut self) -> Vec<FieldError> {
        std::mem::take(&mut self.errors)
    }

    pub(crate) fn value_mut(&mut self, field: &str) -> Option<&mut Value> {
        self.values.get_mut(field)
    }
}
