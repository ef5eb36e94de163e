//! Names of countries for the codes that records have.

/// ISO 3166 codes with what the countries are called, as names are compared: in English, German, Spanish and French.
const COUNTRIES: &[(&str, &[&str])] = &[
    ("AT", &["austria", "osterreich", "autriche"]),
    ("AU", &["australia", "australien", "australie"]),
    ("BE", &["belgium", "belgien", "belgica", "belgique"]),
    ("BR", &["brazil", "brasilien", "brasil", "bresil"]),
    ("CA", &["canada", "kanada"]),
    ("CH", &["switzerland", "schweiz", "suiza", "suisse"]),
    ("CZ", &["czechia", "tschechien", "chequia", "tchequie"]),
    ("DE", &["germany", "deutschland", "alemania", "allemagne"]),
    ("DK", &["denmark", "danemark", "dinamarca"]),
    ("ES", &["spain", "spanien", "espana", "espagne"]),
    ("FI", &["finland", "finnland", "finlandia", "finlande"]),
    ("FR", &["france", "frankreich", "francia"]),
    (
        "GB",
        &[
            "united kingdom",
            "uk",
            "great britain",
            "britain",
            "grossbritannien",
            "reino unido",
            "royaume uni",
        ],
    ),
    ("IE", &["ireland", "irland", "irlanda", "irlande"]),
    ("IN", &["india", "indien", "inde"]),
    ("IT", &["italy", "italien", "italia", "italie"]),
    ("JP", &["japan", "japon"]),
    ("MX", &["mexico", "mexiko", "mexique"]),
    (
        "NL",
        &[
            "netherlands",
            "the netherlands",
            "holland",
            "niederlande",
            "paises bajos",
            "pays bas",
        ],
    ),
    ("NO", &["norway", "norwegen", "noruega", "norvege"]),
    ("PL", &["poland", "polen", "polonia", "pologne"]),
    ("PT", &["portugal"]),
    ("SE", &["sweden", "schweden", "suecia", "suede"]),
    (
        "US",
        &[
            "united states",
            "usa",
            "vereinigte staaten",
            "estados unidos",
            "etats unis",
        ],
    ),
];

/// What the country with a code is called; nothing for other values.
pub(super) fn names(code: &str) -> &'static [&'static str] {
    let found = COUNTRIES.iter().find(|(known, _)| *known == code);
    found.map(|(_, names)| *names).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::tokens::key;

    #[test]
    fn names_are_written_as_they_are_compared() {
        for (code, known) in COUNTRIES {
            assert!(known.iter().all(|name| key(name) == *name), "{code}");
        }
        assert_eq!(names("Plumbing"), [""; 0]);
    }
}
