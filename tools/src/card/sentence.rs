//! The answer in a sentence; its numbers are those of the table.

use chrono::NaiveDate;
use crm_store::analytics::Cell;
use rust_decimal::Decimal;

use super::{
    build::View,
    columns::{label, part},
    counted::{Counted, say_counted},
    format, notes,
    texts::{Text, say},
};
use crate::semantic::{Form, Language, Unit};

/// The sentence of a card.
pub(super) fn sentence(view: &View<'_>) -> String {
    let of = view.of;
    if notes::is_empty(view) {
        return say(of.language, Text::Empty, &[&subject(view)]);
    }
    let said = match of.query.form {
        Form::Groups if of.query.dimensions.is_empty() => one(view),
        Form::Groups => groups(view),
        Form::Records {} => Some(records(view)),
        Form::Funnel {} => funnel(view),
        Form::Cohort { .. } => cohort(view),
        Form::StageDurations {} => durations(view),
        Form::Bridge { from, to } => bridge(view, from, to),
    };
    said.unwrap_or_else(|| say(of.language, Text::Empty, &[&subject(view)]))
}

/// What was asked for, with its days.
fn subject(view: &View<'_>) -> String {
    let of = view.of;
    let measure = of.query.measures.first().and_then(|name| of.entity.measure(name));
    let name = measure.map_or_else(
        || label(&of.entity.labels, of.language),
        |measure| label(&measure.labels, of.language),
    );
    match of.lowered.days {
        Some(days) => format!("{name}, {}", format::days(of.language, days)),
        None => name.to_owned(),
    }
}

/// One number of each measure, and what it was in the days that are compared with.
fn one(view: &View<'_>) -> Option<String> {
    let (of, row) = (view.of, view.of.table.rows.first()?);
    let mut said = Vec::new();
    for (at, place) in view.places("measure").into_iter().enumerate() {
        let name = &view.columns.get(place)?.label;
        let value = view.words(row, place);
        said.push(match of.lowered.days.filter(|_| at == 0) {
            Some(days) => {
                let days = format::days(of.language, days);
                say(of.language, Text::OneIn, &[name, &days, &value])
            }
            None => say(of.language, Text::One, &[name, &value]),
        });
        if let Some(earlier) = compared(view, row, place) {
            said.push(earlier);
        }
    }
    Some(said.join(" "))
}

/// How a number differs from that in its column of earlier days.
fn compared(view: &View<'_>, row: &[Cell], place: usize) -> Option<String> {
    let (language, days) = (view.of.language, view.of.lowered.earlier?);
    let name = &view.columns.get(place)?.name;
    let then = view.places("earlier").into_iter().find(|other| {
        view.columns
            .get(*other)
            .is_some_and(|column| column.name == *name)
    })?;
    let days = format::days(language, days);
    let shown = view.words(row, then);
    let instead = || Some(say(language, Text::Instead, &[&shown, &days]));
    let (Some(now), Some(earlier)) = (view.number(row, place), view.number(row, then)) else {
        return instead();
    };
    if now == earlier {
        return Some(say(language, Text::Same, &[&days]));
    }
    // A share changes by points, and nothing by a share of nothing: the two numbers say more.
    if earlier <= Decimal::ZERO || view.unit(place) == Unit::Percent {
        return instead();
    }
    let change = now.checked_sub(earlier)?.checked_div(earlier)?;
    let share = format::percent(language, change.abs());
    let text = if change.is_sign_positive() {
        Text::More
    } else {
        Text::Less
    };
    Some(say(language, text, &[&share, &days, &shown]))
}

/// The groups: along the calendar, or which one comes first.
fn groups(view: &View<'_>) -> Option<String> {
    let of = view.of;
    let keys = view.places("dimension");
    let place = *view.places("measure").first()?;
    let names: Vec<&str> = keys
        .iter()
        .filter_map(|key| view.columns.get(*key))
        .map(|column| column.label.as_str())
        .collect();
    let heading = say(of.language, Text::By, &[&subject(view), &names.join(", ")]);
    let rows: Vec<&Vec<Cell>> = of.table.rows.iter().collect();
    let along = keys.len() == 1
        && of
            .query
            .dimensions
            .first()
            .is_some_and(|asked| asked.grain.is_some());
    let body = if along && rows.len() > 1 {
        trend(view, *keys.first()?, place)?
    } else {
        first_of(view, &keys, place)?
    };
    let colon = if of.language == Language::Fr { " :" } else { ":" };
    Some(format!("{heading}{colon} {body}"))
}

fn trend(view: &View<'_>, key: usize, place: usize) -> Option<String> {
    let language = view.of.language;
    let mut rows: Vec<(&NaiveDate, &Vec<Cell>)> = view
        .of
        .table
        .rows
        .iter()
        .filter_map(|row| match row.get(key) {
            Some(Cell::Date(day)) => Some((day, row)),
            _ => None,
        })
        .collect();
    rows.sort_by_key(|(day, _)| **day);
    let (first, last) = (rows.first()?.1, rows.last()?.1);
    let said = say(
        language,
        Text::Trend,
        &[
            &view.words(first, place),
            &view.words(first, key),
            &view.words(last, place),
            &view.words(last, key),
        ],
    );
    // The first of those that are alike.
    let peak = rows
        .iter()
        .rev()
        .map(|(_, row)| *row)
        .max_by_key(|row| view.number(row, place))?;
    let most = say(
        language,
        Text::Peak,
        &[&view.words(peak, place), &view.words(peak, key)],
    );
    Some(format!("{said} {most}"))
}

fn first_of(view: &View<'_>, keys: &[usize], place: usize) -> Option<String> {
    let (of, language) = (view.of, view.of.language);
    let groups = || of.table.rows.iter().filter(|row| !row.contains(&Cell::Other));
    let group = |row: &[Cell]| {
        let words: Vec<String> = keys.iter().map(|key| view.words(row, *key)).collect();
        words.join(", ")
    };
    let ascending = of.query.order.first().is_some_and(|order| {
        !order.descending
            && of
                .query
                .measures
                .first()
                .is_some_and(|measure| *measure == order.by)
    });
    let with_number = || groups().filter(|row| view.number(row, place).is_some());
    let row = if ascending {
        with_number().min_by_key(|row| view.number(row, place))?
    } else {
        // The first of those that are alike, as the table has them.
        with_number().rev().max_by_key(|row| view.number(row, place))?
    };
    let text = if ascending { Counted::Bottom } else { Counted::Top };
    let count = i64::try_from(groups().count()).unwrap_or(i64::MAX);
    let mut said = say_counted(language, text, count, &[&group(row), &view.words(row, place)]);
    if let Some(total) = total(view, place) {
        said.push(' ');
        said.push_str(&say(language, Text::Together, &[&total]));
    }
    Some(said)
}

/// What all groups have together, where that can be said: all are there and their numbers add up.
fn total(view: &View<'_>, place: usize) -> Option<String> {
    let of = view.of;
    let additive = of
        .query
        .measures
        .first()
        .and_then(|name| of.entity.measure(name))
        .is_some_and(|measure| measure.additive);
    let cut = of
        .table
        .notes
        .iter()
        .any(|note| matches!(note, crm_store::analytics::Note::Cut { .. }));
    if !additive || (cut && !of.query.other) || of.table.rows.len() < 2 {
        return None;
    }
    let mut sum = Decimal::ZERO;
    for row in &of.table.rows {
        sum = sum.checked_add(view.number(row, place)?)?;
    }
    Some(format::value(
        of.language,
        sum,
        view.unit(place),
        &view.reporting().currency,
    ))
}

fn records(view: &View<'_>) -> String {
    let (of, language) = (view.of, view.of.language);
    let all = format::number(language, Decimal::from(of.table.records), 0);
    let mut said = say(language, Text::Records, &[&subject(view), &all]);
    let shown = i64::try_from(of.table.rows.len()).unwrap_or(i64::MAX);
    // A page that goes on from another one does not show the first of them.
    if shown < of.table.records && of.rows.shown_before() == 0 {
        said.push(' ');
        said.push_str(&say_counted(language, Counted::Shown, shown, &[]));
    }
    said
}

/// The place of a column by its name.
fn place(view: &View<'_>, name: &str) -> Option<usize> {
    view.columns.iter().position(|column| column.name == name)
}

fn funnel(view: &View<'_>) -> Option<String> {
    let (rows, language) = (&view.of.table.rows, view.of.language);
    let (stage, count) = (place(view, "stage")?, place(view, "count")?);
    let (all, before) = (place(view, "share_of_first")?, place(view, "share_of_previous")?);
    let (first, last) = (rows.first()?, rows.last()?);
    let mut said = say_counted(
        language,
        Counted::Funnel,
        i64::try_from(view.number(first, count)?).ok()?,
        &[
            &view.words(last, count),
            &view.words(last, all),
            &view.words(last, stage),
        ],
    );
    let later = rows
        .iter()
        .skip(1)
        .filter(|row| view.number(row, before).is_some());
    let smallest = later.min_by_key(|row| view.number(row, before));
    if let Some(drop) = smallest.filter(|row| view.number(row, before) < Some(Decimal::ONE)) {
        said.push(' ');
        said.push_str(&say(
            language,
            Text::Drop,
            &[&view.words(drop, stage), &view.words(drop, before)],
        ));
    }
    Some(said)
}

fn cohort(view: &View<'_>) -> Option<String> {
    let (of, language) = (view.of, view.of.language);
    let (begun, stretch) = (place(view, "begun")?, place(view, "stretch")?);
    let (size, reached) = (place(view, "size")?, place(view, "reached")?);
    let (mut all, mut some) = (Decimal::ZERO, Decimal::ZERO);
    let rows = &of.table.rows;
    for (at, row) in rows.iter().enumerate() {
        // The last stretch of each cohort has all that reached it so far.
        let next = rows.get(at + 1);
        let ends = next.is_none_or(|next| {
            next.get(begun) != row.get(begun) || view.number(next, stretch) < view.number(row, stretch)
        });
        if ends {
            all = all.checked_add(view.number(row, size)?)?;
            some = some.checked_add(view.number(row, reached)?)?;
        }
    }
    let share = some
        .checked_div(all)
        .map(|share| format::percent(language, share))?;
    let number = |number: Decimal| format::number(language, number, 0);
    let became = of
        .entity
        .cohort
        .as_ref()
        .map_or("", |cohort| label(&cohort.labels, language));
    let entity = label(&of.entity.labels, language);
    let entity = if language == Language::De {
        entity.to_owned()
    } else {
        entity.to_lowercase()
    };
    Some(say(
        language,
        Text::Cohort,
        &[&number(some), &number(all), &entity, &share, became],
    ))
}

fn durations(view: &View<'_>) -> Option<String> {
    let (stage, average, median) = (
        place(view, "stage")?,
        place(view, "average_days")?,
        place(view, "median_days")?,
    );
    let rows = view.of.table.rows.iter();
    let longest = rows.max_by_key(|row| view.number(row, average))?;
    Some(say(
        view.of.language,
        Text::Longest,
        &[
            &view.words(longest, stage),
            &view.words(longest, average),
            &view.words(longest, median),
        ],
    ))
}

fn bridge(view: &View<'_>, from: NaiveDate, to: NaiveDate) -> Option<String> {
    let language = view.of.language;
    let amount = place(view, "amount")?;
    let row_of = |wanted: &str| {
        let mut rows = view.of.table.rows.iter();
        rows.find(|row| matches!(row.first(), Some(Cell::Text(part)) if part == wanted))
    };
    let words = |wanted: &str| row_of(wanted).map(|row| view.words(row, amount));
    let mut said = say(
        language,
        Text::Bridge,
        &[
            &words("opening")?,
            &format::day(language, from),
            &words("closing")?,
            &format::day(language, to),
        ],
    );
    let parts: Vec<String> = ["created", "moved_in", "won", "lost", "slipped", "changed"]
        .into_iter()
        .filter(|name| {
            row_of(name)
                .and_then(|row| view.number(row, amount))
                .is_some_and(|n| !n.is_zero())
        })
        .filter_map(|name| Some(say(language, Text::Part, &[part(name, language), &words(name)?])))
        .collect();
    if !parts.is_empty() {
        said.push(' ');
        said.push_str(&parts.join(", "));
        said.push('.');
    }
    Some(said)
}
