//! A card of what the store answered.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use crm_store::{
    FieldError,
    access::Access,
    analytics::{Cell, Note, Reporting, Table},
};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{
    AnswerCard, CardColumn, CardCurrency, CardCut, CardKind, CardTable, Definition, chart,
    columns::{self, label, unit_of},
    format, notes, rights, sentence,
    texts::{Text, text},
};
use crate::semantic::{
    Calendar, Entity, Form, Grain, Language, Lowered, PipelineQuery, ResolvedNames, Rows, Unit, behind,
    behind_row,
};

/// A question, how it was understood, and what the store answered.
pub(crate) struct Answered<'a> {
    pub(crate) entity: &'a Entity,
    pub(crate) query: &'a PipelineQuery,
    pub(crate) lowered: &'a Lowered,
    pub(crate) resolved: &'a ResolvedNames,
    pub(crate) table: &'a Table,
    pub(crate) access: &'a Access,
    pub(crate) calendar: Calendar<'a>,
    pub(crate) language: Language,
    pub(crate) question: Option<String>,
    /// When the numbers were read.
    pub(crate) now: DateTime<Utc>,
    /// Of when they are: earlier where they were read on a copy of the database that was behind.
    pub(crate) as_of: DateTime<Utc>,
    /// Entries of the tenant's vocabulary that are not used.
    pub(crate) left_out: &'a [FieldError],
    /// Whether the list lacks columns that the asker's role does not show.
    pub(crate) lacks_columns: bool,
    /// Which rows were asked for.
    pub(crate) rows: Rows,
}

/// The card of an answer.
pub(crate) fn card(of: &Answered<'_>) -> AnswerCard {
    let view = View::new(of);
    let filters = notes::filters(of);
    let rows = view.json_rows();
    AnswerCard {
        kind: CardKind::Answer,
        question: of.question.clone(),
        language: of.language.code().to_owned(),
        sentence: sentence::sentence(&view),
        query: Some(of.query.clone()),
        table: Some(CardTable {
            columns: view.named_columns(),
            opens: opens(of, &rows),
            rows,
            records: of.table.records,
            behind: of.table.behind,
            cut: cut(of),
        }),
        chart: chart::chart(&view),
        definitions: definitions(of),
        filters,
        rights: Some(rights::rights(of)),
        currency: currency(of, &view.columns),
        as_of: of.as_of,
        timezone: of.lowered.plan.reporting.timezone.name().to_owned(),
        notes: notes::notes(&view),
        drill_down: behind(of.query, of.lowered),
        next_cursor: next_cursor(of),
        choices: Vec::new(),
        suggestions: Vec::new(),
        replay: replay(of.query),
    }
}

/// Where a query can be asked again.
pub(crate) fn replay(query: &PipelineQuery) -> Option<String> {
    let json = serde_json::to_vec(query).ok()?;
    Some(format!("/console/ask?q={}", URL_SAFE_NO_PAD.encode(json)))
}

/// A table as a card shows it.
pub(super) struct View<'a> {
    pub(super) of: &'a Answered<'a>,
    pub(super) columns: Vec<CardColumn>,
    scales: Vec<Decimal>,
}

impl<'a> View<'a> {
    fn new(of: &'a Answered<'a>) -> Self {
        Self {
            of,
            columns: columns::columns(of),
            scales: of
                .table
                .columns
                .iter()
                .map(|column| columns::scale(of, *column))
                .collect(),
        }
    }

    /// The places of the columns with a role.
    pub(super) fn places(&self, role: &str) -> Vec<usize> {
        let places = self.columns.iter().enumerate();
        places
            .filter(|(_, column)| column.role == role)
            .map(|(place, _)| place)
            .collect()
    }

    pub(super) fn reporting(&self) -> &Reporting {
        &self.of.lowered.plan.reporting
    }

    /// A number of a row in the unit of its column.
    pub(super) fn number(&self, row: &[Cell], place: usize) -> Option<Decimal> {
        match row.get(place) {
            Some(Cell::Number(number)) => {
                let scale = self.scales.get(place).copied().unwrap_or(Decimal::ONE);
                number.checked_mul(scale).map(|number| number.normalize())
            }
            _ => None,
        }
    }

    /// The unit of a column.
    pub(super) fn unit(&self, place: usize) -> Unit {
        self.columns
            .get(place)
            .map_or(Unit::Number, |column| unit_of(&column.unit))
    }

    /// A cell as people read it.
    pub(super) fn words(&self, row: &[Cell], place: usize) -> String {
        let language = self.of.language;
        let Some((cell, column)) = row.get(place).zip(self.columns.get(place)) else {
            return String::new();
        };
        match cell {
            Cell::Null => text(language, Text::NoValue).to_owned(),
            Cell::Other => text(language, Text::Other).to_owned(),
            Cell::Text(word) => column.values.get(word).unwrap_or(word).clone(),
            Cell::Boolean(yes) => text(language, if *yes { Text::Yes } else { Text::No }).to_owned(),
            Cell::Number(_) => {
                let number = self.number(row, place).unwrap_or_default();
                format::value(language, number, self.unit(place), &self.reporting().currency)
            }
            Cell::Date(day) => match column.grain.as_deref().and_then(grain_of) {
                Some(grain) => format::stretch(language, *day, grain, &self.of.calendar),
                None => format::day(language, *day),
            },
            Cell::Time(at) => {
                let local = at.with_timezone(&self.reporting().timezone);
                format!(
                    "{} {}",
                    format::day(language, local.date_naive()),
                    local.format("%H:%M")
                )
            }
            Cell::Record { id, name } => name.clone().unwrap_or_else(|| id.to_string()),
        }
    }

    /// The columns, with the names of the stretches of the calendar that the rows have.
    fn named_columns(&self) -> Vec<CardColumn> {
        let mut columns = self.columns.clone();
        let of_a_calendar = columns
            .iter_mut()
            .enumerate()
            .filter(|(_, column)| column.grain.is_some());
        for (place, column) in of_a_calendar {
            for row in &self.of.table.rows {
                if let Some(Cell::Date(day)) = row.get(place) {
                    column.values.insert(day.to_string(), self.words(row, place));
                }
            }
        }
        columns
    }

    fn json_rows(&self) -> Vec<Vec<Json>> {
        let rows = self.of.table.rows.iter();
        rows.map(|row| (0..row.len()).map(|place| self.json(row, place)).collect())
            .collect()
    }

    fn json(&self, row: &[Cell], place: usize) -> Json {
        match row.get(place) {
            None | Some(Cell::Null) => Json::Null,
            Some(Cell::Other) => json!({"other": true}),
            Some(Cell::Text(word)) => json!(word),
            Some(Cell::Boolean(yes)) => json!(yes),
            Some(Cell::Number(_)) => self
                .number(row, place)
                .map_or(Json::Null, |number| Json::String(number.to_string())),
            Some(Cell::Date(day)) => json!(day),
            Some(Cell::Time(at)) => json!(at),
            Some(Cell::Record { id, name }) => json!({"id": id, "name": name}),
        }
    }
}

fn grain_of(word: &str) -> Option<Grain> {
    Some(match word {
        "day" => Grain::Day,
        "week" => Grain::Week,
        "month" => Grain::Month,
        "quarter" => Grain::Quarter,
        "year" => Grain::Year,
        _ => return None,
    })
}

fn definitions(of: &Answered<'_>) -> Vec<Definition> {
    let measures = of
        .query
        .measures
        .iter()
        .filter_map(|name| of.entity.measure(name));
    let mut all: Vec<Definition> = measures
        .map(|measure| Definition {
            name: measure.name.clone(),
            label: label(&measure.labels, of.language).to_owned(),
            text: label(&measure.definition, of.language).to_owned(),
        })
        .collect();
    all.extend(notes::form(of));
    all
}

/// In what amounts are told, when some are.
fn currency(of: &Answered<'_>, columns: &[CardColumn]) -> Option<CardCurrency> {
    let reporting = &of.lowered.plan.reporting;
    let converted = of
        .table
        .notes
        .iter()
        .any(|note| matches!(note, Note::Converted { .. }));
    columns
        .iter()
        .any(|column| column.unit == "money")
        .then(|| CardCurrency {
            code: reporting.currency.clone(),
            rates_on: converted.then_some(reporting.on),
        })
}

/// That not all rows are there.
fn cut(of: &Answered<'_>) -> Option<CardCut> {
    of.table.notes.iter().find_map(|note| match note {
        Note::Cut { shown, of } => Some(CardCut {
            shown: *shown,
            of: *of,
        }),
        _ => None,
    })
}

/// Which rows lead to a list of their records; empty where none does.
fn opens(of: &Answered<'_>, rows: &[Vec<Json>]) -> Vec<bool> {
    // The one number of all has the list of the card.
    if of.query.form.is_groups() && of.query.dimensions.is_empty() {
        return Vec::new();
    }
    let opens: Vec<bool> = rows
        .iter()
        .map(|row| behind_row(of.entity, of.query, of.lowered, row).is_some())
        .collect();
    if opens.contains(&true) { opens } else { Vec::new() }
}

/// Where a list of records goes on.
fn next_cursor(of: &Answered<'_>) -> Option<String> {
    let is_list = matches!(of.query.form, Form::Records {}) && of.query.limit.is_none();
    let shown = i64::from(of.rows.shown_before()) + i64::try_from(of.table.rows.len()).ok()?;
    (is_list && shown < of.table.records)
        .then(|| Rows::cursor(shown))
        .flatten()
}
