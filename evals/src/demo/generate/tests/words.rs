//! Names, addresses, numbers and texts: made up, varied, and without gaps.

use std::collections::{HashMap, HashSet};

use super::{Row, YEARS, text};

fn strings(row: &Row) -> impl Iterator<Item = (&String, &str)> {
    row.iter()
        .filter_map(|(field, value)| Some((field, value.as_str()?)))
}

fn every_address_is_fictional() {
    for (slug, year) in YEARS.iter() {
        for (object, rows) in &year.tables {
            for (field, value) in rows.iter().flat_map(strings) {
                for part in value.split([' ', '/', '\n', ',']) {
                    if part.contains('@') || part.starts_with("www.") {
                        assert!(part.ends_with(".example"), "{slug} {object}.{field}: {part}");
                    }
                }
            }
        }
    }
}

fn every_number_is_set_aside_for_fiction() {
    // Ofcom, Bundesnetzagentur, NANPA 555-01xx; the others by the country's own examples.
    let ranges = [
        "+353 20 91",
        "+44 20 7946 0",
        "+49 30 23125",
        "+34 910 000",
        "+31 20 555 0",
        "+52 55 5555 0",
    ];
    for (slug, year) in YEARS.iter() {
        for object in ["account", "contact", "lead"] {
            for row in year.rows(object) {
                let phone = text(row, "phone");
                let fictional = ranges.iter().any(|range| phone.starts_with(range))
                    || phone.starts_with("+1 ") && phone.contains(" 555 01");
                assert!(fictional, "{slug} {object}: {phone}");
            }
        }
    }
}

fn no_text_has_a_gap() {
    for (slug, year) in YEARS.iter() {
        for (object, rows) in &year.tables {
            for (field, value) in rows.iter().flat_map(strings) {
                assert!(
                    !value.contains(['{', '}', '[', ']', '|']),
                    "{slug} {object}.{field}: {value}"
                );
            }
        }
    }
}

fn texts_of_cases_are_mostly_unique() {
    for (slug, year) in YEARS.iter() {
        let cases = year.rows("case");
        let texts: HashSet<&str> = cases.iter().map(|case| text(case, "description")).collect();
        let share = texts.len() as f64 / cases.len() as f64;
        println!("{slug}: {share:.3} of the texts are unique");
        assert!(share > 0.85, "{slug}: {share}");
        let mut languages: HashMap<&str, usize> = HashMap::new();
        for case in cases {
            *languages.entry(text(case, "language")).or_default() += 1;
        }
        println!("{slug}: {languages:?}");
        assert!(
            languages.len() == 3 && languages.values().all(|count| *count > 40),
            "{languages:?}"
        );
    }
}

fn no_company_knows_the_other() {
    for ((slug, year), (other, _)) in YEARS.iter().zip(YEARS.iter().rev()) {
        for (object, rows) in &year.tables {
            for (field, value) in rows.iter().flat_map(strings) {
                assert!(
                    !value.to_lowercase().contains(other.as_str()),
                    "{slug} {object}.{field}: {value}"
                );
            }
        }
    }
}

/// One test, because each makes the years anew.
#[test]
fn names_addresses_numbers_and_texts_are_made_up_and_whole() {
    every_address_is_fictional();
    every_number_is_set_aside_for_fiction();
    no_text_has_a_gap();
    texts_of_cases_are_mostly_unique();
    no_company_knows_the_other();
}
