//! A query in words, so that it can be told apart from another.

use rust_decimal::Decimal;

use super::{
    columns::label,
    format,
    notes::{comparison_of, conditions},
};
use crate::semantic::{Compare, Entity, Form, Grain, Language, Lowered, PipelineQuery, ResolvedNames};

/// A query that was understood.
pub(crate) struct Told<'a> {
    pub(crate) language: Language,
    pub(crate) entity: &'a Entity,
    pub(crate) query: &'a PipelineQuery,
    pub(crate) lowered: &'a Lowered,
    pub(crate) resolved: &'a ResolvedNames,
}

/// What is asked, and then every other part of the query that changes the answer, in the words of the layer and of cards.
pub(crate) fn told(of: &Told<'_>) -> Vec<String> {
    let (language, entity, query) = (of.language, of.entity, of.query);
    let measure = |name: &String| {
        let known = entity.measure(name);
        known.map_or_else(
            || name.clone(),
            |measure| label(&measure.labels, language).to_owned(),
        )
    };
    let either = |name: &String| {
        let known = entity.dimension(name);
        known.map_or_else(
            || measure(name),
            |dimension| label(&dimension.labels, language).to_owned(),
        )
    };
    let mut parts = vec![if query.measures.is_empty() {
        label(&entity.labels, language).to_owned()
    } else {
        query.measures.iter().map(measure).collect::<Vec<_>>().join(" + ")
    }];
    parts.extend(form(language, &query.form));
    parts.extend(query.dimensions.iter().map(|by| match by.grain {
        Some(grain) => format!("{} ({})", either(&by.name), stretch(language, grain)),
        None => either(&by.name),
    }));
    parts.extend(conditions(of));
    parts.extend(query.having.iter().map(|having| {
        let value = format::number(language, having.value, Decimal::MAX_SCALE);
        format!(
            "{} {} {value}",
            measure(&having.measure),
            comparison_of(having.op, language)
        )
    }));
    parts.extend(
        query
            .compare
            .map(|compare| compared(language, compare).to_owned()),
    );
    parts.extend(query.order.iter().map(|order| {
        let arrow = if order.descending { "↓" } else { "↑" };
        format!("{} {arrow}", either(&order.by))
    }));
    parts.extend(query.limit.map(|limit| format!("≤ {limit}")));
    if query.other {
        parts.push(
            said(
                language,
                ["with the rest", "mit dem Rest", "con el resto", "avec le reste"],
            )
            .to_owned(),
        );
    }
    if query.share {
        parts.push(said(language, ["shares", "Anteile", "partes", "parts"]).to_owned());
    }
    parts.extend(query.currency.clone());
    parts
}

/// A label for each of several queries: what it asks for, and the parts that not all of them have.
pub(crate) fn labels(all: &[Vec<String>]) -> Vec<String> {
    let is_shared = |part: &String| all.iter().all(|parts| parts.contains(part));
    all.iter()
        .map(|parts| {
            let own = parts.iter().skip(1).filter(|part| !is_shared(part));
            parts
                .iter()
                .take(1)
                .chain(own)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" · ")
        })
        .collect()
}

fn form(language: Language, form: &Form) -> Option<String> {
    Some(match form {
        Form::Groups => return None,
        Form::Records {} => said(language, ["list", "Liste", "lista", "liste"]).to_owned(),
        Form::Funnel {} => said(language, ["funnel", "Trichter", "embudo", "entonnoir"]).to_owned(),
        Form::Cohort { grain, stretches } => {
            let name = said(language, ["cohorts", "Kohorten", "cohortes", "cohortes"]);
            format!("{name} ({}, {stretches})", stretch(language, *grain))
        }
        Form::StageDurations {} => said(
            language,
            [
                "days in each stage",
                "Tage je Phase",
                "días por etapa",
                "jours par étape",
            ],
        )
        .to_owned(),
        Form::Bridge { from, to } => format!(
            "{} – {}",
            format::day(language, *from),
            format::day(language, *to)
        ),
    })
}

const fn stretch(language: Language, grain: Grain) -> &'static str {
    said(
        language,
        match grain {
            Grain::Day => ["day", "Tag", "día", "jour"],
            Grain::Week => ["week", "Woche", "semana", "semaine"],
            Grain::Month => ["month", "Monat", "mes", "mois"],
            Grain::Quarter => ["quarter", "Quartal", "trimestre", "trimestre"],
            Grain::Year => ["year", "Jahr", "año", "année"],
        },
    )
}

const fn compared(language: Language, compare: Compare) -> &'static str {
    said(
        language,
        match compare {
            Compare::PreviousPeriod => [
                "beside the days before",
                "neben den Tagen davor",
                "junto a los días anteriores",
                "à côté des jours précédents",
            ],
            Compare::PreviousYear => [
                "beside the year before",
                "neben dem Vorjahr",
                "junto al año anterior",
                "à côté de l'année précédente",
            ],
        },
    )
}

const fn said(language: Language, words: [&'static str; 4]) -> &'static str {
    let [en, de, es, fr] = words;
    match language {
        Language::En => en,
        Language::De => de,
        Language::Es => es,
        Language::Fr => fr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_is_asked_and_what_sets_it_apart() {
        let parts = |all: &[&str]| all.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        let all = [
            parts(&["won amount", "owner", "close date: Q3 2026"]),
            parts(&["won amount", "owner", "close date: Q4 2026"]),
            parts(&["won amount", "owner", "close date: Q4 2026", "≤ 5"]),
        ];
        assert_eq!(
            labels(&all),
            [
                "won amount · close date: Q3 2026",
                "won amount · close date: Q4 2026",
                "won amount · close date: Q4 2026 · ≤ 5"
            ]
        );
    }
}
