//! The table of a card as CSV.

use axum::http::{HeaderMap, header};
use crm_tools::card::{AnswerCard, CardColumn};
use serde_json::Value;

use crate::{Problem, ProblemKind};

/// Whether the caller wants CSV rather than JSON.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| {
            let first = accept.split(',').next().unwrap_or_default();
            let kind = first.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("text/csv")
        })
}

/// The rows below a line of labels, each line ended as RFC 4180 says.
pub(super) fn table(card: &AnswerCard) -> Result<String, Problem> {
    let Some(table) = &card.table else {
        return Err(Problem::new(
            ProblemKind::Invalid,
            format!("there is no table to be shown as CSV: {}", card.sentence),
        ));
    };
    let head = table.columns.iter().map(|column| cell(&column.label));
    let mut text = head.collect::<Vec<_>>().join(",");
    text.push_str("\r\n");
    for row in &table.rows {
        let cells = row
            .iter()
            .zip(&table.columns)
            .map(|(value, column)| shown(value, column));
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    Ok(text)
}

fn shown(value: &Value, column: &CardColumn) -> String {
    match value {
        Value::Null => String::new(),
        // Numbers are decimal strings; a minus sign in front of one is no formula.
        Value::String(number) if column.role != "dimension" => number.clone(),
        Value::String(text) => cell(column.values.get(text).unwrap_or(text)),
        Value::Object(record) => match record.get("name").and_then(Value::as_str) {
            Some(name) => cell(name),
            None => cell(record.get("id").and_then(Value::as_str).unwrap_or("*")),
        },
        other => cell(&other.to_string()),
    }
}

/// A text as one cell. A spreadsheet would run what begins like a formula; a quote in front makes it a text.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    let mark = if is_formula { "'" } else { "" };
    if is_formula || text.contains([',', '"', '\r', '\n', ';']) {
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_a_text() {
        assert_eq!(cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(cell("@SUM(1)"), "\"'@SUM(1)\"");
        assert_eq!(cell("Smith, \"Jo\""), "\"Smith, \"\"Jo\"\"\"");
        assert_eq!(cell("Acme"), "Acme");
    }

    #[test]
    fn csv_is_sent_to_those_who_ask_for_it_first() {
        let wants = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            is_wanted(&headers)
        };
        assert!(wants("text/csv") && wants("text/csv;q=0.9, application/json"));
        assert!(!wants("application/json") && !wants("*/*") && !wants("application/json, text/csv"));
    }
}
