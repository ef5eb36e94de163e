//! What a mapping file says: which column fills which field, and how values are written.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The mappings that come with the program.
const SHIPPED: [(&str, &str); 2] = [
    ("salesforce", include_str!("../../mappings/salesforce.yaml")),
    ("hubspot", include_str!("../../mappings/hubspot.yaml")),
];

/// A mapping for one object, or with `objects` for several.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Mapping {
    /// A shipped mapping that this one changes.
    pub(crate) extends: Option<String>,
    /// A label such as `windows-1252`; recognised when left out.
    pub(crate) encoding: Option<String>,
    /// What separates cells; recognised when left out.
    pub(crate) delimiter: Option<char>,
    /// What stands before decimals: `.` or `,`.
    pub(crate) decimal: Option<char>,
    /// Formats of days and moments, in the words of strftime.
    pub(crate) dates: Option<Words>,
    /// Where moments without a zone are meant.
    pub(crate) timezone: Option<String>,
    /// Texts that mean nothing, such as `N/A`.
    pub(crate) empty: Vec<String>,
    /// What an empty cell does: `clear` the field, or `keep` it.
    pub(crate) blank: Option<Blank>,
    /// Whether columns that no field names are recognised by the catalogue's names and labels.
    pub(crate) recognise: Option<bool>,
    /// What fills each field.
    pub(crate) fields: BTreeMap<String, Spec>,
    /// For an import of `field_changes`: where the history stands.
    pub(crate) history: Option<History>,
    /// Mappings of objects by name; what they leave out is said above.
    pub(crate) objects: BTreeMap<String, Mapping>,
}

/// What an empty cell does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Blank {
    /// Takes the value away.
    Clear,
    /// Leaves the value as it is.
    Keep,
}

/// One word or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a text or a list of texts")]
pub(crate) enum Words {
    /// One.
    One(String),
    /// The first that is there.
    Several(Vec<String>),
}

impl Words {
    /// As a list.
    pub(crate) fn list(&self) -> Vec<String> {
        match self {
            Self::One(word) => vec![word.clone()],
            Self::Several(words) => words.clone(),
        }
    }
}

/// What fills a field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "a column, a list of columns, or an object with column, constant, values and so on"
)]
pub(crate) enum Spec {
    /// The first of these columns that is there and not empty.
    Columns(Words),
    /// More about it.
    Detail(Box<Detail>),
}

/// More about what fills a field.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Detail {
    /// The first of these columns that is there and not empty.
    pub(crate) column: Option<Words>,
    /// The same for every row.
    pub(crate) constant: Option<Value>,
    /// Where the column is empty.
    pub(crate) default: Option<Value>,
    /// Joins all columns that are not empty with this between them.
    pub(crate) join: Option<String>,
    /// What the other system's values are called here.
    pub(crate) values: BTreeMap<String, Value>,
    /// What every value that `values` does not name becomes.
    pub(crate) otherwise: Option<Value>,
    /// Formats of days and moments.
    pub(crate) dates: Option<Words>,
    /// What stands before decimals.
    pub(crate) decimal: Option<char>,
    /// The object whose external id the column holds.
    pub(crate) of: Option<String>,
    /// Only values that begin so count.
    pub(crate) prefix: Option<Words>,
    /// Ids of 15 characters become those of 18 that other files have.
    pub(crate) salesforce_id: bool,
    /// For custom fields: `text`, `number` or `boolean`.
    #[serde(rename = "as")]
    pub(crate) kind: Option<Custom>,
}

/// What a custom field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Custom {
    /// Text as it is.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
}

/// Where a file has the history of fields.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct History {
    /// Whose history.
    pub(crate) object: String,
    /// The column with the record's external id.
    pub(crate) record: Option<Words>,
    /// The column with the moment from which a value held.
    pub(crate) at: Option<Words>,
    /// A row a change: the column that names the field, and those with its values.
    pub(crate) field: Option<Words>,
    /// The value before.
    pub(crate) old: Option<Words>,
    /// The value from then on.
    pub(crate) new: Option<Words>,
    /// What the other system calls our fields.
    pub(crate) names: BTreeMap<String, String>,
    /// A row a state: the columns with the values of our fields at that moment.
    pub(crate) states: BTreeMap<String, Words>,
}

impl Mapping {
    /// Reads `--map`: the name of a shipped mapping, or a file; for one object.
    pub(crate) fn load(named: Option<&Path>, object: &str) -> anyhow::Result<Self> {
        let Some(path) = named else {
            return Ok(Self::default());
        };
        let name = path.to_string_lossy();
        if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            return Self::read(text, object).with_context(|| format!("the mapping {name}"));
        }
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read the mapping {name}; salesforce and hubspot come with the program")
        })?;
        Self::read(&text, object).with_context(|| name.into_owned())
    }

    /// The same for an upload, which sends the name of a shipped mapping or the text of one.
    pub(crate) fn from_request(said: Option<&str>, object: &str) -> anyhow::Result<Self> {
        match said {
            None => Ok(Self::default()),
            Some(said) => match SHIPPED.iter().find(|(shipped, _)| *shipped == said) {
                Some((_, text)) => Self::read(text, object),
                None => Self::read(said, object),
            },
        }
    }

    /// Reads a mapping's text; YAML, so JSON too.
    pub(crate) fn read(text: &str, object: &str) -> anyhow::Result<Self> {
        let whole: Self = serde_path_to_error::deserialize(serde_norway::Deserializer::from_str(text))?;
        whole.of_object(object)
    }

    fn of_object(mut self, object: &str) -> anyhow::Result<Self> {
        if !self.objects.is_empty() {
            let Some(inner) = self.objects.remove(object) else {
                let known: Vec<&str> = self.objects.keys().map(String::as_str).collect();
                bail!("has no mapping for {object}; it has {}", known.join(", "));
            };
            self = inner.over(self);
        }
        let Some(base) = self.extends.take() else {
            return Ok(self);
        };
        let Some((_, text)) = SHIPPED.iter().find(|(name, _)| *name == base) else {
            bail!("extends {base}, which is none of salesforce, hubspot");
        };
        Ok(self.over(Self::read(text, object)?))
    }

    /// This mapping, and what `base` says about the rest.
    fn over(self, base: Self) -> Self {
        let mut fields = base.fields;
        fields.extend(self.fields);
        let mut empty = base.empty;
        empty.extend(self.empty);
        Self {
            extends: self.extends.or(base.extends),
            encoding: self.encoding.or(base.encoding),
            delimiter: self.delimiter.or(base.delimiter),
            decimal: self.decimal.or(base.decimal),
            dates: self.dates.or(base.dates),
            timezone: self.timezone.or(base.timezone),
            empty,
            blank: self.blank.or(base.blank),
            recognise: self.recognise.or(base.recognise),
            fields,
            history: self.history.or(base.history),
            objects: BTreeMap::new(),
        }
    }

    /// Tells this mapping from others, for finding an import that was cut off.
    pub(crate) fn digest(&self, object: &str) -> Vec<u8> {
        Sha256::digest(format!("{object}\n{self:?}")).to_vec()
    }
}

impl Spec {
    /// With everything said.
    pub(crate) fn detail(&self) -> Detail {
        match self {
            Self::Columns(words) => Detail {
                column: Some(words.clone()),
                ..Detail::default()
            },
            Self::Detail(detail) => (**detail).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_may_change_a_shipped_one() {
        let text = "extends: salesforce\ndates: \"%d.%m.%Y\"\nfields:\n  last_name: Nachname\n";
        let mapping = Mapping::read(text, "contact").unwrap();
        assert_eq!(mapping.dates, Some(Words::One("%d.%m.%Y".to_owned())));
        assert_eq!(
            mapping.fields["last_name"].detail().column,
            Some(Words::One("Nachname".to_owned()))
        );
        assert!(mapping.fields.contains_key("email"), "the rest is Salesforce's");
    }

    #[test]
    fn what_a_mapping_must_not_say_is_named() {
        let wrong = |text: &str| format!("{:#}", Mapping::read(text, "contact").unwrap_err());
        assert!(wrong("feilds: {}\n").contains("feilds"));
        assert!(wrong("fields: {email: 5}\n").contains("fields.email"));
        assert!(wrong("objects: {lead: {}}\n").contains("no mapping for contact; it has lead"));
        assert!(wrong("extends: zoho\n").contains("zoho"));
    }

    #[test]
    fn every_shipped_mapping_names_fields_that_there_are() {
        for (name, text) in SHIPPED {
            let whole: Mapping = serde_norway::from_str(text).unwrap();
            for (object, mapping) in &whole.objects {
                if ["field_change", "opportunity_history", "user"].contains(&object.as_str()) {
                    continue;
                }
                let object = crm_store::catalog::object(object).unwrap_or_else(|| panic!("{name}: {object}"));
                for field in mapping.fields.keys() {
                    assert!(object.field(field).is_some(), "{name}: {}.{field}", object.name);
                }
            }
        }
    }
}
