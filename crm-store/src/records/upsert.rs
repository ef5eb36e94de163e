//! Writing many records that may be there already.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    Action, Draft, Record, Records, Value, Write, merged,
    read::fetch,
    write::{Errors, run},
};
use crate::{
    FieldError, StoreError,
    access::{Access, Verb},
    catalog::Object,
    query::{self, Columns},
};

/// The most rows that are written at once.
pub const MAX_ROWS: usize = 1_000;

/// A row to be written: a record that its id or external id names, else a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The record, when it is known; it must be there.
    pub id: Option<Uuid>,
    /// What it shall be. Its `external_id` names the record where `id` does not.
    pub draft: Draft,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A record was made.
    Created,
    /// A record was changed.
    Updated,
    /// The record was like that already; nothing was written.
    Unchanged,
}

/// A row that was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Upserted {
    /// What became of it.
    pub outcome: Outcome,
    /// The record as it is now.
    pub record: Record,
}

impl Row {
    /// Reads a row of a bulk request: a draft, perhaps with the `id` of the record.
    pub fn from_json(
        object: &'static Object,
        body: &Map<String, Json>,
        access: &Access,
    ) -> Result<Self, StoreError> {
        let mut body = body.clone();
        let id = body.shift_remove("id");
        let mut draft = Draft::from_json(object, &body, access)?;
        let id = match id {
            None | Some(Json::Null) => None,
            Some(said) => {
                let id = said.as_str().and_then(|text| Uuid::try_parse(text).ok());
                if id.is_none() {
                    draft.refuse("id", "must be the id of a record (a UUID)");
                }
                id
            }
        };
        Ok(Self { id, draft })
    }

    fn external_id(&self) -> Option<&str> {
        match self.id {
            Some(_) => None,
            None => self.draft.get("external_id").and_then(Value::as_text),
        }
    }
}

impl From<Draft> for Row {
    fn from(draft: Draft) -> Self {
        Self { id: None, draft }
    }
}

/// A row on its way: not begun for the reason given, or at this place among the writes.
enum Place {
    Refused(StoreError),
    Write(usize),
}

impl Records<'_> {
    /// Writes up to 1,000 rows: good rows go in, bad ones say why not, in a bounded number of statements.
    ///
    /// A record that was deleted is not changed: it must be restored first.
    pub async fn upsert(&mut self, rows: Vec<Row>) -> Result<Vec<Result<Upserted, StoreError>>, StoreError> {
        if rows.len() > MAX_ROWS {
            return Err(StoreError::invalid(
                "rows",
                format!("must be at most {MAX_ROWS}; these are {}", rows.len()),
            ));
        }
        let access = self.tx.access().await?;
        access.require(self.object, Verb::Read)?;
        let known = self.known(&rows).await?;
        let mut writes: Vec<Write> = Vec::new();
        let mut places = Vec::new();
        let mut seen: HashMap<Uuid, usize> = HashMap::new();
        let mut new: HashMap<String, usize> = HashMap::new();
        for (number, row) in rows.into_iter().enumerate() {
            let twice = |first: &usize, field: &str| {
                let message = format!("names the same record as row {}", first + 1);
                Place::Refused(StoreError::InvalidMany(vec![FieldError::new(field, message)]))
            };
            let field = if row.id.is_some() { "id" } else { "external_id" };
            let place = match known.find(&row) {
                Found::One(before) if !before.get("deleted_at").is_null() => {
                    let message = "names a record that was deleted; restore it first";
                    Place::Refused(StoreError::InvalidMany(vec![FieldError::new(field, message)]))
                }
                Found::One(before) => {
                    if let Some(first) = seen.get(&before.id) {
                        twice(first, field)
                    } else {
                        seen.insert(before.id, number);
                        let mut draft = row.draft;
                        if row.id.is_none() && draft.get("external_id") != Some(before.get("external_id")) {
                            // It named a record that was merged into this one, which keeps its own.
                            draft.unset("external_id");
                        }
                        writes.push(Write::change(Action::Update, before.clone(), draft));
                        Place::Write(writes.len() - 1)
                    }
                }
                Found::Missing => Place::Refused(StoreError::NotFound {
                    what: self.object.name,
                }),
                Found::New => {
                    if let Some(first) = row.external_id().and_then(|id| new.get(id)) {
                        twice(first, field)
                    } else {
                        if let Some(id) = row.external_id() {
                            new.insert(id.to_owned(), number);
                        }
                        writes.push(Write::create(Uuid::now_v7(), row.draft));
                        Place::Write(writes.len() - 1)
                    }
                }
            };
            places.push(place);
        }
        run(self.tx, self.object, &mut writes, Errors::Keep).await?;
        let mut writes: Vec<Option<Write>> = writes.into_iter().map(Some).collect();
        Ok(places
            .into_iter()
            .map(|place| match place {
                Place::Refused(error) => Err(error),
                Place::Write(at) => {
                    let write = writes
                        .get_mut(at)
                        .and_then(Option::take)
                        .ok_or(StoreError::Forbidden)?;
                    let outcome = match write.action {
                        Action::Create => Outcome::Created,
                        _ if write.changed.is_empty() => Outcome::Unchanged,
                        _ => Outcome::Updated,
                    };
                    Ok(Upserted {
                        outcome,
                        record: write.outcome()?,
                    })
                }
            })
            .collect())
    }

    /// The records that rows name, locked.
    async fn known(&mut self, rows: &[Row]) -> Result<Known, StoreError> {
        let columns = Columns::all(self.object);
        let mut ids: Vec<Uuid> = rows.iter().filter_map(|row| row.id).collect();
        let external: Vec<String> = rows
            .iter()
            .filter_map(|row| row.external_id().map(str::to_owned))
            .collect();
        let mut by_external_id = HashMap::new();
        if let (Some(field), false) = (self.object.field("external_id"), external.is_empty()) {
            let mut losers = Vec::new();
            for record in fetch(self.tx, &columns, query::by_field(&columns, field, &external)).await? {
                if let Some(external_id) = record.text("external_id") {
                    by_external_id.insert(external_id.to_owned(), record.id);
                }
                if !record.get("deleted_at").is_null() {
                    losers.push(record.id);
                }
            }
            let winners = merged::winners(self.tx, self.object, &losers).await?;
            for id in by_external_id.values_mut() {
                *id = winners.get(id).copied().unwrap_or(*id);
                ids.push(*id);
            }
        }
        let records = if ids.is_empty() {
            Vec::new()
        } else {
            fetch(self.tx, &columns, query::locked(&columns, &ids)).await?
        };
        Ok(Known {
            by_external_id,
            records: records.into_iter().map(|record| (record.id, record)).collect(),
        })
    }
}

struct Known {
    by_external_id: HashMap<String, Uuid>,
    records: HashMap<Uuid, Record>,
}

enum Found<'k> {
    /// This record, which the actor may change.
    One(&'k Record),
    /// A record that is not there, or not for this actor to change.
    Missing,
    /// None: it will be a new one.
    New,
}

impl Known {
    fn find(&self, row: &Row) -> Found<'_> {
        let named = row
            .id
            .or_else(|| self.by_external_id.get(row.external_id()?).copied());
        match named {
            None => Found::New,
            Some(id) => self.records.get(&id).map_or(Found::Missing, Found::One),
        }
    }
}
