//! What cards say of a number of things, in the singular and in the plural of each language.

use rust_decimal::Decimal;

use super::{format, texts::fill};
use crate::semantic::Language;

/// A text that stands in the singular or in the plural; `{0}` is the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// Groups; `{1}` the first of them, `{2}` its value.
    Top,
    /// Groups; `{1}` the last of them, `{2}` its value.
    Bottom,
    /// What came in; `{1}` reached, `{2}` share, `{3}` last step.
    Funnel,
    /// Records that are shown, the first ones.
    Shown,
    /// Rows that are shown; `{1}` of how many.
    CutOf,
    /// Rows that are shown, the first ones.
    Cut,
    /// Records; `{1}` currency.
    NoRate,
    /// Records; `{1}` measure.
    Missing,
    /// Records.
    NoHistory,
    /// Records; `{1}` measure.
    NoneOf,
}

/// The text for so many things with what else belongs at its places.
pub(super) fn say_counted(language: Language, of: Counted, count: i64, values: &[&str]) -> String {
    let [one, many] = both(of);
    let [en, de, es, fr] = if is_singular(language, count) { one } else { many };
    let text = match language {
        Language::En => en,
        Language::De => de,
        Language::Es => es,
        Language::Fr => fr,
    };
    let count = format::number(language, Decimal::from(count), 0);
    let values: Vec<&str> = [count.as_str()]
        .into_iter()
        .chain(values.iter().copied())
        .collect();
    fill(text, &values)
}

/// Whether a language writes so many things in the singular, as Unicode's rules for whole numbers have it.
const fn is_singular(language: Language, count: i64) -> bool {
    match language {
        Language::En | Language::De | Language::Es => count == 1,
        Language::Fr => count == 0 || count == 1,
    }
}

/// For one thing, and for more.
#[expect(clippy::too_many_lines, reason = "a list of texts")]
const fn both(text: Counted) -> [[&'static str; 4]; 2] {
    match text {
        Counted::Top => [
            [
                "{1} is the only group, with {2}.",
                "{1} ist die einzige Gruppe, mit {2}.",
                "{1} es el único grupo, con {2}.",
                "{1} est le seul groupe, avec {2}.",
            ],
            [
                "{1} comes first with {2} ({0} groups).",
                "{1} liegt mit {2} vorn ({0} Gruppen).",
                "{1} va en primer lugar con {2} ({0} grupos).",
                "{1} arrive en tête avec {2} ({0} groupes).",
            ],
        ],
        Counted::Bottom => [
            [
                "{1} is the only group, with {2}.",
                "{1} ist die einzige Gruppe, mit {2}.",
                "{1} es el único grupo, con {2}.",
                "{1} est le seul groupe, avec {2}.",
            ],
            [
                "{1} has the least with {2} ({0} groups).",
                "{1} hat mit {2} am wenigsten ({0} Gruppen).",
                "{1} tiene lo mínimo con {2} ({0} grupos).",
                "{1} a le moins avec {2} ({0} groupes).",
            ],
        ],
        Counted::Funnel => [
            [
                "{0} opportunity came in; {1} ({2}) reached {3}.",
                "{0} Verkaufschance kam herein; {1} ({2}) erreichte {3}.",
                "Entró {0} oportunidad; {1} ({2}) llegó a {3}.",
                "{0} opportunité est entrée ; {1} ({2}) a atteint {3}.",
            ],
            [
                "{0} opportunities came in; {1} of them ({2}) reached {3}.",
                "{0} Verkaufschancen kamen herein; {1} davon ({2}) erreichten {3}.",
                "Entraron {0} oportunidades; {1} de ellas ({2}) llegaron a {3}.",
                "{0} opportunités sont entrées ; {1} d'entre elles ({2}) ont atteint {3}.",
            ],
        ],
        Counted::Shown => [
            [
                "The first one is shown.",
                "Der erste wird gezeigt.",
                "Se muestra el primero.",
                "Le premier est affiché.",
            ],
            [
                "The first {0} are shown.",
                "Die ersten {0} werden gezeigt.",
                "Se muestran los primeros {0}.",
                "Les {0} premiers sont affichés.",
            ],
        ],
        Counted::CutOf => [
            [
                "{0} of {1} is shown.",
                "{0} von {1} wird gezeigt.",
                "Se muestra {0} de {1}.",
                "{0} sur {1} est affiché.",
            ],
            [
                "{0} of {1} are shown.",
                "{0} von {1} werden gezeigt.",
                "Se muestran {0} de {1}.",
                "{0} sur {1} sont affichés.",
            ],
        ],
        Counted::Cut => [
            [
                "Only the first one is shown.",
                "Nur der erste wird gezeigt.",
                "Solo se muestra el primero.",
                "Seul le premier est affiché.",
            ],
            [
                "Only the first {0} are shown.",
                "Nur die ersten {0} werden gezeigt.",
                "Solo se muestran los primeros {0}.",
                "Seuls les {0} premiers sont affichés.",
            ],
        ],
        Counted::NoRate => [
            [
                "{0} record in {1} is left out of amounts: there is no rate.",
                "{0} Datensatz in {1} fehlt in den Beträgen: es gibt keinen Kurs.",
                "{0} registro en {1} no cuenta en los importes: no hay tipo de cambio.",
                "{0} enregistrement en {1} manque dans les montants : il n'y a pas de taux.",
            ],
            [
                "{0} records in {1} are left out of amounts: there is no rate.",
                "{0} Datensätze in {1} fehlen in den Beträgen: es gibt keinen Kurs.",
                "{0} registros en {1} no cuentan en los importes: no hay tipo de cambio.",
                "{0} enregistrements en {1} manquent dans les montants : il n'y a pas de taux.",
            ],
        ],
        Counted::Missing => [
            [
                "{0} record has no value for {1} and does not count in it.",
                "{0} Datensatz hat keinen Wert für {1} und zählt dort nicht.",
                "{0} registro no tiene valor para {1} y no cuenta ahí.",
                "{0} enregistrement n'a pas de valeur pour {1} et n'y compte pas.",
            ],
            [
                "{0} records have no value for {1} and do not count in it.",
                "{0} Datensätze haben keinen Wert für {1} und zählen dort nicht.",
                "{0} registros no tienen valor para {1} y no cuentan ahí.",
                "{0} enregistrements n'ont pas de valeur pour {1} et n'y comptent pas.",
            ],
        ],
        Counted::NoneOf => [
            [
                "The {0} record that passes the filters does not count for {1}.",
                "Der {0} Datensatz, der die Filter erfüllt, zählt nicht für {1}.",
                "El {0} registro que cumple los filtros no cuenta para {1}.",
                "Le {0} enregistrement qui passe les filtres ne compte pas pour {1}.",
            ],
            [
                "None of the {0} records that pass the filters counts for {1}.",
                "Keiner der {0} Datensätze, die die Filter erfüllen, zählt für {1}.",
                "Ninguno de los {0} registros que cumplen los filtros cuenta para {1}.",
                "Aucun des {0} enregistrements qui passent les filtres ne compte pour {1}.",
            ],
        ],
        Counted::NoHistory => [
            [
                "{0} record is left out: what it was on that day is not known.",
                "{0} Datensatz fehlt: was er an dem Tag war, ist nicht bekannt.",
                "Falta {0} registro: no se sabe cómo era ese día.",
                "{0} enregistrement manque : on ne sait pas ce qu'il était ce jour-là.",
            ],
            [
                "{0} records are left out: what they were on that day is not known.",
                "{0} Datensätze fehlen: was sie an dem Tag waren, ist nicht bekannt.",
                "Faltan {0} registros: no se sabe cómo eran ese día.",
                "{0} enregistrements manquent : on ne sait pas ce qu'ils étaient ce jour-là.",
            ],
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_french_says_so_of_none_too() {
        let said = |language, count| say_counted(language, Counted::Missing, count, &["X"]);
        assert_eq!(
            said(Language::En, 1),
            "1 record has no value for X and does not count in it."
        );
        assert_eq!(
            said(Language::De, 1),
            "1 Datensatz hat keinen Wert für X und zählt dort nicht."
        );
        assert_eq!(
            said(Language::En, 0),
            "0 records have no value for X and do not count in it."
        );
        assert_eq!(
            said(Language::Fr, 0),
            "0 enregistrement n'a pas de valeur pour X et n'y compte pas."
        );
        assert_eq!(
            said(Language::De, 1_200),
            "1.200 Datensätze haben keinen Wert für X und zählen dort nicht."
        );
    }

    #[test]
    fn one_group_is_the_only_one() {
        let said = |language, count| say_counted(language, Counted::Top, count, &["EMEA", "7"]);
        assert_eq!(said(Language::En, 1), "EMEA is the only group, with 7.");
        assert_eq!(said(Language::De, 1), "EMEA ist die einzige Gruppe, mit 7.");
        assert_eq!(said(Language::En, 2), "EMEA comes first with 7 (2 groups).");
    }

    #[test]
    fn what_is_put_in_is_no_template() {
        assert_eq!(
            say_counted(Language::En, Counted::Top, 3, &["{2}", "7"]),
            "{2} comes first with 7 (3 groups)."
        );
    }
}
