//! The answer card: a sentence, the numbers, what they mean, how they came about. Code writes every number.

mod build;
mod chart;
mod columns;
mod counted;
mod format;
mod notes;
mod rights;
mod sentence;
mod texts;
mod told;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

pub(crate) use build::{Answered, card};
pub(crate) use notes::left_out;
pub(crate) use told::{Told, labels, told};

use crate::semantic::PipelineQuery;

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// Numbers.
    Answer,
    /// The question can be read in more than one way.
    Clarification,
    /// The question lies outside what can be asked here.
    Declined,
}

/// An answer card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct AnswerCard {
    /// What came of the question.
    pub kind: CardKind,
    /// The question in the asker's words, if it was asked in words.
    pub question: Option<String>,
    /// BCP 47 tag of the language of the sentence.
    pub language: String,
    /// The answer, the choice to make, or why there is none. Its numbers come from `table`.
    pub sentence: String,
    /// The typed query that was run.
    #[schema(value_type = Option<Object>)]
    pub query: Option<PipelineQuery>,
    /// The numbers.
    pub table: Option<CardTable>,
    /// A Vega-Lite specification (v6) with the data in it, when a picture helps.
    #[schema(value_type = Option<Object>)]
    pub chart: Option<Json>,
    /// What the measures mean.
    pub definitions: Vec<Definition>,
    /// Which records count, in words: one entry for each filter, the days first.
    pub filters: Vec<String>,
    /// Whose records the asker sees, in words.
    pub rights: Option<String>,
    /// ISO 4217 code of the amounts, and the day whose rates hold, when amounts are shown.
    pub currency: Option<CardCurrency>,
    /// When the numbers were read.
    pub as_of: DateTime<Utc>,
    /// The tenant's IANA time zone, in which days are meant.
    pub timezone: String,
    /// What the reader must know: rates that are missing, rows that are cut, why it may be empty.
    pub notes: Vec<String>,
    /// The query of the records behind the numbers.
    #[schema(value_type = Option<Object>)]
    pub drill_down: Option<PipelineQuery>,
    /// Of a list of records that goes on: send it as `cursor` with the same query.
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// Ways to read the question, to choose from.
    pub choices: Vec<Choice>,
    /// Questions that can be asked here.
    pub suggestions: Vec<String>,
    /// Where anyone who may can ask the same again, with their own rights: a path with the query in it.
    pub replay: Option<String>,
}

/// The numbers of a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct CardTable {
    /// The columns.
    pub columns: Vec<CardColumn>,
    /// Rows of JSON values: numbers as decimal strings, days as `2026-11-21`, records as `{"id", "name"}`, null; what is
    /// beyond the limit, together, has `{"other": true}` in its dimensions.
    pub rows: Vec<Vec<Json>>,
    /// How many records the filters leave.
    pub records: i64,
    /// How many of them stand behind the first number: those that its measure counts, of a share those of the whole.
    #[serde(default)]
    pub behind: i64,
    /// That not all rows are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<CardCut>,
    /// Which of the rows lead to a list of their records: send `row` with the query. Empty where none does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opens: Vec<bool>,
}

/// How many rows of an answer are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct CardCut {
    /// So many.
    pub shown: u32,
    /// Of how many, where that was counted.
    pub of: Option<i64>,
}

/// A column of a card's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct CardColumn {
    /// The dimension's or measure's name in the semantic layer.
    pub name: String,
    /// What it is called in the card's language.
    pub label: String,
    /// `dimension`, `measure`, `earlier` or `share`.
    pub role: String,
    /// What its values are: `text`, `boolean`, `count`, `number`, `money`, `usd`, `percent` (0.25 is 25 percent), `hours`,
    /// `days`, `minutes`, `date`, `time`, `record`.
    pub unit: String,
    /// What its values are called in the card's language, by value, where they have names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// Of a calendar dimension: the stretches.
    pub grain: Option<String>,
}

/// What a measure means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = MeasureDefinition)]
pub struct Definition {
    /// Its name in the semantic layer.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What it means, in words.
    pub text: String,
}

/// In what amounts are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct CardCurrency {
    /// ISO 4217 code.
    pub code: String,
    /// The day whose rates hold; null when nothing was converted.
    pub rates_on: Option<NaiveDate>,
}

/// A way to read a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = Reading)]
pub struct Choice {
    /// In words.
    pub label: String,
    /// As a query.
    #[schema(value_type = Object)]
    pub query: PipelineQuery,
}
