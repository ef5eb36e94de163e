//! Pictures of tables as Vega-Lite, with the data in them.
//!
//! A picture is made where it shows more than the table: not of one number, not of one row. Nothing is told by colour
//! alone: bars have their place and their number, lines their dashes, fields of a heat map their share.

use crm_store::analytics::Cell;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde_json::{Map, Value as Json, json};

use super::{build::View, columns::part, notes, sentence};
use crate::semantic::{Form, Unit};

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v6.json";
/// The most bars that can be read.
const MOST_BARS: usize = 40;
/// The most lines or bars side by side that can be told apart.
const MOST_SERIES: usize = 8;

/// The picture of a card, if one helps.
pub(super) fn chart(view: &View<'_>) -> Option<Json> {
    if notes::is_empty(view) || view.of.table.rows.len() < 2 {
        return None;
    }
    let mut picture = match view.of.query.form {
        Form::Groups => groups(view)?,
        Form::Records {} => return None,
        Form::Funnel {} => bars(view, "stage", "count")?,
        Form::StageDurations {} => bars(view, "stage", "average_days")?,
        Form::Cohort { .. } => heat(view)?,
        Form::Bridge { .. } => waterfall(view)?,
    };
    let all = picture.as_object_mut()?;
    all.insert("$schema".to_owned(), json!(SCHEMA));
    all.insert("description".to_owned(), json!(sentence::sentence(view)));
    all.insert("width".to_owned(), json!("container"));
    all.insert("background".to_owned(), Json::Null);
    all.insert(
        "autosize".to_owned(),
        json!({"type": "fit-x", "contains": "padding"}),
    );
    Some(picture)
}

fn place(view: &View<'_>, name: &str) -> Option<usize> {
    view.columns.iter().position(|column| column.name == name)
}

fn title(view: &View<'_>, place: usize) -> String {
    view.columns
        .get(place)
        .map_or_else(String::new, |column| column.label.clone())
}

fn float(number: Decimal) -> Json {
    json!(number.to_f64())
}

/// The marks of an axis of numbers.
fn axis(view: &View<'_>, place: usize) -> Json {
    match view.unit(place) {
        Unit::Percent => json!({"format": ".0%"}),
        Unit::Money | Unit::Usd => json!({"format": "~s"}),
        Unit::Count => json!({"tickMinStep": 1}),
        Unit::Number | Unit::Hours | Unit::Days | Unit::Minutes => json!({}),
    }
}

/// A row as data: its place in the table, its group, its number, the number in words.
fn datum(
    view: &View<'_>,
    (at, row): (usize, &Vec<Cell>),
    key: usize,
    measure: usize,
) -> Option<Map<String, Json>> {
    let mut datum = Map::new();
    datum.insert("row".to_owned(), json!(at));
    datum.insert("group".to_owned(), json!(view.words(row, key)));
    datum.insert("value".to_owned(), float(view.number(row, measure)?));
    datum.insert("label".to_owned(), json!(view.words(row, measure)));
    if let Some(Cell::Date(day)) = row.get(key) {
        datum.insert("day".to_owned(), json!(day));
    }
    Some(datum)
}

fn tooltip(view: &View<'_>, key: usize, measure: usize) -> Json {
    json!([
        {"field": "group", "type": "nominal", "title": title(view, key)},
        {"field": "label", "type": "nominal", "title": title(view, measure)},
    ])
}

/// Bars one below the other in the order of the table, each with its number.
fn bars(view: &View<'_>, key: &str, measure: &str) -> Option<Json> {
    bars_at(view, place(view, key)?, place(view, measure)?)
}

fn bars_at(view: &View<'_>, key: usize, measure: usize) -> Option<Json> {
    let rows = view.of.table.rows.iter().enumerate().take(MOST_BARS);
    let data: Vec<_> = rows.filter_map(|row| datum(view, row, key, measure)).collect();
    if data.len() < 2 {
        return None;
    }
    Some(json!({
        "data": {"values": data},
        "height": {"step": 24},
        "encoding": {
            "y": {"field": "group", "type": "nominal", "sort": null, "title": title(view, key)},
            "x": {"field": "value", "type": "quantitative", "title": title(view, measure), "axis": axis(view, measure)},
            "tooltip": tooltip(view, key, measure),
        },
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 2}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {"field": "label", "type": "nominal"}},
            },
        ],
    }))
}

fn groups(view: &View<'_>) -> Option<Json> {
    let keys = view.places("dimension");
    let measure = *view.places("measure").first()?;
    let is_time = |key: usize| view.columns.get(key).is_some_and(|column| column.grain.is_some());
    let earlier = view.places("earlier").first().copied();
    match (keys.as_slice(), earlier) {
        ([key], Some(earlier)) => beside(view, *key, measure, earlier, is_time(*key)),
        ([key], None) if is_time(*key) => lines(view, *key, None, measure),
        ([key], None) => bars_at(view, *key, measure),
        ([one, other], None) if is_time(*one) => lines(view, *one, Some(*other), measure),
        ([one, other], None) if is_time(*other) => lines(view, *other, Some(*one), measure),
        ([one, other], None) => side_by_side(view, *one, *other, measure),
        _ => None,
    }
}

/// The different words of a column in their order; none when they are too many to tell apart.
fn series(view: &View<'_>, place: usize) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for row in &view.of.table.rows {
        let name = view.words(row, place);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (names.len() <= MOST_SERIES).then_some(names)
}

/// A line along the calendar, or one for each value of a second dimension.
fn lines(view: &View<'_>, key: usize, by: Option<usize>, measure: usize) -> Option<Json> {
    let names = match by {
        Some(by) => series(view, by)?,
        None => Vec::new(),
    };
    let rows = view
        .of
        .table
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| matches!(row.get(key), Some(Cell::Date(_))));
    let data: Vec<_> = rows
        .filter_map(|row| {
            let mut datum = datum(view, row, key, measure)?;
            if let Some(by) = by {
                datum.insert("series".to_owned(), json!(view.words(row.1, by)));
            }
            Some(datum)
        })
        .collect();
    if data.len() < 2 {
        return None;
    }
    let mut encoding = json!({
        "x": {"field": "day", "type": "temporal", "title": title(view, key), "scale": {"type": "utc"}},
        "y": {
            "field": "value", "type": "quantitative", "title": title(view, measure), "axis": axis(view, measure),
        },
        "tooltip": tooltip(view, key, measure),
    });
    if let (Some(by), Some(all)) = (by, encoding.as_object_mut()) {
        let of = json!({"field": "series", "type": "nominal", "title": title(view, by), "sort": names});
        for channel in ["color", "strokeDash", "shape"] {
            all.insert(channel.to_owned(), of.clone());
        }
    }
    Some(json!({
        "data": {"values": data},
        "height": 280,
        "mark": {"type": "line", "point": true},
        "encoding": encoding,
    }))
}

/// Bars of two dimensions, the second side by side within the first.
fn side_by_side(view: &View<'_>, one: usize, other: usize, measure: usize) -> Option<Json> {
    let names = series(view, other)?;
    let data: Vec<_> = view
        .of
        .table
        .rows
        .iter()
        .enumerate()
        .filter_map(|row| {
            let mut datum = datum(view, row, one, measure)?;
            datum.insert("series".to_owned(), json!(view.words(row.1, other)));
            Some(datum)
        })
        .collect();
    grouped(view, &data, one, measure, &title(view, other), &names)
}

/// Numbers of now beside those of earlier days.
fn beside(view: &View<'_>, key: usize, measure: usize, earlier: usize, is_time: bool) -> Option<Json> {
    let (now, then) = (title(view, measure), title(view, earlier));
    let mut data = Vec::new();
    for row in view.of.table.rows.iter().enumerate().take(MOST_BARS / 2) {
        for (place, name) in [(measure, &now), (earlier, &then)] {
            if let Some(mut datum) = datum(view, row, key, place) {
                datum.insert("series".to_owned(), json!(name));
                data.push(datum);
            }
        }
    }
    if is_time {
        data.sort_by_key(|datum| datum.get("day").map(ToString::to_string));
    }
    grouped(view, &data, key, measure, "", &[now, then])
}

fn grouped(
    view: &View<'_>,
    data: &[Map<String, Json>],
    key: usize,
    measure: usize,
    title_of_series: &str,
    names: &[String],
) -> Option<Json> {
    if data.len() < 2 {
        return None;
    }
    let title_of_series = if title_of_series.is_empty() {
        Json::Null
    } else {
        json!(title_of_series)
    };
    Some(json!({
        "data": {"values": data},
        "height": {"step": 16},
        "encoding": {
            "y": {"field": "group", "type": "nominal", "sort": null, "title": title(view, key)},
            "yOffset": {"field": "series", "type": "nominal", "sort": names},
            "x": {"field": "value", "type": "quantitative", "title": title(view, measure), "axis": axis(view, measure)},
            "tooltip": [
                {"field": "group", "type": "nominal", "title": title(view, key)},
                {"field": "series", "type": "nominal", "title": title_of_series},
                {"field": "label", "type": "nominal", "title": title(view, measure)},
            ],
        },
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "color": {"field": "series", "type": "nominal", "sort": names, "title": title_of_series},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {"field": "label", "type": "nominal"}},
            },
        ],
    }))
}

/// A field for each cohort and stretch, darker where more have reached it, with the share in it.
fn heat(view: &View<'_>) -> Option<Json> {
    let (begun, stretch, share) = (
        place(view, "begun")?,
        place(view, "stretch")?,
        place(view, "share")?,
    );
    let data: Vec<_> = view
        .of
        .table
        .rows
        .iter()
        .enumerate()
        .filter_map(|row| {
            let mut datum = datum(view, row, begun, share)?;
            datum.insert("stretch".to_owned(), float(view.number(row.1, stretch)?));
            Some(datum)
        })
        .collect();
    // The colours end with the highest share, so what is dark among them is told by it.
    let most = view
        .of
        .table
        .rows
        .iter()
        .filter_map(|row| view.number(row, share))
        .max();
    let dark = most.unwrap_or_default() * Decimal::new(55, 2);
    Some(json!({
        "data": {"values": data},
        "height": {"step": 28},
        "encoding": {
            "y": {"field": "group", "type": "nominal", "sort": null, "title": title(view, begun)},
            "x": {"field": "stretch", "type": "ordinal", "title": title(view, stretch), "axis": {"labelAngle": 0}},
            "tooltip": tooltip(view, begun, share),
        },
        "layer": [
            {
                "mark": {"type": "rect"},
                "encoding": {
                    "color": {
                        "field": "value", "type": "quantitative", "title": title(view, share),
                        "scale": {"scheme": "blues"}, "legend": {"format": ".0%"},
                    },
                },
            },
            {
                "mark": {"type": "text"},
                "encoding": {
                    "text": {"field": "label", "type": "nominal"},
                    "color": {
                        "condition": {"test": format!("datum.value > {dark}"), "value": "white"}, "value": "black",
                    },
                },
            },
        ],
    }))
}

/// From the opening to the closing amount: each part begins where the one before ends.
fn waterfall(view: &View<'_>) -> Option<Json> {
    let (key, measure) = (place(view, "part")?, place(view, "amount")?);
    let language = view.of.language;
    let (mut at, mut data) = (Decimal::ZERO, Vec::new());
    for (place, row) in view.of.table.rows.iter().enumerate() {
        let Some(Cell::Text(name)) = row.get(key) else {
            continue;
        };
        let amount = view.number(row, measure)?;
        let (from, to) = match name.as_str() {
            "opening" | "closing" => (Decimal::ZERO, amount),
            "won" | "lost" | "slipped" => (at, at.checked_sub(amount)?),
            _ => (at, at.checked_add(amount)?),
        };
        at = to;
        let kind = match name.as_str() {
            "opening" | "closing" => "total",
            _ if to < from => "less",
            _ => "more",
        };
        data.push(json!({
            "row": place,
            "group": part(name, language),
            "from": float(from),
            "to": float(to),
            // Its number stands behind it, whichever way it goes.
            "end": float(from.max(to)),
            "value": float(amount),
            "label": view.words(row, measure),
            "kind": kind,
        }));
    }
    Some(json!({
        "data": {"values": data},
        "height": {"step": 28},
        "encoding": {
            "y": {"field": "group", "type": "nominal", "sort": null, "title": null},
            "tooltip": tooltip(view, key, measure),
        },
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "x": {"field": "from", "type": "quantitative", "title": title(view, measure), "axis": axis(view, measure)},
                    "x2": {"field": "to"},
                    "color": {
                        "field": "kind", "type": "nominal", "legend": null,
                        "scale": {"domain": ["total", "more", "less"], "range": ["#4c78a8", "#54a24b", "#e45756"]},
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {
                    "x": {"field": "end", "type": "quantitative"},
                    "text": {"field": "label", "type": "nominal"},
                },
            },
        ],
    }))
}
