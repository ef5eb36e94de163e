//! What can be asked about: entities, what they are grouped and filtered by, what is measured, in people's words.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock},
};

use crm_store::{
    FieldError,
    analytics::{Filter, Measure, Path},
    catalog::Object,
};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    load::{self, ModelError},
    query::QueryFilter,
};

/// A language that the layer knows words of.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Spanish.
    Es,
    /// French.
    Fr,
}

impl Language {
    /// Every language, English first.
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Es, Self::Fr];

    /// Its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
        }
    }

    /// The language of a BCP 47 tag such as `de-AT`; none when the layer does not know it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let code = tag.split(['-', '_']).next().unwrap_or(tag);
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One text in every language.
pub type Labels = BTreeMap<Language, String>;

/// What people say, by language; perhaps nothing in one of them.
pub type Words = BTreeMap<Language, Vec<String>>;

/// Everything that can be asked about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SemanticModel {
    /// The entities, in the order in which they are shown.
    pub entities: Vec<Entity>,
    /// Entries of the tenant's vocabulary that are not used, by pointers into it, and why.
    pub left_out: Vec<FieldError>,
    /// What the layer was made of, when it is as it was made: the tenant's document, empty for the program's own.
    pub(crate) key: Option<Arc<str>>,
}

static EMBEDDED: LazyLock<Result<Arc<SemanticModel>, ModelError>> = LazyLock::new(|| {
    let mut model = load::embedded()?;
    model.key = Some(Arc::from(""));
    Ok(Arc::new(model))
});

impl SemanticModel {
    /// The layer of the program, from `tools/semantic/*.yaml`; what is wrong in those files, if anything is.
    pub fn embedded() -> Result<&'static Self, &'static ModelError> {
        EMBEDDED.as_deref()
    }

    /// The layer of the program, to be shared.
    pub(crate) fn shared() -> Result<Arc<Self>, &'static ModelError> {
        EMBEDDED.as_ref().map(Arc::clone)
    }

    /// The entity with this name.
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.name == name)
    }
}

/// A kind of record that can be asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its name in queries: `opportunities`.
    pub name: String,
    /// Whose records they are.
    pub object: &'static Object,
    /// What many of them are called.
    pub labels: Labels,
    /// What else people call them, one or many.
    pub synonyms: Words,
    /// The dimension of time that "this quarter" means when nothing else is said.
    pub time: Option<String>,
    /// What holds for every record that counts, unless a query says something else of the same dimension.
    pub filters: Vec<QueryFilter>,
    /// What records are grouped and filtered by.
    pub dimensions: Vec<DimensionDef>,
    /// What is measured.
    pub measures: Vec<MeasureDef>,
    /// The dimensions that are shown of the records behind a number, by name.
    pub drill_down: Vec<String>,
    /// What "became of them" means in cohorts; none when it means nothing.
    pub cohort: Option<CohortDef>,
}

impl Entity {
    /// The dimension with this name.
    pub fn dimension(&self, name: &str) -> Option<&DimensionDef> {
        self.dimensions.iter().find(|dimension| dimension.name == name)
    }

    /// The measure with this name.
    pub fn measure(&self, name: &str) -> Option<&MeasureDef> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    /// Whether its records go through the stages of a pipeline: funnels, stage durations, bridges and past days.
    pub fn has_pipeline(&self) -> bool {
        self.object.name == "opportunity"
    }
}

/// What a dimension is to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DimensionKind {
    /// One of some words.
    Category,
    /// A person of the tenant.
    Person,
    /// A record, such as an account.
    Record,
    /// A day or moment.
    Time,
    /// A number or amount.
    Number,
    /// Yes or no.
    Boolean,
    /// A text of its own on each record, such as a name: shown and searched for, never grouped by.
    Text,
}

/// Where the values of a dimension come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueSource {
    /// The words of the catalogue.
    Enum,
    /// The tenant's pipeline stages.
    Stages,
    /// The tenant's people.
    Members,
    /// Records that the asker may see.
    Records,
    /// What stands in the records that the asker may see.
    Distinct,
    /// Anything.
    None,
}

/// What records are grouped and filtered by.
#[derive(Debug, Clone, PartialEq)]
pub struct DimensionDef {
    /// Its name in queries: `stage`, `account_industry`.
    pub name: String,
    /// The field.
    pub path: Path,
    /// What it is to people.
    pub kind: DimensionKind,
    /// Where its values come from.
    pub values: ValueSource,
    /// What it is called.
    pub labels: Labels,
    /// What else people call it.
    pub synonyms: Words,
    /// What people call its values, by the value as it is stored: the first word of a language is its label.
    pub value_words: BTreeMap<String, Words>,
    /// Dimensions of which one says that records have a value at all: deals have a reason once they are closed. Without
    /// one of these or a measure a word that may be a value is not taken for one.
    pub only_with: Vec<String>,
}

impl DimensionDef {
    /// Whether records can be grouped by it.
    pub fn groups(&self) -> bool {
        use crm_store::catalog::FieldType;

        match self.kind {
            DimensionKind::Text => false,
            DimensionKind::Number => {
                matches!(self.path.field.kind, FieldType::Integer) && self.path.custom.is_none()
            }
            _ => true,
        }
    }
}

/// What the numbers of a measure are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// How many.
    Count,
    /// A number without a unit.
    Number,
    /// An amount in the reporting currency.
    Money,
    /// An amount in US dollars, as providers of models bill it.
    Usd,
    /// A share: 0.25 is 25 percent.
    Percent,
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
    /// Minutes.
    Minutes,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureDef {
    /// Its name in queries: `won_amount`.
    pub name: String,
    /// What it is called.
    pub labels: Labels,
    /// What else people call it.
    pub synonyms: Words,
    /// What exactly it means.
    pub definition: Labels,
    /// What its numbers are.
    pub unit: Unit,
    /// Whether the numbers of groups add up to the number of all.
    pub additive: bool,
    /// How it is computed.
    pub measure: Measure,
    /// The dimension of time that it is counted by, such as the close date for what was won; the entity's when none.
    pub time: Option<String>,
    /// Dimensions by which it makes no sense, by name.
    pub not_by: Vec<String>,
    /// Dimensions one of which a query must group by, by name; none for most measures.
    pub only_by: Vec<String>,
    /// The only dimensions by which it makes sense, by name; none when it does by all others.
    pub by: Vec<String>,
    /// What stored numbers are multiplied by to be numbers of the unit.
    pub scale: Decimal,
}

/// What became of the records that began in the same stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct CohortDef {
    /// When a record began.
    pub begun: Path,
    /// When it reached what counts.
    pub reached: Path,
    /// What else holds for those that reached it.
    pub only: Vec<Filter>,
    /// What reaching it is called: "won".
    pub labels: Labels,
}
