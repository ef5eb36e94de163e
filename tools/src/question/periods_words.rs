//! Words for days and stretches of the calendar in four languages, as they are compared: without accents.

use crate::semantic::{Grain, Language};

/// Words that say where a stretch lies, seen from today.
pub(super) struct Where {
    pub(super) this: &'static [&'static str],
    pub(super) last: &'static [&'static str],
    pub(super) next: &'static [&'static str],
    pub(super) today: &'static [&'static str],
    pub(super) yesterday: &'static [&'static str],
    pub(super) tomorrow: &'static [&'static str],
    pub(super) since: &'static [&'static str],
    pub(super) until: &'static [&'static str],
    pub(super) before: &'static [&'static str],
    pub(super) after: &'static [&'static str],
    pub(super) between: &'static [&'static str],
    pub(super) from: &'static [&'static str],
    pub(super) to: &'static [&'static str],
    /// What may stand between: articles and prepositions.
    pub(super) small: &'static [&'static str],
    /// From the beginning of the stretch to today, in whole phrases.
    pub(super) to_date: &'static [(&'static str, Grain)],
    /// The stretch before, in one word or phrase.
    pub(super) earlier: &'static [(&'static str, Grain)],
}

pub(super) fn words(language: Language) -> &'static Where {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::Es => &ES,
        Language::Fr => &FR,
    }
}

static EN: Where = Where {
    this: &["this", "current"],
    last: &["last", "previous", "past", "prior", "preceding"],
    next: &["next", "coming", "upcoming", "following"],
    today: &["today"],
    yesterday: &["yesterday"],
    tomorrow: &["tomorrow"],
    since: &["since", "starting"],
    until: &["until", "till", "through", "by"],
    before: &["before"],
    after: &["after"],
    between: &["between"],
    from: &["from"],
    to: &["to", "and", "until", "till", "through"],
    small: &["the", "of", "in", "on", "fiscal", "calendar", "whole"],
    to_date: &[
        ("year to date", Grain::Year),
        ("this year to date", Grain::Year),
        ("ytd", Grain::Year),
        ("quarter to date", Grain::Quarter),
        ("qtd", Grain::Quarter),
        ("month to date", Grain::Month),
        ("mtd", Grain::Month),
        ("so far this year", Grain::Year),
        ("this year so far", Grain::Year),
        ("so far this quarter", Grain::Quarter),
        ("this quarter so far", Grain::Quarter),
        ("so far this month", Grain::Month),
        ("this month so far", Grain::Month),
        ("since the beginning of the year", Grain::Year),
        ("since the start of the year", Grain::Year),
    ],
    earlier: &[
        ("the year before", Grain::Year),
        ("year before", Grain::Year),
        ("the quarter before", Grain::Quarter),
        ("quarter before", Grain::Quarter),
        ("the month before", Grain::Month),
        ("month before", Grain::Month),
        ("the week before", Grain::Week),
        ("week before", Grain::Week),
    ],
};

static DE: Where = Where {
    this: &[
        "dieser",
        "diesen",
        "diesem",
        "dieses",
        "diese",
        "aktuellen",
        "aktuelles",
        "aktuelle",
        "laufenden",
        "laufendes",
        "laufende",
        "heurigen",
    ],
    last: &[
        "letzter",
        "letzten",
        "letztem",
        "letztes",
        "letzte",
        "vergangenen",
        "vergangenes",
        "vergangene",
        "vorigen",
        "voriges",
        "vorige",
        "vorherigen",
    ],
    next: &[
        "nachster",
        "nachsten",
        "nachstem",
        "nachstes",
        "nachste",
        "kommenden",
        "kommendes",
        "kommende",
    ],
    today: &["heute"],
    yesterday: &["gestern"],
    tomorrow: &["morgen"],
    since: &["seit", "ab"],
    until: &["bis"],
    before: &["vor"],
    after: &["nach"],
    between: &["zwischen"],
    from: &["von", "vom"],
    to: &["bis", "und"],
    small: &[
        "dem",
        "der",
        "den",
        "des",
        "das",
        "im",
        "in",
        "am",
        "zum",
        "vom",
        "fiskalischen",
    ],
    to_date: &[
        ("seit jahresbeginn", Grain::Year),
        ("seit jahresanfang", Grain::Year),
        ("dieses jahr bisher", Grain::Year),
        ("bisher dieses jahr", Grain::Year),
        ("in diesem jahr bisher", Grain::Year),
        ("bisher in diesem jahr", Grain::Year),
        ("im laufenden jahr bisher", Grain::Year),
        ("bisher im laufenden jahr", Grain::Year),
        ("laufenden jahr bisher", Grain::Year),
        ("seit quartalsbeginn", Grain::Quarter),
        ("dieses quartal bisher", Grain::Quarter),
        ("bisher dieses quartal", Grain::Quarter),
        ("seit monatsbeginn", Grain::Month),
        ("diesen monat bisher", Grain::Month),
    ],
    earlier: &[
        ("vorjahr", Grain::Year),
        ("vorjahres", Grain::Year),
        ("vorquartal", Grain::Quarter),
        ("vorquartals", Grain::Quarter),
        ("vormonat", Grain::Month),
        ("vormonats", Grain::Month),
        ("vorwoche", Grain::Week),
        ("jahr davor", Grain::Year),
        ("quartal davor", Grain::Quarter),
        ("monat davor", Grain::Month),
        ("woche davor", Grain::Week),
    ],
};

static ES: Where = Where {
    this: &["este", "esta", "actual", "presente"],
    last: &[
        "pasado", "pasada", "pasados", "pasadas", "ultimo", "ultima", "ultimos", "ultimas", "anterior",
    ],
    next: &[
        "proximo",
        "proxima",
        "proximos",
        "proximas",
        "siguiente",
        "siguientes",
    ],
    today: &["hoy"],
    yesterday: &["ayer"],
    tomorrow: &["manana"],
    since: &["desde"],
    until: &["hasta"],
    before: &["antes"],
    after: &["despues"],
    between: &["entre"],
    from: &["desde", "del", "de"],
    to: &["hasta", "y", "al", "a"],
    small: &["el", "la", "los", "las", "de", "del", "en", "fiscal", "mes"],
    to_date: &[
        ("en lo que va de ano", Grain::Year),
        ("lo que va de ano", Grain::Year),
        ("en lo que va del ano", Grain::Year),
        ("hasta ahora este ano", Grain::Year),
        ("este ano hasta ahora", Grain::Year),
        ("en lo que va de mes", Grain::Month),
        ("en lo que va de trimestre", Grain::Quarter),
        ("desde principios de ano", Grain::Year),
    ],
    earlier: &[
        ("ano anterior", Grain::Year),
        ("trimestre anterior", Grain::Quarter),
        ("mes anterior", Grain::Month),
        ("semana anterior", Grain::Week),
        ("ano previo", Grain::Year),
    ],
};

static FR: Where = Where {
    this: &["ce", "cet", "cette", "courant", "courante"],
    last: &[
        "dernier",
        "derniere",
        "derniers",
        "dernieres",
        "passe",
        "passee",
        "precedent",
        "precedente",
    ],
    next: &["prochain", "prochaine", "prochains", "prochaines", "suivant"],
    today: &["aujourd hui"],
    yesterday: &["hier"],
    tomorrow: &["demain"],
    since: &["depuis"],
    until: &["jusqu"],
    before: &["avant"],
    after: &["apres"],
    between: &["entre"],
    from: &["du", "de"],
    to: &["au", "et", "a"],
    small: &[
        "le", "la", "les", "l", "du", "de", "d", "en", "au", "a", "fiscal", "fiscale", "mois",
    ],
    to_date: &[
        ("depuis le debut de l annee", Grain::Year),
        ("depuis le debut du trimestre", Grain::Quarter),
        ("depuis le debut du mois", Grain::Month),
        ("cette annee jusqu ici", Grain::Year),
        ("jusqu ici cette annee", Grain::Year),
    ],
    earlier: &[
        ("annee precedente", Grain::Year),
        ("l annee precedente", Grain::Year),
        ("trimestre precedent", Grain::Quarter),
        ("le trimestre precedent", Grain::Quarter),
        ("mois precedent", Grain::Month),
        ("le mois precedent", Grain::Month),
        ("semaine precedente", Grain::Week),
        ("annee d avant", Grain::Year),
        ("mois d avant", Grain::Month),
    ],
};

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
