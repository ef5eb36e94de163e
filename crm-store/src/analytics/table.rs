//! What comes back.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What groups are made by; a field of a record.
    Key,
    /// A number.
    Measure,
    /// The same number in the days that are compared with.
    Earlier,
    /// The number as a share of the whole, 0 to 1.
    Share,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it is for.
    pub role: Role,
    /// The place of its key, measure or field in the plan.
    pub place: usize,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// None.
    Null,
    /// What is beyond the limit, together.
    Other,
    /// A word.
    Text(String),
    /// Yes or no.
    Boolean(bool),
    /// A number: of records, of amounts in whole units of the reporting currency, of hours or days, of shares.
    Number(Decimal),
    /// A day, or the first day of a stretch of the calendar.
    Date(NaiveDate),
    /// A moment.
    Time(DateTime<Utc>),
    /// A record and what it is called; no name when the actor may not see it.
    Record {
        /// Which one.
        id: Uuid,
        /// What it is called.
        name: Option<String>,
    },
}

/// What the reader of the numbers must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// Amounts were converted with the rates of a day.
    Converted {
        /// From these currencies.
        from: Vec<String>,
        /// With the rates of this day.
        on: NaiveDate,
    },
    /// Amounts in a currency without a rate were left out.
    NoRate {
        /// Which currency.
        currency: String,
        /// How many records.
        records: i64,
    },
    /// Records without a value were left out of a measure.
    Missing {
        /// The place of the measure.
        measure: usize,
        /// How many records.
        records: i64,
    },
    /// There were more groups or records than are shown.
    Cut {
        /// How many are shown.
        shown: u32,
        /// How many there are, if that was counted.
        of: Option<i64>,
    },
    /// The history of a record begins after the day that was asked for; so many records were left out.
    NoHistory {
        /// How many records.
        records: i64,
    },
    /// All records had to be read: no summary or index answers this.
    Scanned,
}

/// Rows of what was asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// What each place of a row is.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// How many records the filters of the question leave.
    pub records: i64,
    /// How many of them stand behind what is shown: those that the first measure counts, in the groups that fulfil the
    /// conditions.
    pub behind: i64,
    /// What the reader must know.
    pub notes: Vec<Note>,
}
