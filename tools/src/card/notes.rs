//! What the reader of a card must know: which records count, who sees them, what is left out.

use crm_store::{
    FieldError,
    analytics::{Cell, Measure, Note},
};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{
    Definition,
    build::{Answered, View},
    columns::{label, value_labels},
    counted::{Counted, say_counted},
    format, rights,
    texts::{Text, say, text},
    told::Told,
};
use crate::semantic::{DimensionKind, FilterOp, Form, Language, MY_TEAM, ResolvedFilter};

/// How a comparison is said in each language.
const fn comparison(op: FilterOp) -> [&'static str; 4] {
    match op {
        FilterOp::Eq => ["is", "ist", "es", "est"],
        FilterOp::Ne => ["is not", "ist nicht", "no es", "n'est pas"],
        FilterOp::Lt => [
            "is less than",
            "ist kleiner als",
            "es menor que",
            "est inférieur à",
        ],
        FilterOp::Lte => ["is at most", "ist höchstens", "es como máximo", "est au plus"],
        FilterOp::Gt => [
            "is more than",
            "ist größer als",
            "es mayor que",
            "est supérieur à",
        ],
        FilterOp::Gte => ["is at least", "ist mindestens", "es como mínimo", "est au moins"],
        FilterOp::In => ["is one of", "ist eines von", "es uno de", "est l'un de"],
        FilterOp::NotIn => [
            "is none of",
            "ist keines von",
            "no es ninguno de",
            "n'est aucun de",
        ],
        FilterOp::IsNull => [
            "has no value",
            "hat keinen Wert",
            "no tiene valor",
            "n'a pas de valeur",
        ],
    }
}

const HAS_VALUE: [&str; 4] = ["has a value", "hat einen Wert", "tiene valor", "a une valeur"];

fn in_language(words: [&'static str; 4], language: Language) -> &'static str {
    let [en, de, es, fr] = words;
    match language {
        Language::En => en,
        Language::De => de,
        Language::Es => es,
        Language::Fr => fr,
    }
}

/// How a comparison is said.
pub(super) fn comparison_of(op: FilterOp, language: Language) -> &'static str {
    in_language(comparison(op), language)
}

/// Which records count, in words: the days first.
pub(super) fn filters(of: &Answered<'_>) -> Vec<String> {
    conditions(&Told {
        language: of.language,
        entity: of.entity,
        query: of.query,
        lowered: of.lowered,
        resolved: of.resolved,
    })
}

/// The conditions of a query, in words: the days first.
pub(super) fn conditions(of: &Told<'_>) -> Vec<String> {
    let language = of.language;
    let mut said = Vec::new();
    if let (Some(days), Some(time)) = (of.lowered.days, of.lowered.time.as_deref()) {
        let name = of
            .entity
            .dimension(time)
            .map_or(time, |time| label(&time.labels, language));
        said.push(say(language, Text::Part, &[name, &format::days(language, days)]));
    }
    if let Some(day) = of.query.as_of {
        said.push(say(language, Text::AsOf, &[&format::day(language, day)]));
    }
    said.extend(of.resolved.filters.iter().map(|filter| in_words(of, filter)));
    said
}

fn in_words(of: &Told<'_>, resolved: &ResolvedFilter) -> String {
    let (language, filter) = (of.language, &resolved.filter);
    let Some(dimension) = of.entity.dimension(&filter.dimension) else {
        return filter.dimension.clone();
    };
    let name = label(&dimension.labels, language);
    if filter.op == FilterOp::IsNull {
        let words = if filter.value == Json::Bool(false) {
            HAS_VALUE
        } else {
            comparison(filter.op)
        };
        return format!("{name} {}", in_language(words, language));
    }
    let labels = value_labels(dimension, language);
    let values: Vec<String> = resolved
        .names
        .iter()
        .map(|value| match (dimension.kind, value.as_str()) {
            (DimensionKind::Boolean, "true") => text(language, Text::Yes).to_owned(),
            (DimensionKind::Boolean, "false") => text(language, Text::No).to_owned(),
            (DimensionKind::Person, MY_TEAM) => text(language, Text::MyTeam).to_owned(),
            (DimensionKind::Person, "me") => text(language, Text::Me).to_owned(),
            (DimensionKind::Number, number) => number.parse::<Decimal>().map_or_else(
                |_| number.to_owned(),
                |number| format::number(language, number, 2),
            ),
            (DimensionKind::Time, day) => day
                .parse()
                .map_or_else(|_| day.to_owned(), |day| format::day(language, day)),
            (_, value) => labels.get(value).cloned().unwrap_or_else(|| value.to_owned()),
        })
        .collect();
    // Those below the asker are told as what they are to the asker, not as a list of people.
    if resolved.names == [MY_TEAM] {
        let op = if filter.op == FilterOp::NotIn {
            FilterOp::Ne
        } else {
            FilterOp::Eq
        };
        let team = text(language, Text::MyTeam);
        return format!("{name} {} {team}", in_language(comparison(op), language));
    }
    format!(
        "{name} {} {}",
        in_language(comparison(filter.op), language),
        values.join(", ")
    )
}

/// What a form of answer means, where measures do not say it.
pub(super) fn form(of: &Answered<'_>) -> Option<Definition> {
    let (name, label, text) = match of.query.form {
        Form::Groups | Form::Records {} => return None,
        Form::Funnel {} => (
            "funnel",
            ["Funnel", "Trichter", "Embudo", "Entonnoir"],
            [
                "How many opportunities came to each stage at least, whether or not they are still there.",
                "Wie viele Verkaufschancen mindestens bis zu jeder Phase kamen, ob sie noch dort sind oder nicht.",
                "Cuántas oportunidades llegaron al menos a cada etapa, sigan o no en ella.",
                "Combien d'opportunités sont parvenues au moins à chaque étape, qu'elles y soient encore ou non.",
            ],
        ),
        Form::Cohort { .. } => (
            "cohort",
            ["Cohorts", "Kohorten", "Cohortes", "Cohortes"],
            [
                "Of the records that began in the same stretch of time, how many had reached it so many stretches later.",
                "Wie viele der Datensätze, die im selben Zeitraum begannen, es so viele Zeiträume später erreicht hatten.",
                "De los registros que empezaron en el mismo periodo, cuántos lo habían alcanzado tantos periodos después.",
                "Parmi les enregistrements commencés à la même période, combien l'avaient atteint autant de périodes après.",
            ],
        ),
        Form::StageDurations {} => (
            "stage_durations",
            [
                "Time in stages",
                "Zeit in Phasen",
                "Tiempo en etapas",
                "Temps par étape",
            ],
            [
                "How long opportunities stayed in each stage that they left, in days.",
                "Wie lange Verkaufschancen in jeder Phase blieben, die sie verließen, in Tagen.",
                "Cuánto tiempo pasaron las oportunidades en cada etapa que dejaron, en días.",
                "Combien de temps les opportunités sont restées à chaque étape quittée, en jours.",
            ],
        ),
        Form::Bridge { .. } => (
            "bridge",
            [
                "Pipeline bridge",
                "Pipeline-Brücke",
                "Puente del pipeline",
                "Pont du pipeline",
            ],
            [
                "Where the open amount went between the ends of two days; the parts add up.",
                "Wohin der offene Betrag zwischen dem Ende zweier Tage ging; die Teile ergeben die Summe.",
                "Adónde fue el importe abierto entre el final de dos días; las partes suman el total.",
                "Où est allé le montant ouvert entre la fin de deux jours ; les parties font la somme.",
            ],
        ),
    };
    Some(Definition {
        name: name.to_owned(),
        label: in_language(label, of.language).to_owned(),
        text: in_language(text, of.language).to_owned(),
    })
}

/// Whether there is nothing to show: no rows, no records, or no number at all.
pub(super) fn is_empty(view: &View<'_>) -> bool {
    let table = view.of.table;
    let without_number = |row: &Vec<Cell>| {
        let mut numbers = view.places("measure").into_iter();
        view.of.query.form.is_groups()
            && !view.places("measure").is_empty()
            && numbers.all(|place| matches!(row.get(place), Some(Cell::Null) | None))
    };
    // A bridge says something of nothing too: where the amount went, and that none was there.
    let none = table.records == 0 && !matches!(view.of.query.form, Form::Bridge { .. });
    table.rows.is_empty() || none || table.rows.iter().all(without_number)
}

/// What the reader must know.
pub(super) fn notes(view: &View<'_>) -> Vec<String> {
    let (of, language) = (view.of, view.of.language);
    let mut said = Vec::new();
    if is_empty(view) {
        said.extend(why_empty(view));
    }
    let is_cut = |note: &&Note| matches!(note, Note::Cut { .. });
    for note in of.table.notes.iter().filter(|note| !is_cut(note)) {
        said.push(in_a_sentence(of, note));
    }
    said.extend(read_as(of));
    said.extend(left_out(of.left_out, language));
    if of.lacks_columns {
        said.push(text(language, Text::Unshown).to_owned());
    }
    // At the end of a table comes that there would be more of it.
    let cut = of.table.notes.iter().filter(is_cut);
    said.extend(cut.map(|note| in_a_sentence(of, note)));
    said
}

/// A note of the store in words.
fn in_a_sentence(of: &Answered<'_>, note: &Note) -> String {
    let language = of.language;
    match note {
        Note::Converted { from, on } => say(
            language,
            Text::Converted,
            &[&from.join(", "), &format::day(language, *on)],
        ),
        Note::NoRate { currency, records } => say_counted(language, Counted::NoRate, *records, &[currency]),
        Note::Missing { measure, records } => {
            let name = of
                .query
                .measures
                .get(*measure)
                .and_then(|name| of.entity.measure(name));
            let name = name.map_or("", |measure| label(&measure.labels, language));
            say_counted(language, Counted::Missing, *records, &[name])
        }
        Note::Cut { shown, of: Some(all) } => {
            let all = format::number(language, Decimal::from(*all), 0);
            say_counted(language, Counted::CutOf, i64::from(*shown), &[&all])
        }
        Note::Cut { shown, of: None } => say_counted(language, Counted::Cut, i64::from(*shown), &[]),
        Note::NoHistory { records } => say_counted(language, Counted::NoHistory, *records, &[]),
        Note::Scanned => text(language, Text::Scanned).to_owned(),
    }
}

/// Which of the asker's words were read as something that is not called so. Only words of the question itself are told, so
/// that nothing is shown that somebody else wrote into the query.
fn read_as(of: &Answered<'_>) -> Vec<String> {
    let question = of.question.as_deref().unwrap_or_default().to_lowercase();
    let asked = of
        .query
        .read_as
        .iter()
        .take(MOST_READ_AS)
        .filter(|read| question.contains(&read.words.to_lowercase()));
    let told = asked.filter_map(|read| {
        let dimension = of.entity.dimension(&read.dimension)?;
        let name = label(&dimension.labels, of.language);
        let meant = match &read.value {
            None => name.to_owned(),
            Some(value) => {
                let found = of.resolved.filters.iter().find(|found| {
                    found.filter.dimension == read.dimension && found.names.iter().any(|name| name == value)
                });
                found?;
                let labels = value_labels(dimension, of.language);
                format!("{name} {}", labels.get(value).unwrap_or(value))
            }
        };
        Some(say(of.language, Text::ReadAs, &[&read.words, &meant]))
    });
    told.collect()
}

/// How many words that were read by their meaning are told.
const MOST_READ_AS: usize = 5;

/// How many entries of the tenant's vocabulary that are not used are named; `/v1/pipeline/vocabulary` names all.
const MOST_LEFT_OUT: usize = 5;

/// That entries of the tenant's own vocabulary are not used, and why.
pub(crate) fn left_out(problems: &[FieldError], language: Language) -> Vec<String> {
    problems
        .iter()
        .take(MOST_LEFT_OUT)
        .map(|problem| say(language, Text::LeftOut, &[&problem.pointer, &problem.message]))
        .collect()
}

/// Why records come to no number.
fn why_no_number(of: &Answered<'_>) -> Option<String> {
    let language = of.language;
    // Without conditions on groups there would be rows.
    if of.table.rows.is_empty() && !of.query.having.is_empty() {
        return Some(text(language, Text::NoneHaving).to_owned());
    }
    let first = of.query.measures.first();
    let measure = first.and_then(|name| of.entity.measure(name))?;
    match measure.measure {
        Measure::Ratio { .. } | Measure::Attainment(_) => Some(text(language, Text::NoWhole).to_owned()),
        // A mean of none, where others pass the filters. Records that count and have no value are told as missing.
        Measure::Plain(_) | Measure::Total { .. } if of.table.behind == 0 => {
            let name = label(&measure.labels, language);
            Some(say_counted(language, Counted::NoneOf, of.table.records, &[name]))
        }
        Measure::Plain(_) | Measure::Total { .. } => None,
    }
}

/// Why there may be nothing to show.
fn why_empty(view: &View<'_>) -> Vec<String> {
    let (of, language) = (view.of, view.of.language);
    let mut said = Vec::new();
    let today = of.now.with_timezone(&view.reporting().timezone).date_naive();
    match of.lowered.days {
        Some(days) if days.from.is_some_and(|from| from > today) => {
            let first = days
                .from
                .map(|from| format::day(language, from))
                .unwrap_or_default();
            said.push(say(language, Text::NotBegun, &[&first]));
        }
        Some(days) if of.table.records == 0 => {
            said.push(say(language, Text::NoneInDays, &[&format::days(language, days)]));
        }
        _ => {}
    }
    for resolved in of.resolved.filters.iter().filter(|resolved| resolved.unknown) {
        let dimension = of.entity.dimension(&resolved.filter.dimension);
        let name = dimension.map_or("", |dimension| label(&dimension.labels, language));
        said.push(say(language, Text::NoneWith, &[name, &resolved.names.join(", ")]));
    }
    if of.table.records > 0 {
        said.extend(why_no_number(of));
        return said;
    }
    if said.is_empty() {
        said.push(text(language, Text::NoneFound).to_owned());
    }
    if !rights::sees_all(of) {
        said.push(text(language, Text::NoneSeen).to_owned());
    }
    said
}
