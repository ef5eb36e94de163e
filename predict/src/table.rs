//! Rows of what was known, and how they ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing is known.
    #[default]
    Missing,
    /// A number. What is not finite counts as missing.
    Number(f64),
    /// A word out of few or many. An empty one counts as missing.
    Category(String),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// Yes is 1, no is 0.
impl From<bool> for Value {
    fn from(is: bool) -> Self {
        Self::Number(f64::from(u8::from(is)))
    }
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Category(word.to_owned())
    }
}

impl From<String> for Value {
    fn from(word: String) -> Self {
        Self::Category(word)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Numbers, whose order means something.
    Number,
    /// Words.
    Category,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

impl Column {
    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: ColumnKind::Number,
        }
    }

    /// A column of words.
    pub fn category(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: ColumnKind::Category,
        }
    }
}

/// What was known of one thing at one moment, and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The cells, in the order of the columns. Too few are filled up with missing ones.
    pub values: Vec<Value>,
    /// Whether it ended well.
    pub label: bool,
    /// When this was known. Needed for splits by time, decay, backtest and drift.
    pub at: Option<DateTime<Utc>>,
    /// When the label was known, such as the day a deal closed; when `None`, it was known at once.
    pub ended: Option<DateTime<Utc>>,
    /// How much it counts; 1 for an ordinary row. Not above 0, or not finite: it does not count.
    pub weight: f64,
    /// What it is a snapshot of. Rows of one group are never on both sides of a split, and count as one example.
    pub group: Option<String>,
    /// What it is about, where several groups are about one thing: counted and said, nothing else.
    pub subject: Option<String>,
    /// The log-odds to shrink towards, where this row has its own, such as the rate of its stage.
    pub prior: Option<f64>,
}

impl Row {
    /// A row that counts 1, of no group and no moment.
    pub const fn new(values: Vec<Value>, label: bool) -> Self {
        Self {
            values,
            label,
            at: None,
            ended: None,
            weight: 1.0,
            group: None,
            subject: None,
            prior: None,
        }
    }
}

/// A table of rows with one label each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}
