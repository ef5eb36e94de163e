//! What the rows of a file are: records, people, or the history of fields.

use anyhow::bail;
use chrono_tz::Tz;
use crm_store::{
    catalog::{self, Object, USER},
    import::{HistoryRow, ImportRow, Person},
};

use super::{history::HistoryPlan, mapping::Mapping, plan::Plan, rows::Cells};

/// What can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Records of an object.
    Records(&'static Object),
    /// The people of the other system, by whose addresses owners are found.
    People,
    /// Changes of fields; the mapping with this name says where they stand.
    History(&'static str),
}

/// A mapping for one file, whatever its rows are.
#[derive(Debug)]
pub(crate) enum Reading {
    Records(Plan),
    People(Plan),
    History(Box<HistoryPlan>),
}

/// What a row said.
#[derive(Debug)]
pub(crate) enum Said {
    Record(Box<ImportRow>),
    Person(Person),
    History(Vec<HistoryRow>),
}

impl Subject {
    /// By the name of an object, one or many of them.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "user" | "users" | "people" => return Some(Self::People),
            "field_change" | "field_changes" => return Some(Self::History("field_change")),
            "opportunity_history" => return Some(Self::History("opportunity_history")),
            _ => {}
        }
        let object = catalog::object(name)?;
        object
            .rules()
            .is_some_and(|rules| rules.standard)
            .then_some(Self::Records(object))
    }

    /// The names of everything that can be imported.
    pub(crate) fn names() -> Vec<&'static str> {
        let records = catalog::OBJECTS
            .iter()
            .filter(|object| object.rules().is_some_and(|rules| rules.standard));
        records
            .map(|object| object.plural)
            .chain(["users", "field_changes", "opportunity_history"])
            .collect()
    }

    /// The name under which mappings know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Records(object) => object.name,
            Self::People => USER.name,
            Self::History(name) => name,
        }
    }

    /// Makes a mapping ready for a file.
    pub(crate) fn reading(
        self,
        mapping: &Mapping,
        header: Option<&[String]>,
        zone: Tz,
    ) -> anyhow::Result<Reading> {
        match self {
            Self::Records(object) => Plan::new(object, mapping, header, zone).map(Reading::Records),
            Self::People => {
                let plan = Plan::new(&USER, mapping, header, zone)?;
                if !plan.fields().contains(&"email") {
                    bail!("no column holds the address of the people: email is needed");
                }
                Ok(Reading::People(plan))
            }
            Self::History(_) => {
                HistoryPlan::new(mapping, header, zone).map(|plan| Reading::History(Box::new(plan)))
            }
        }
    }
}

impl Reading {
    /// The external id of a row, where rows with the same one replace each other.
    pub(crate) fn external_id(&self, cells: Cells<'_>) -> Option<String> {
        match self {
            Self::Records(plan) | Self::People(plan) => plan.external_id(cells),
            Self::History(_) => None,
        }
    }

    /// Whether rows with the same external id replace each other.
    pub(crate) const fn replaces(&self) -> bool {
        !matches!(self, Self::History(_))
    }

    /// Columns that fill nothing.
    pub(crate) fn ignored(&self) -> &[String] {
        match self {
            Self::Records(plan) | Self::People(plan) => &plan.ignored,
            Self::History(_) => &[],
        }
    }

    /// What a row says, or why it says nothing.
    pub(crate) fn row(&self, line: u64, cells: Cells<'_>) -> Result<Said, String> {
        match self {
            Self::Records(plan) => plan.row(line, cells).map(|row| Said::Record(Box::new(row))),
            Self::People(plan) => {
                let row = plan.row(line, cells)?;
                if let Some(error) = row.draft.errors().first() {
                    return Err(format!(
                        "{} {}",
                        error.pointer.trim_start_matches('/'),
                        error.message
                    ));
                }
                let email = row.draft.get("email").and_then(|email| email.as_text());
                Ok(Said::Person(Person {
                    email: email.ok_or("has no e-mail address")?.to_owned(),
                    external_id: row.external_id,
                }))
            }
            Self::History(plan) => plan.row(line, cells).map(Said::History),
        }
    }
}
