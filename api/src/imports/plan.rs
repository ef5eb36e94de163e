//! Which column of a file fills which field: a mapping, made ready for the file at hand.

use std::collections::HashMap;

use anyhow::bail;
use chrono_tz::Tz;
use crm_store::{
    catalog::{Field, FieldType, Link, Object, USER},
    import::{ImportRow, SETTABLE},
    records::Draft,
};
use serde_json::Value;

use super::{
    convert::Format,
    dates::Dates,
    mapping::{Blank, Custom, Detail, Mapping, Words},
    names::Names,
    rows::Cells,
};

/// A mapping for one file.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) object: &'static Object,
    fills: Vec<Fill>,
    pub(super) empty: Vec<String>,
    pub(super) blank: Blank,
    /// Columns that fill nothing.
    pub(crate) ignored: Vec<String>,
}

/// What one field is filled with.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) target: Target,
    pub(super) source: Source,
    pub(super) detail: Detail,
    /// `detail.values`, found whatever the case of letters.
    pub(super) values: HashMap<String, Value>,
    pub(super) prefixes: Vec<String>,
    pub(super) format: Format,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    ExternalId,
    Field(&'static Field),
    Custom(String),
    /// A field that holds the id of a record, which the file names by its external id.
    Reference(&'static Field, &'static str),
}

/// Where the text stands.
#[derive(Debug)]
pub(super) enum Source {
    /// The same for every row.
    Nowhere,
    /// Columns of a CSV file, in the order of preference.
    Columns(Vec<usize>),
    /// Members of a JSON object, in the order of preference.
    Members(Vec<String>),
}

impl Plan {
    /// Makes a mapping ready for a file with these columns, or one whose rows name their own.
    pub(crate) fn new(
        object: &'static Object,
        mapping: &Mapping,
        header: Option<&[String]>,
        zone: Tz,
    ) -> anyhow::Result<Self> {
        let names = Names::new(header);
        let formats = Formats::new(mapping, zone)?;
        let mut fills: Vec<Fill> = Vec::new();
        let mut missing = Vec::new();
        for (name, spec) in &mapping.fields {
            let detail = spec.detail();
            let target = target(object, name, detail.of.as_deref())?;
            let source = names.source(detail.column.as_ref());
            match source {
                Some(source) => fills.push(formats.fill(target, source, detail)?),
                None if detail.constant.is_some() || detail.default.is_some() => {
                    fills.push(formats.fill(target, Source::Nowhere, detail)?);
                }
                None => missing.push((name, detail)),
            }
        }
        if mapping.recognise.unwrap_or(mapping.fields.is_empty()) {
            for (target, source) in names.recognise(object, &fills) {
                fills.push(formats.fill(target, source, Detail::default())?);
            }
        }
        if !fills.iter().any(|fill| fill.target == Target::ExternalId) {
            let wanted = missing
                .iter()
                .find(|(name, _)| *name == "external_id")
                .map_or_else(
                    || "external_id".to_owned(),
                    |(_, detail)| column_names(detail).join(" or "),
                );
            let header = header.unwrap_or_default();
            bail!(
                "no column holds the external id, by which a record is found again: {wanted} is needed; there are {}",
                list(header)
            );
        }
        let ignored = names.ignored(&fills);
        Ok(Self {
            object,
            fills,
            empty: empty_words(mapping),
            blank: mapping.blank.unwrap_or(Blank::Clear),
            ignored,
        })
    }

    /// A plan that fills nothing, for reading cells by a mapping's settings.
    pub(super) fn bare(object: &'static Object, mapping: &Mapping) -> Self {
        Self {
            object,
            fills: Vec::new(),
            empty: empty_words(mapping),
            blank: mapping.blank.unwrap_or(Blank::Clear),
            ignored: Vec::new(),
        }
    }

    /// The fields that rows fill, for asking whether the actor may.
    pub(crate) fn fields(&self) -> Vec<&'static str> {
        self.fills
            .iter()
            .map(|fill| match &fill.target {
                Target::ExternalId => "external_id",
                Target::Field(field) | Target::Reference(field, _) => field.name,
                Target::Custom(_) => "custom",
            })
            .collect()
    }

    /// The external id of a row alone.
    pub(crate) fn external_id(&self, cells: Cells<'_>) -> Option<String> {
        let fill = self.fills.iter().find(|fill| fill.target == Target::ExternalId)?;
        fill.text(cells, self).ok().flatten()
    }

    /// The record that a row says, or why it is none. What is wrong with values stays in the draft.
    pub(crate) fn row(&self, line: u64, cells: Cells<'_>) -> Result<ImportRow, String> {
        let mut draft = Draft::new(self.object);
        let mut references = Vec::new();
        let mut external_id = None;
        let mut custom = serde_json::Map::new();
        for fill in &self.fills {
            match &fill.target {
                Target::ExternalId => external_id = fill.text(cells, self)?,
                Target::Field(field) => fill.set(field, cells, self, &mut draft),
                Target::Custom(name) => fill.custom(name, cells, self, &mut custom, &mut draft),
                Target::Reference(field, target) => match fill.text(cells, self) {
                    Ok(Some(id)) => references.push((*field, *target, id)),
                    Ok(None)
                        if fill.clears(cells, self)
                            && !references.iter().any(|(known, ..)| known == field) =>
                    {
                        draft.set(field.name, crm_store::records::Value::Null);
                    }
                    Ok(None) => {}
                    Err(reason) => draft.refuse(field.name, reason),
                },
            }
        }
        if !custom.is_empty() {
            draft.set("custom", crm_store::records::Value::Json(Value::Object(custom)));
        }
        let external_id = external_id.ok_or("has no external id")?;
        for (field, ..) in &references {
            draft.unset(field.name);
        }
        Ok(ImportRow {
            line,
            external_id,
            draft,
            references,
        })
    }
}

fn empty_words(mapping: &Mapping) -> Vec<String> {
    mapping
        .empty
        .iter()
        .map(|word| word.trim().to_lowercase())
        .collect()
}

/// What a mapping says about ways of writing.
pub(super) struct Formats<'m> {
    mapping: &'m Mapping,
    zone: Tz,
}

impl<'m> Formats<'m> {
    pub(super) fn new(mapping: &'m Mapping, zone: Tz) -> anyhow::Result<Self> {
        let zone = match &mapping.timezone {
            None => zone,
            Some(name) => name
                .parse()
                .map_err(|_| anyhow::anyhow!("there is no timezone {name}; Europe/Berlin is one"))?,
        };
        Ok(Self { mapping, zone })
    }

    pub(super) fn fill(&self, target: Target, source: Source, detail: Detail) -> anyhow::Result<Fill> {
        let decimal = detail.decimal.or(self.mapping.decimal).unwrap_or('.');
        if !['.', ','].contains(&decimal) {
            bail!("decimal must be . or ,");
        }
        let dates = detail.dates.as_ref().or(self.mapping.dates.as_ref());
        let formats = dates.map(Words::list).unwrap_or_default();
        if let Some(wrong) = formats.iter().find(|format| {
            chrono::format::StrftimeItems::new(format).any(|item| item == chrono::format::Item::Error)
        }) {
            bail!("{wrong:?} is no format of dates; %d.%m.%Y is one");
        }
        Ok(Fill {
            target,
            source,
            values: detail
                .values
                .iter()
                .map(|(word, value)| (word.trim().to_lowercase(), value.clone()))
                .collect(),
            prefixes: detail.prefix.as_ref().map(Words::list).unwrap_or_default(),
            format: Format {
                dates: Dates {
                    formats,
                    zone: self.zone,
                },
                decimal,
            },
            detail,
        })
    }
}

fn target(object: &'static Object, name: &str, of: Option<&str>) -> anyhow::Result<Target> {
    if name == "external_id" {
        return Ok(Target::ExternalId);
    }
    if let Some(custom) = name.strip_prefix("custom.") {
        return Ok(Target::Custom(custom.to_owned()));
    }
    let Some(field) = object.field(name).filter(|field| is_settable(object, field)) else {
        let known: Vec<&str> = object
            .fields
            .iter()
            .filter(|field| is_settable(object, field))
            .map(|field| field.name)
            .collect();
        bail!(
            "{name} is no field of a {} that can be filled; there are {}",
            object.name.replace('_', " "),
            known.join(", ")
        );
    };
    match (of, relation_of(object, field)) {
        (None, _) => Ok(Target::Field(field)),
        (Some(of), Some((_, target))) if of == target => Ok(Target::Reference(field, target)),
        (Some(of), Some((_, target))) => bail!("{name} refers to a {target}, not to a {of}"),
        (Some(_), None) => bail!("{name} refers to no record, so `of` says nothing"),
    }
}

/// Whether rows may fill a field: what users may write, and what only the source knows, such as when a record began.
pub(super) fn is_settable(object: &'static Object, field: &Field) -> bool {
    if object.name == USER.name {
        return field.name == "email";
    }
    (field.writable || SETTABLE.contains(&field.name)) && field.kind != FieldType::Bytes
}

pub(super) fn relation_of(object: &'static Object, field: &Field) -> Option<(&'static str, &'static str)> {
    object.relations.iter().find_map(|relation| match relation.by {
        Link::Field(name) if name == field.name => Some((relation.name, relation.target)),
        _ => None,
    })
}

fn column_names(detail: &Detail) -> Vec<String> {
    detail.column.as_ref().map(Words::list).unwrap_or_default()
}

/// A name without its case, blanks and punctuation.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric() || *character == '.' || *character == '%')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Names for people, not too many of them.
pub(crate) fn list(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
    match names.len().checked_sub(shown.len()) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

/// What a custom field's text becomes.
pub(super) const fn custom_type(detail: &Detail) -> Option<FieldType> {
    match detail.kind {
        Some(Custom::Number) => Some(FieldType::Decimal),
        Some(Custom::Boolean) => Some(FieldType::Boolean),
        Some(Custom::Text) | None => None,
    }
}
