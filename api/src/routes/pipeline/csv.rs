//! The table of a card as CSV.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use crm_tools::card::{AnswerCard, CardColumn};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{Problem, ProblemKind};

/// That rows are left out, and how many of how many there are: `10000 of 51234`.
const CUT: HeaderName = HeaderName::from_static("x-rows-cut");

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

/// The table of a card as a file.
pub(super) fn respond(card: &AnswerCard) -> Result<Response, Problem> {
    let text = table(card)?;
    let mut response = ([(header::VARY, "Accept")], text).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"pipeline.csv\""),
    );
    if let Some(cut) = card.table.as_ref().and_then(|table| table.cut) {
        let of = cut.of.map_or_else(|| "more".to_owned(), |all| all.to_string());
        let said = HeaderValue::try_from(format!("{} of {of}", cut.shown)).map_err(Problem::internal)?;
        headers.insert(CUT, said);
    }
    Ok(response)
}

/// The rows below a line of labels, each line ended as RFC 4180 says; then what the reader must know, a line for each note
/// in its first cell, the last of them that rows are left out.
fn table(card: &AnswerCard) -> Result<String, Problem> {
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
    for note in &card.notes {
        text.push_str(&cell(&format!("# {note}")));
        // Every line has as many cells as the first.
        text.push_str(&",".repeat(table.columns.len().saturating_sub(1)));
        text.push_str("\r\n");
    }
    Ok(text)
}

fn shown(value: &Value, column: &CardColumn) -> String {
    match value {
        Value::Null => String::new(),
        // Numbers are decimal strings, in lists too; a minus sign in front of one is no formula.
        Value::String(number) if is_number(number) => number.clone(),
        Value::String(text) => cell(column.values.get(text).unwrap_or(text)),
        Value::Object(record) => match record.get("name").and_then(Value::as_str) {
            Some(name) => cell(name),
            None => cell(record.get("id").and_then(Value::as_str).unwrap_or("*")),
        },
        other => cell(&other.to_string()),
    }
}

fn is_number(text: &str) -> bool {
    let plain = |digit: char| digit.is_ascii_digit() || digit == '.';
    text.strip_prefix('-').unwrap_or(text).chars().all(plain) && text.parse::<Decimal>().is_ok()
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
    fn numbers_of_lists_are_no_texts_and_texts_are_never_formulas() {
        let column = |role: &str| CardColumn {
            name: "amount".to_owned(),
            label: "Amount".to_owned(),
            role: role.to_owned(),
            unit: "money".to_owned(),
            values: std::collections::BTreeMap::new(),
            grain: None,
        };
        for role in ["dimension", "measure"] {
            let cell = |text: &str| shown(&Value::from(text), &column(role));
            assert_eq!(cell("-12.50"), "-12.50");
            assert_eq!(cell("-1+1"), "\"'-1+1\"");
            assert_eq!(cell("=1"), "\"'=1\"");
        }
        let record = serde_json::json!({"id": "x", "name": "@SUM(1)"});
        assert_eq!(shown(&record, &column("dimension")), "\"'@SUM(1)\"");
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
