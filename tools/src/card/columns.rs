//! What the columns of a card's table are.

use std::collections::BTreeMap;

use crm_store::{
    analytics::{Column, Role},
    catalog::FieldType,
};
use rust_decimal::Decimal;

use super::{
    CardColumn,
    build::Answered,
    texts::{Text, say},
};
use crate::semantic::{DimensionDef, DimensionKind, Form, Grain, Labels, Language, MeasureDef, Unit};

/// A name, its labels in the order of [`Language::ALL`], and a unit.
type Fixed = (&'static str, [&'static str; 4], &'static str);

const FUNNEL: [Fixed; 5] = [
    ("stage", ["Stage", "Phase", "Etapa", "Étape"], "text"),
    (
        "count",
        ["Came so far", "So weit gekommen", "Llegaron", "Parvenues"],
        "count",
    ),
    ("amount", ["Amount", "Betrag", "Importe", "Montant"], "money"),
    (
        "share_of_first",
        ["Of all", "Von allen", "Del total", "De toutes"],
        "percent",
    ),
    (
        "share_of_previous",
        [
            "Of the step before",
            "Vom Schritt davor",
            "Del paso anterior",
            "De l'étape précédente",
        ],
        "percent",
    ),
];
const COHORT: [Fixed; 5] = [
    ("begun", ["Begun", "Begonnen", "Inicio", "Début"], "date"),
    (
        "stretch",
        [
            "Stretches later",
            "Zeiträume danach",
            "Periodos después",
            "Périodes après",
        ],
        "count",
    ),
    ("size", ["Size", "Größe", "Tamaño", "Taille"], "count"),
    (
        "reached",
        ["Reached", "Erreicht", "Alcanzaron", "Atteint"],
        "count",
    ),
    ("share", ["Share", "Anteil", "Proporción", "Part"], "percent"),
];
const DURATIONS: [Fixed; 4] = [
    ("stage", ["Stage", "Phase", "Etapa", "Étape"], "text"),
    ("average_days", ["Average", "Mittel", "Media", "Moyenne"], "days"),
    ("median_days", ["Median", "Median", "Mediana", "Médiane"], "days"),
    ("stays", ["Stays", "Aufenthalte", "Estancias", "Séjours"], "count"),
];
const BRIDGE: [Fixed; 3] = [
    ("part", ["Part", "Teil", "Parte", "Partie"], "text"),
    ("amount", ["Amount", "Betrag", "Importe", "Montant"], "money"),
    (
        "records",
        [
            "Opportunities",
            "Verkaufschancen",
            "Oportunidades",
            "Opportunités",
        ],
        "count",
    ),
];

/// The parts of a bridge, as the store calls them, and what they are called.
const PARTS: [(&str, [&str; 4]); 8] = [
    ("opening", ["Opening", "Anfang", "Inicial", "Ouverture"]),
    ("created", ["Created", "Angelegt", "Creado", "Créé"]),
    ("moved_in", ["Moved in", "Hereingekommen", "Entrado", "Entré"]),
    ("won", ["Won", "Gewonnen", "Ganado", "Gagné"]),
    ("lost", ["Lost", "Verloren", "Perdido", "Perdu"]),
    ("slipped", ["Slipped", "Verschoben", "Aplazado", "Reporté"]),
    ("changed", ["Changed", "Geändert", "Modificado", "Modifié"]),
    ("closing", ["Closing", "Ende", "Final", "Clôture"]),
];

/// The label in a language, or in English.
pub(super) fn label(labels: &Labels, language: Language) -> &str {
    labels
        .get(&language)
        .or_else(|| labels.get(&Language::En))
        .map_or("", String::as_str)
}

fn in_language(labels: &[&'static str; 4], language: Language) -> &'static str {
    Language::ALL
        .into_iter()
        .zip(labels)
        .find(|(other, _)| *other == language)
        .map_or("", |(_, label)| label)
}

/// What a part of a bridge is called.
pub(super) fn part(name: &str, language: Language) -> &str {
    PARTS
        .iter()
        .find(|(part, _)| *part == name)
        .map_or(name, |(_, labels)| in_language(labels, language))
}

/// The word of a unit in tables.
pub(super) const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Number => "number",
        Unit::Money => "money",
        Unit::Usd => "usd",
        Unit::Percent => "percent",
        Unit::Hours => "hours",
        Unit::Days => "days",
        Unit::Minutes => "minutes",
    }
}

/// The unit of a word of tables.
pub(super) fn unit_of(word: &str) -> Unit {
    match word {
        "count" => Unit::Count,
        "money" => Unit::Money,
        "usd" => Unit::Usd,
        "percent" => Unit::Percent,
        "hours" => Unit::Hours,
        "days" => Unit::Days,
        "minutes" => Unit::Minutes,
        _ => Unit::Number,
    }
}

const fn grain_word(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "day",
        Grain::Week => "week",
        Grain::Month => "month",
        Grain::Quarter => "quarter",
        Grain::Year => "year",
    }
}

/// The columns of a table, in their order.
pub(super) fn columns(of: &Answered<'_>) -> Vec<CardColumn> {
    of.table
        .columns
        .iter()
        .map(|column| self::column(of, *column))
        .collect()
}

/// What stored numbers of a column are multiplied by.
pub(super) fn scale(of: &Answered<'_>, column: Column) -> Decimal {
    let scaled = matches!(column.role, Role::Measure | Role::Earlier) && of.query.form.is_groups();
    measure(of, column.place)
        .filter(|_| scaled)
        .map_or(Decimal::ONE, |measure| measure.scale)
}

fn measure<'a>(of: &Answered<'a>, place: usize) -> Option<&'a MeasureDef> {
    of.entity.measure(of.query.measures.get(place)?)
}

fn column(of: &Answered<'_>, column: Column) -> CardColumn {
    let language = of.language;
    match (&of.query.form, column.role) {
        (Form::Groups, Role::Key) => {
            let asked = of.query.dimensions.get(column.place);
            let dimension = asked.and_then(|asked| of.entity.dimension(&asked.name));
            dimension.map_or_else(
                || fixed(("key", ["", "", "", ""], "text"), language, column.role),
                |dimension| self::dimension(dimension, asked.and_then(|asked| asked.grain), language),
            )
        }
        (Form::Groups, role) => measure(of, column.place).map_or_else(
            || fixed(("value", ["", "", "", ""], "number"), language, role),
            |measure| self::numbers(measure, role, language),
        ),
        (Form::Records {}, _) => {
            let name = column
                .place
                .checked_sub(1)
                .and_then(|place| of.entity.drill_down.get(place));
            match name.and_then(|name| of.entity.dimension(name)) {
                Some(dimension) => self::dimension(dimension, None, language),
                None => CardColumn {
                    name: "record".to_owned(),
                    label: label(&of.entity.labels, language).to_owned(),
                    role: "dimension".to_owned(),
                    unit: "record".to_owned(),
                    values: BTreeMap::new(),
                    grain: None,
                },
            }
        }
        (form, role) => {
            let (all, keys): (&[Fixed], usize) = match form {
                Form::Funnel {} => (&FUNNEL, 1),
                Form::Cohort { .. } => (&COHORT, 2),
                Form::StageDurations {} => (&DURATIONS, 1),
                _ => (&BRIDGE, 1),
            };
            let place = if role == Role::Key {
                column.place
            } else {
                keys + column.place
            };
            let of = all
                .get(place)
                .copied()
                .unwrap_or(("value", ["", "", "", ""], "number"));
            let mut made = fixed(of, language, role);
            if let (Form::Cohort { grain, .. }, "begun") = (form, of.0) {
                made.grain = Some(grain_word(*grain).to_owned());
            }
            if of.0 == "part" {
                made.values = PARTS
                    .iter()
                    .map(|(part, labels)| ((*part).to_owned(), in_language(labels, language).to_owned()))
                    .collect();
            }
            made
        }
    }
}

fn fixed((name, labels, unit): Fixed, language: Language, role: Role) -> CardColumn {
    CardColumn {
        name: name.to_owned(),
        label: in_language(&labels, language).to_owned(),
        role: role_word(role).to_owned(),
        unit: unit.to_owned(),
        values: BTreeMap::new(),
        grain: None,
    }
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Key => "dimension",
        Role::Measure => "measure",
        Role::Earlier => "earlier",
        Role::Share => "share",
    }
}

fn numbers(measure: &MeasureDef, role: Role, language: Language) -> CardColumn {
    let name = label(&measure.labels, language);
    CardColumn {
        name: measure.name.clone(),
        label: match role {
            Role::Earlier => say(language, Text::Earlier, &[name]),
            Role::Share => say(language, Text::Share, &[name]),
            Role::Key | Role::Measure => name.to_owned(),
        },
        role: role_word(role).to_owned(),
        unit: unit(if role == Role::Share {
            Unit::Percent
        } else {
            measure.unit
        })
        .to_owned(),
        values: BTreeMap::new(),
        grain: None,
    }
}

fn dimension(dimension: &DimensionDef, grain: Option<Grain>, language: Language) -> CardColumn {
    let unit = match (dimension.kind, dimension.path.field.kind) {
        _ if dimension.path.custom.is_some() => "text",
        _ if grain.is_some() => "date",
        (DimensionKind::Person | DimensionKind::Record, _) => "record",
        (DimensionKind::Boolean, _) => "boolean",
        (DimensionKind::Time, FieldType::Date) => "date",
        (DimensionKind::Time, _) => "time",
        (DimensionKind::Number, FieldType::Money(_)) => "money",
        (DimensionKind::Number, _) => "number",
        (DimensionKind::Category | DimensionKind::Text, _) => "text",
    };
    CardColumn {
        name: dimension.name.clone(),
        label: label(&dimension.labels, language).to_owned(),
        role: "dimension".to_owned(),
        unit: unit.to_owned(),
        values: value_labels(dimension, language),
        grain: grain.map(|grain| grain_word(grain).to_owned()),
    }
}

/// What the values of a dimension are called.
pub(super) fn value_labels(dimension: &DimensionDef, language: Language) -> BTreeMap<String, String> {
    dimension
        .value_words
        .iter()
        .filter_map(|(value, words)| {
            let word = words
                .get(&language)
                .or_else(|| words.get(&Language::En))?
                .first()?;
            Some((value.clone(), word.clone()))
        })
        .collect()
}
