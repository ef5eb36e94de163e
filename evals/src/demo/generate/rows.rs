//! What the generator writes: rows by object, keyed by the names of the catalogue.
//!
//! Amounts of money are whole minor units. Ids are made of the external id and the day, so they are the same in every
//! installation, and loading twice finds what is there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    calendar::{Calendar, Moment, base_millis},
    dice::hash,
};

/// One record.
pub(super) type Fields = Map<String, Value>;

/// All that happened, by object.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub(super) tables: BTreeMap<&'static str, Vec<Fields>>,
}

/// Where rows come from: the company's slug and the calendar.
#[derive(Debug, Clone)]
pub(super) struct Maker {
    pub(super) slug: String,
    pub(super) calendar: Calendar,
}

/// A row that is being written.
#[derive(Debug)]
pub(super) struct Row {
    calendar: Calendar,
    fields: Fields,
}

impl Maker {
    /// The id of a record that came to be at a moment.
    pub(super) fn id(&self, object: &str, external_id: &str, at: Moment) -> Uuid {
        let low = hash(&format!("{}/{object}/{external_id}", self.slug));
        let high = hash(&format!("{external_id}@{object}@{}", self.slug)).to_be_bytes();
        let mut random = [0_u8; 10];
        let bytes = low.to_be_bytes().into_iter().chain(high);
        for (place, byte) in random.iter_mut().zip(bytes) {
            *place = byte;
        }
        uuid::Builder::from_unix_timestamp_millis(base_millis(at), &random).into_uuid()
    }

    /// A record with an external id.
    pub(super) fn row(&self, id: Uuid, external_id: &str, created: Moment, changed: Moment) -> Row {
        self.bare(id)
            .set("external_id", external_id)
            .time("created_at", created)
            .time("updated_at", changed)
    }

    /// A record of which only the id is known.
    pub(super) fn bare(&self, id: Uuid) -> Row {
        Row {
            calendar: self.calendar,
            fields: Fields::new(),
        }
        .id("id", id)
    }

    /// A change of a tracked field at its time. A first value is no change: it held since the record was made, unless it
    /// was filled in later.
    pub(super) fn change(&self, sink: &mut Sink, object: &str, record: Uuid, change: &Change) {
        if change.old.is_null() && !FILLED_IN.contains(&change.field) {
            return;
        }
        let key = format!("{record}/{}/{}", change.field, change.at.0);
        let id = self.id("field_change", &key, change.at);
        let row = self
            .bare(id)
            .set("object", object)
            .id("record_id", record)
            .set("field", change.field)
            .set("old", change.old.clone())
            .set("new", change.new.clone())
            .time("effective_at", change.at)
            .time("recorded_at", change.at)
            .some("actor_kind", change.actor.map(|_| "user"))
            .maybe_id("actor_id", change.actor)
            .set("source", "import");
        sink.push("field_change", row);
    }
}

/// Fields that are empty at first and filled in on the way.
const FILLED_IN: &[&str] = &["competitor", "rating"];

/// A change of a tracked field.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) field: &'static str,
    pub(super) old: Value,
    pub(super) new: Value,
    pub(super) at: Moment,
    pub(super) actor: Option<Uuid>,
}

impl Sink {
    pub(super) fn push(&mut self, object: &'static str, row: Row) {
        self.tables.entry(object).or_default().push(row.fields);
    }
}

impl Row {
    /// A value that JSON knows.
    pub(super) fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// A value that may be missing; the column is written either way, as all rows of an object have the same ones.
    pub(super) fn some(self, field: &str, value: Option<impl Into<Value>>) -> Self {
        let value = value.map_or(Value::Null, Into::into);
        self.set(field, value)
    }

    /// Another record.
    pub(super) fn id(self, field: &str, id: Uuid) -> Self {
        self.set(field, id.to_string())
    }

    /// Another record, or none.
    pub(super) fn maybe_id(self, field: &str, id: Option<Uuid>) -> Self {
        self.some(field, id.map(|id| id.to_string()))
    }

    /// A moment.
    pub(super) fn time(self, field: &str, at: Moment) -> Self {
        let time = self.calendar.time(at);
        self.set(field, time)
    }

    /// A moment, or none.
    pub(super) fn maybe_time(self, field: &str, at: Option<Moment>) -> Self {
        let time = at.map(|at| self.calendar.time(at));
        self.some(field, time)
    }

    /// A day.
    pub(super) fn date(self, field: &str, day: i64) -> Self {
        let date = self.calendar.date(day);
        self.set(field, date)
    }
}
