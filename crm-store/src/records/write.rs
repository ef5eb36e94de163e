//! The one way in which records are written, one or a thousand of them.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Draft, Record, Records, Value, prepare, references, tenant};
use crate::{
    StoreError, TenantTx,
    access::Verb,
    behaviour,
    catalog::{Field, Object},
    changes::{self, Change},
    custom,
    query::{self, Columns},
    records::read::fetch,
    text_enum::text_enum,
};

text_enum! {
    /// What is done to a record.
    pub enum Action {
        /// It is made.
        Create = "create",
        /// Fields of it change.
        Update = "update",
        /// It is put away; it can be restored.
        Delete = "delete",
        /// It is brought back.
        Restore = "restore",
    }
}

/// One record on its way into the database.
#[derive(Debug)]
pub(crate) struct Write {
    /// What is done.
    pub(crate) action: Action,
    /// The record.
    pub(crate) id: Uuid,
    /// As it was; none for a new one.
    pub(crate) before: Option<Record>,
    /// What it shall be.
    pub(crate) draft: Draft,
    /// As it is now, once it was stored.
    pub(crate) after: Option<Record>,
    /// The fields that changed, without the bookkeeping.
    pub(crate) changed: Vec<&'static str>,
    /// Why it was not stored.
    pub(crate) problem: Option<StoreError>,
    /// Whether an import gives a record what it could not be made with: that is no change in its history.
    pub(crate) completes: bool,
}

impl Write {
    pub(crate) fn create(id: Uuid, draft: Draft) -> Self {
        Self::new(Action::Create, id, None, draft)
    }

    pub(crate) fn change(action: Action, before: Record, draft: Draft) -> Self {
        Self::new(action, before.id, Some(before), draft)
    }

    fn new(action: Action, id: Uuid, before: Option<Record>, draft: Draft) -> Self {
        Self {
            action,
            id,
            before,
            draft,
            after: None,
            changed: Vec::new(),
            problem: None,
            completes: false,
        }
    }

    /// What a field will hold: what the draft says, else what the record has.
    pub(crate) fn will_be(&self, field: &str) -> &Value {
        self.draft
            .get(field)
            .or_else(|| self.before.as_ref().map(|before| before.get(field)))
            .unwrap_or(&Value::Null)
    }

    /// Whether the draft changes a field.
    pub(crate) fn changes(&self, field: &str) -> bool {
        let had = self
            .before
            .as_ref()
            .map_or(&Value::Null, |before| before.get(field));
        self.draft.get(field).is_some_and(|value| value != had)
    }

    /// The record as it was stored, or why it was not.
    pub(super) fn outcome(self) -> Result<Record, StoreError> {
        match (self.problem, self.after) {
            (Some(problem), _) => Err(problem),
            (None, Some(after)) => Ok(after),
            (None, None) => Err(StoreError::Forbidden),
        }
    }
}

/// Fields that every change sets, and that are no news.
pub(crate) const BOOKKEEPING: &[&str] = &["id", "version", "created_at", "updated_at"];

impl Records<'_> {
    /// Makes a record.
    pub async fn create(&mut self, draft: Draft) -> Result<Record, StoreError> {
        self.create_as(Uuid::now_v7(), draft).await
    }

    /// Makes a record whose id the caller chose, so that others could refer to it already.
    pub async fn create_as(&mut self, id: Uuid, draft: Draft) -> Result<Record, StoreError> {
        self.one(Write::create(id, draft)).await
    }

    /// Makes many records in a bounded number of statements; all or none.
    pub async fn create_many(&mut self, drafts: Vec<Draft>) -> Result<Vec<Record>, StoreError> {
        let mut writes: Vec<Write> = drafts
            .into_iter()
            .map(|draft| Write::create(Uuid::now_v7(), draft))
            .collect();
        run(self.tx, self.object, &mut writes, Errors::Raise).await?;
        writes.into_iter().map(Write::outcome).collect()
    }

    /// Changes a record: a field that the draft does not name stays, one that is null is cleared.
    ///
    /// With `expected`, only when that is still its version.
    pub async fn update(
        &mut self,
        id: Uuid,
        draft: Draft,
        expected: Option<i64>,
    ) -> Result<Record, StoreError> {
        let before = self.lock(id, Verb::Update, expected).await?;
        if !before.get("deleted_at").is_null() {
            return Err(self.not_found());
        }
        self.one(Write::change(Action::Update, before, draft)).await
    }

    /// Puts a record away. It can be restored.
    pub async fn delete(&mut self, id: Uuid, expected: Option<i64>) -> Result<Record, StoreError> {
        let before = self.lock(id, Verb::Delete, expected).await?;
        if !before.get("deleted_at").is_null() {
            return Err(self.not_found());
        }
        let draft = Draft::new(self.object).with("deleted_at", self.tx.now());
        self.one(Write::change(Action::Delete, before, draft)).await
    }

    /// Brings a record back that was deleted; one that is there stays as it is.
    pub async fn restore(&mut self, id: Uuid) -> Result<Record, StoreError> {
        let before = self.lock(id, Verb::Delete, None).await?;
        let draft = Draft::new(self.object).with("deleted_at", Value::Null);
        self.one(Write::change(Action::Restore, before, draft)).await
    }

    async fn one(&mut self, write: Write) -> Result<Record, StoreError> {
        let mut writes = vec![write];
        run(self.tx, self.object, &mut writes, Errors::Raise).await?;
        writes.pop().map_or(Err(self.not_found()), Write::outcome)
    }

    fn not_found(&self) -> StoreError {
        StoreError::NotFound {
            what: self.object.name,
        }
    }

    async fn lock(&mut self, id: Uuid, verb: Verb, expected: Option<i64>) -> Result<Record, StoreError> {
        let access = self.tx.access().await?;
        access.require(self.object, Verb::Read)?;
        access.require(self.object, verb)?;
        let columns = Columns::all(self.object);
        let Some(record) = fetch(self.tx, &columns, query::locked(&columns, &[id]))
            .await?
            .pop()
        else {
            let seen = fetch(self.tx, &columns, query::by_ids(&columns, &[id], true)).await?;
            return Err(if seen.is_empty() {
                self.not_found()
            } else {
                StoreError::Refused {
                    what: format!(
                        "your role may see this {}, but not change it",
                        self.object.name.replace('_', " ")
                    ),
                    fields: Vec::new(),
                }
            });
        };
        match expected {
            Some(expected) if expected != record.version => Err(StoreError::Stale {
                current: record.version,
            }),
            _ => Ok(record),
        }
    }
}

/// What happens to the others when one record cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errors {
    /// Nothing is stored, and the error goes to the caller.
    Raise,
    /// The error stays with its record; the others are stored.
    Keep,
    /// The same for an import, which does not read what it stored: a new record is known as it was written, without what
    /// Postgres derives.
    Import,
}

/// Writes records of one object: rights, behaviour, types, references, SQL, history, events.
///
/// The records in `before` are locked by the caller.
pub(crate) async fn run(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
    errors: Errors,
) -> Result<(), StoreError> {
    let access = tx.access().await?;
    for write in writes.iter_mut() {
        let verb = match write.action {
            Action::Create => Verb::Create,
            Action::Update => Verb::Update,
            Action::Delete | Action::Restore => Verb::Delete,
        };
        match (access.require(object, verb), errors) {
            (Ok(()), _) => {}
            (Err(error), Errors::Raise) => return Err(error),
            (Err(error), Errors::Keep | Errors::Import) => write.problem = Some(error),
        }
        if write.action == Action::Create {
            prepare::presets(&mut write.draft);
        }
    }
    let facts = if writes.iter().any(|write| prepare::needs_facts(&write.draft)) {
        Some(tenant::facts(tx).await?)
    } else {
        None
    };
    for write in writes.iter_mut() {
        prepare::settle_values(write, facts.as_ref());
    }
    behaviour::before_write(tx, object, writes).await?;
    for write in writes.iter_mut() {
        // Behaviour may have set amounts and left out what must be there.
        prepare::settle(write, facts.as_ref());
    }
    references::check(tx, object, writes).await?;
    custom::check(tx, object, writes).await?;
    for write in writes.iter_mut() {
        let mistakes = write.draft.take_errors();
        if !mistakes.is_empty() && write.problem.is_none() {
            write.problem = Some(StoreError::InvalidMany(mistakes));
        }
        if errors == Errors::Raise
            && let Some(problem) = write.problem.take()
        {
            return Err(problem);
        }
        write.changed = changed(write);
    }
    super::store::store(tx, object, writes, errors).await?;
    behaviour::after_write(tx, object, writes).await?;
    let done: Vec<Change<'_>> = writes.iter().filter_map(Change::of).collect();
    changes::emit(tx, &done).await
}

/// The fields that a write changes, in the order of the catalogue.
fn changed(write: &Write) -> Vec<&'static str> {
    write
        .draft
        .object()
        .fields
        .iter()
        .map(|field: &'static Field| field.name)
        .filter(|name| !BOOKKEEPING.contains(name) && write.changes(name))
        .collect()
}

/// The positions of records in a list of writes.
pub(super) fn positions(writes: &[Write]) -> HashMap<Uuid, usize> {
    writes
        .iter()
        .enumerate()
        .map(|(at, write)| (write.id, at))
        .collect()
}
