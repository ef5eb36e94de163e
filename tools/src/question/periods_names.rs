//! Names of stretches, months and the first four of anything, as they are compared: without accents.

use crate::semantic::{Grain, Language};

/// The stretch that a word names.
pub(super) fn unit(word: &str, language: Language) -> Option<Grain> {
    let known: [&[&str]; 5] = match language {
        Language::En => [
            &["day", "days"],
            &["week", "weeks"],
            &["month", "months"],
            &["quarter", "quarters"],
            &["year", "years"],
        ],
        Language::De => [
            &["tag", "tage", "tagen"],
            &["woche", "wochen"],
            &["monat", "monate", "monaten", "monats"],
            &["quartal", "quartale", "quartalen", "quartals"],
            &[
                "jahr",
                "jahre",
                "jahren",
                "jahres",
                "geschaftsjahr",
                "geschaftsjahres",
            ],
        ],
        Language::Es => [
            &["dia", "dias"],
            &["semana", "semanas"],
            &["mes", "meses"],
            &["trimestre", "trimestres"],
            &["ano", "anos"],
        ],
        Language::Fr => [
            &["jour", "jours"],
            &["semaine", "semaines"],
            &["mois"],
            &["trimestre", "trimestres"],
            &["annee", "annees", "an", "ans", "exercice"],
        ],
    };
    let grains = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];
    known
        .iter()
        .zip(grains)
        .find(|(words, _)| words.contains(&word))
        .map(|(_, grain)| grain)
}

/// The number of a month; short names too, where they mean nothing else.
pub(super) fn month(word: &str, language: Language) -> Option<u32> {
    let names: [&[&str]; 12] = match language {
        Language::En => [
            &["january", "jan"],
            &["february", "feb"],
            &["march", "mar"],
            &["april", "apr"],
            &["may"],
            &["june", "jun"],
            &["july", "jul"],
            &["august", "aug"],
            &["september", "sept", "sep"],
            &["october", "oct"],
            &["november", "nov"],
            &["december", "dec"],
        ],
        Language::De => [
            &["januar", "janner", "jan"],
            &["februar", "feber", "feb"],
            &["marz", "maerz"],
            &["april", "apr"],
            &["mai"],
            &["juni", "jun"],
            &["juli", "jul"],
            &["august", "aug"],
            &["september", "sept", "sep"],
            &["oktober", "okt"],
            &["november", "nov"],
            &["dezember", "dez"],
        ],
        Language::Es => [
            &["enero"],
            &["febrero"],
            &["marzo"],
            &["abril"],
            &["mayo"],
            &["junio"],
            &["julio"],
            &["agosto"],
            &["septiembre", "setiembre"],
            &["octubre"],
            &["noviembre"],
            &["diciembre"],
        ],
        Language::Fr => [
            &["janvier"],
            &["fevrier"],
            &["mars"],
            &["avril"],
            &["mai"],
            &["juin"],
            &["juillet"],
            &["aout"],
            &["septembre"],
            &["octobre"],
            &["novembre"],
            &["decembre"],
        ],
    };
    names
        .iter()
        .zip(1..)
        .find(|(names, _)| names.contains(&word))
        .map(|(_, number)| number)
}

/// First to fourth, in words.
pub(super) fn ordinal(word: &str, language: Language) -> Option<u32> {
    let known: [&[&str]; 4] = match language {
        Language::En => [
            &["first", "1st"],
            &["second", "2nd"],
            &["third", "3rd"],
            &["fourth", "4th"],
        ],
        Language::De => [
            &["erste", "ersten", "erstes"],
            &["zweite", "zweiten", "zweites"],
            &["dritte", "dritten", "drittes"],
            &["vierte", "vierten", "viertes"],
        ],
        Language::Es => [
            &["primer", "primero"],
            &["segundo"],
            &["tercer", "tercero"],
            &["cuarto"],
        ],
        Language::Fr => [
            &["premier", "1er"],
            &["deuxieme", "second"],
            &["troisieme"],
            &["quatrieme"],
        ],
    };
    known
        .iter()
        .zip(1..)
        .find(|(words, _)| words.contains(&word))
        .map(|(_, number)| number)
}
