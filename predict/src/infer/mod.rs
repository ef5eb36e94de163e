//! What columns of text hold.

mod words;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::{Column, ColumnKind, Dataset, Row, Value};
pub use words::InferError;

/// Cells that say that nothing is known, in small letters.
const NOTHING: &[&str] = &[
    "", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", ".",
];

/// From this share of numbers on, what is no number counts as missing.
const MOSTLY: f64 = 0.98;

/// The most cells of a table: as many, and what is made of them, fit into the memory of a small machine. Who reads a table from
/// a file counts while reading.
pub const MOST_CELLS: usize = 60_000_000;

/// A table as a file has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextTable {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

/// What to make of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The column that says how a row ended.
    pub label: String,
    /// What it says of rows that ended well.
    pub positive: String,
    /// Columns not to look at.
    pub ignore: Vec<String>,
    /// The column that says when a row was known.
    pub time: Option<String>,
}

/// A table as rows to learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// The rows, without those that have no label.
    pub data: Dataset,
    /// What the other label is.
    pub negative: String,
    /// What a reader should know of the table, in sentences.
    pub notes: Vec<String>,
}

/// Finds out what the columns of a table hold, and which rows ended well.
///
/// A column of numbers is one in which nearly every cell is a number, such as `1,234.50`, `12 %` or `$ 3`; one of days or
/// moments becomes days since 1970; everything else are words. Neither label, time nor ignored columns are learned from.
pub fn infer(table: &TextTable, reading: &Reading) -> Result<Inferred, InferError> {
    if table.header.len().saturating_mul(table.rows.len()) > MOST_CELLS {
        return Err(InferError::TooLarge { most: MOST_CELLS });
    }
    if let Some(name) = repeated(&table.header) {
        return Err(InferError::Repeated(name.to_owned()));
    }
    let find = |name: &String| {
        let found = table.header.iter().position(|column| column == name);
        found.ok_or_else(|| InferError::NoColumn {
            wanted: name.clone(),
            there: table.header.clone(),
        })
    };
    let label = find(&reading.label)?;
    let time = reading.time.as_ref().map(find).transpose()?;
    let ignored: Vec<usize> = reading.ignore.iter().map(find).collect::<Result<_, _>>()?;
    if ignored.contains(&label) {
        return Err(InferError::LabelIgnored(reading.label.clone()));
    }
    let (labels, negative, mut notes) = labels(table, label, reading)?;
    let moments = moments(table, time, reading)?;
    let kept: Vec<usize> = (0..table.header.len())
        .filter(|at| *at != label && Some(*at) != time && !ignored.contains(at))
        .collect();

    let mut rows: Vec<Row> = Vec::new();
    let mut sources: Vec<usize> = Vec::new();
    for (at, (is, moment)) in labels.iter().zip(&moments).enumerate() {
        if let Some(is) = is {
            rows.push(Row {
                at: *moment,
                ..Row::new(Vec::with_capacity(kept.len()), *is)
            });
            sources.push(at);
        }
    }
    let mut columns = Vec::new();
    for at in kept {
        let Some(name) = table.header.get(at) else {
            continue;
        };
        let texts: Vec<&str> = sources.iter().map(|row| cell(table, *row, at)).collect();
        let (kind, values, note) = column(&texts);
        if let Some(note) = note {
            notes.push(format!("column {name}: {note}"));
        }
        columns.push(Column {
            name: name.clone(),
            kind,
        });
        for (row, value) in rows.iter_mut().zip(values) {
            row.values.push(value);
        }
    }
    Ok(Inferred {
        data: Dataset { columns, rows },
        negative,
        notes,
    })
}

fn repeated(header: &[String]) -> Option<&String> {
    let mut seen = std::collections::HashSet::new();
    header.iter().find(|name| !seen.insert(*name))
}

fn cell(table: &TextTable, row: usize, column: usize) -> &str {
    let cell = table.rows.get(row).and_then(|row| row.get(column));
    cell.map_or("", |cell| cell.trim())
}

fn is_nothing(text: &str) -> bool {
    text.len() <= 4 && NOTHING.contains(&text.to_ascii_lowercase().as_str())
}

/// How each row ended, what the rows that did not end well say, and what was left out.
type Labels = (Vec<Option<bool>>, String, Vec<String>);

fn labels(table: &TextTable, label: usize, reading: &Reading) -> Result<Labels, InferError> {
    let mut values: Vec<&str> = Vec::new();
    let mut without = 0_usize;
    let labels = (0..table.rows.len())
        .map(|row| {
            let said = cell(table, row, label);
            // `-` or `none` may be what a row says that did not end well.
            if said.is_empty() {
                without += 1;
                return None;
            }
            // More than a handful are shown as such.
            if values.len() < 8 && !values.contains(&said) {
                values.push(said);
            }
            Some(said == reading.positive)
        })
        .collect();
    values.sort_unstable();
    let owned = || values.iter().map(|value| (*value).to_owned()).collect();
    let column = || reading.label.clone();
    match values.as_slice() {
        [] => Err(InferError::NoLabels(column())),
        values if values.len() > 2 => Err(InferError::ManyLabels {
            column: column(),
            values: owned(),
        }),
        values if !values.contains(&reading.positive.as_str()) => Err(InferError::NoPositive {
            column: column(),
            positive: reading.positive.clone(),
            values: owned(),
        }),
        [only] => Err(InferError::OneLabel {
            column: column(),
            value: (*only).to_owned(),
        }),
        values => {
            let other = values.iter().find(|value| **value != reading.positive);
            let notes = (without > 0).then(|| format!("{without} rows without a label were left out"));
            Ok((
                labels,
                other.copied().unwrap_or_default().to_owned(),
                notes.into_iter().collect(),
            ))
        }
    }
}

fn moments(
    table: &TextTable,
    time: Option<usize>,
    reading: &Reading,
) -> Result<Vec<Option<DateTime<Utc>>>, InferError> {
    let Some(time) = time else {
        return Ok(vec![None; table.rows.len()]);
    };
    (0..table.rows.len())
        .map(|row| {
            let said = cell(table, row, time);
            if is_nothing(said) {
                return Ok(None);
            }
            moment(said).map(Some).ok_or_else(|| InferError::NoMoment {
                column: reading.time.clone().unwrap_or_default(),
                row: row + 1,
                said: said.chars().take(40).collect(),
            })
        })
        .collect()
}

/// A day or a moment, as RFC 3339, as databases write it, or as a day alone; a year alone is its first day.
fn moment(said: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(said) {
        return Some(at.to_utc());
    }
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(said, format) {
            return Some(at.and_utc());
        }
    }
    let day = match said.len() {
        10 => NaiveDate::parse_from_str(said, "%Y-%m-%d").ok(),
        7 => NaiveDate::parse_from_str(&format!("{said}-01"), "%Y-%m-%d").ok(),
        4 => NaiveDate::from_ymd_opt(
            said.parse().ok().filter(|year| (1000..=9999).contains(year))?,
            1,
            1,
        ),
        _ => None,
    }?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// What a column holds, its values, and what a reader should know of it.
fn column(texts: &[&str]) -> (ColumnKind, Vec<Value>, Option<String>) {
    let known: Vec<&str> = texts.iter().copied().filter(|text| !is_nothing(text)).collect();
    if known.is_empty() {
        return (ColumnKind::Category, vec![Value::Missing; texts.len()], None);
    }
    // A year alone is a number.
    if known
        .iter()
        .all(|text| (7..=35).contains(&text.len()) && text.contains('-') && moment(text).is_some())
    {
        let days = |text: &&str| moment(text).map(|at| f64_of_seconds(at) / 86_400.0);
        return (
            ColumnKind::Number,
            texts.iter().map(|text| days(text).into()).collect(),
            Some("days, learned from as days since 1970".to_owned()),
        );
    }
    let numbers = known.iter().filter(|text| number(text).is_some()).count();
    if crate::metrics::count(numbers) >= MOSTLY * crate::metrics::count(known.len()) {
        let rest = known.len() - numbers;
        let note = (rest > 0).then(|| format!("numbers but for {rest} cells, which count as missing"));
        let values = texts.iter().map(|text| number(text).into()).collect();
        return (ColumnKind::Number, values, note);
    }
    let values = texts.iter().map(|text| {
        if is_nothing(text) {
            Value::Missing
        } else {
            (*text).into()
        }
    });
    (ColumnKind::Category, values.collect(), None)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since 1970 stay far below 2^53"
)]
const fn f64_of_seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp() as f64
}

/// A finite number, with or without marks of thousands, a percent sign or a sign of currency.
fn number(text: &str) -> Option<f64> {
    let plain = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    // What a parser calls numbers but nobody means as such.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    plain(text).or_else(|| {
        let bare = text
            .trim_end_matches('%')
            .trim_start_matches(['$', '€', '£', '¥'])
            .trim_end_matches(['€', '£'])
            .trim();
        plain(bare).or_else(|| {
            let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
            let mut groups = whole.split(',');
            let first = groups.next()?.trim_start_matches('-');
            let sound = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
            let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
            (sound && digits).then(|| plain(&bare.replace(',', "")))?
        })
    })
}

#[cfg(test)]
mod tests;
