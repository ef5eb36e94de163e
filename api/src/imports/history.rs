//! Rows of a history, as other systems export it.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use crm_store::{
    catalog::{self, Field, FieldType, Object},
    import::HistoryRow,
    records::{Value, read_text},
};

use super::{
    convert::{canonical, short},
    mapping::{Detail, History, Mapping, Words},
    names::Names,
    plan::{Fill, Formats, Plan, Target, plain},
    rows::Cells,
};

/// Where a file has the history of fields.
#[derive(Debug)]
pub(crate) struct HistoryPlan {
    object: &'static Object,
    plan: Plan,
    record: Fill,
    at: Fill,
    change: Option<ChangeRow>,
    states: Vec<(&'static Field, Fill)>,
}

/// A row a change.
#[derive(Debug)]
struct ChangeRow {
    field: Fill,
    old: Option<Fill>,
    new: Fill,
    /// What the other system calls our fields.
    names: HashMap<String, &'static Field>,
}

impl HistoryPlan {
    pub(super) fn new(mapping: &Mapping, header: Option<&[String]>, zone: Tz) -> anyhow::Result<Self> {
        let Some(history) = &mapping.history else {
            bail!("the mapping says nothing of `history`; `--map salesforce` does, or see docs/importing.md");
        };
        let object = catalog::object(&history.object)
            .with_context(|| format!("history.object: there is no object {:?}", history.object))?;
        let (names, formats) = (Names::new(header), Formats::new(mapping, zone)?);
        let fill = |words: Option<&Words>| -> anyhow::Result<Option<Fill>> {
            let Some(source) = names.source(words) else {
                return Ok(None);
            };
            formats
                .fill(Target::ExternalId, source, Detail::default())
                .map(Some)
        };
        let need = |words: Option<&Words>, what: &str| -> anyhow::Result<Fill> {
            let wanted = words.map(Words::list).unwrap_or_default();
            fill(words)?.with_context(|| format!("no column holds {what}: {} is needed", wanted.join(" or ")))
        };
        let mut record = need(history.record.as_ref(), "the record's external id")?;
        record.detail.salesforce_id = true;
        let mut states = Vec::new();
        for (name, words) in &history.states {
            if let Some(fill) = fill(Some(words))? {
                states.push((tracked(object, name)?, fill));
            }
        }
        let change = if history.field.is_some() {
            Some(ChangeRow {
                field: need(history.field.as_ref(), "the field's name")?,
                old: fill(history.old.as_ref())?,
                new: need(history.new.as_ref(), "the new value")?,
                names: field_names(object, history)?,
            })
        } else {
            None
        };
        if states.is_empty() && change.is_none() {
            bail!("no column holds a value of a field");
        }
        Ok(Self {
            object,
            plan: Plan::bare(object, mapping),
            record,
            at: need(history.at.as_ref(), "the moment of the change")?,
            change,
            states,
        })
    }

    /// The changes that a row says. None for a field whose history is not kept.
    pub(super) fn row(&self, line: u64, cells: Cells<'_>) -> Result<Vec<HistoryRow>, String> {
        let record = self
            .record
            .text(cells, &self.plan)?
            .ok_or("has no record's external id")?;
        let at = self.at.text(cells, &self.plan)?.ok_or("has no moment")?;
        let at: DateTime<Utc> = canonical(FieldType::Time, &at, &self.at.format)?
            .parse()
            .map_err(|_| format!("{:?} is no moment", short(&at)))?;
        let row = |field, new, old| HistoryRow {
            line,
            object: self.object,
            record: record.clone(),
            field,
            at,
            new,
            old,
        };
        let mut rows = Vec::new();
        for (field, fill) in &self.states {
            rows.push(row(*field, self.value(field, fill, cells)?, None));
        }
        if let Some(change) = &self.change {
            let named = change.field.text(cells, &self.plan)?.ok_or("names no field")?;
            if let Some(field) = change.names.get(&plain(&named)) {
                let old = change.old.as_ref().map(|old| self.value(field, old, cells));
                rows.push(row(
                    *field,
                    self.value(field, &change.new, cells)?,
                    old.transpose()?,
                ));
            }
        }
        Ok(rows)
    }

    fn value(&self, field: &Field, fill: &Fill, cells: Cells<'_>) -> Result<Value, String> {
        let Some(text) = fill.text(cells, &self.plan)? else {
            return Ok(Value::Null);
        };
        if field.kind == FieldType::Id {
            return Ok(Value::Text(text));
        }
        canonical(field.kind, &text, &fill.format)
            .and_then(|text| read_text(field, &text))
            .map_err(|reason| format!("{}: {reason}", field.name))
    }
}

fn tracked(object: &'static Object, name: &str) -> anyhow::Result<&'static Field> {
    let kept: Vec<&str> = object
        .fields
        .iter()
        .filter(|field| field.tracked)
        .map(|field| field.name)
        .collect();
    object
        .field(name)
        .filter(|field| field.tracked)
        .with_context(|| format!("no history is kept of {name}; it is of {}", kept.join(", ")))
}

fn field_names(
    object: &'static Object,
    history: &History,
) -> anyhow::Result<HashMap<String, &'static Field>> {
    let mut names: HashMap<String, &'static Field> = object
        .fields
        .iter()
        .filter(|field| field.tracked)
        .flat_map(|field| [(plain(field.name), field), (plain(field.label), field)])
        .collect();
    for (theirs, ours) in &history.names {
        names.insert(plain(theirs), tracked(object, ours)?);
    }
    Ok(names)
}
