//! What is told of deals, leads and accounts as of a moment: one list for each kind.
//!
//! A [`Feature`] is one entry with its name, its words for people, a pure function over what was known at the moment, a
//! sentence for when it is a reason, and the records that it rests on. To add one, add an entry to a file in `deal/`,
//! `lead/` or to `account.rs`; nothing else needs to know of it. What is usual in the tenant comes in as a [`Usual`], which
//! knows only what had ended before the moment. An entry that asks it names all records of the kind among what it rests on
//! (`opportunity.*`): not everybody may know what is found out over all of them.
//!
//! Never a feature: names, titles of address, gender, age and birth, origin, religion, pictures, or what a person wrote
//! about another. `tests::nothing_personal_is_a_feature` holds the list.

mod account;
mod churn;
mod dataset;
mod deal;
mod feature;
mod lead;
mod mood;
mod origin;
mod tally;
mod usual;
mod words;

pub use churn::account_dataset;
pub use dataset::{LEAD_WINDOW_DAYS, LEARNED_SPAN, Plan, deal_dataset, lead_dataset};
pub use feature::{Accounts, Deals, Direction, Feature, Kind, Leads, Lever, columns, row};
pub use tally::Belief;
pub use usual::{Usual, UsualHistory};

use std::sync::LazyLock;

/// What is told of a deal.
pub static DEAL_FEATURES: LazyLock<Vec<Feature<Deals>>> = LazyLock::new(deal::all);
/// What is told of a lead.
pub static LEAD_FEATURES: LazyLock<Vec<Feature<Leads>>> = LazyLock::new(lead::all);
/// What is told of an account.
pub static ACCOUNT_FEATURES: LazyLock<Vec<Feature<Accounts>>> = LazyLock::new(account::all);

/// How many days back features of deals look into the cases of their accounts and into what the people there said. Of an open
/// deal nothing older need be read.
pub const LOOK_BACK_DAYS: u16 = 360;
/// How many days back cases count.
const RECENT_DAYS: f64 = 180.0;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// The entries of the lists in a folder, as they are written.
    fn entries(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                found.extend(entries(&path));
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.extend(text.split("Feature {\n").skip(1).map(str::to_owned));
            }
        }
        found
    }

    /// Whether a function of an entry takes what is usual, which is its argument at this place; also where that cannot be seen.
    fn asks(entry: &str, function: &str, place: usize) -> bool {
        let mut lines = entry.lines().map(str::trim);
        let line = lines.find(|line| line.starts_with(function));
        let arguments = line.and_then(|line| line.split('|').nth(1));
        let usual = arguments.and_then(|arguments| arguments.split(',').nth(place));
        usual.is_none_or(|usual| usual.trim() != "_")
    }

    #[test]
    fn what_asks_for_what_is_usual_says_that_it_rests_on_all_records_and_nothing_else_does() {
        let entries = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/features"));
        assert!(entries.len() > 50, "{}", entries.len());
        for entry in entries {
            let head = entry.split(" of: ").next().unwrap();
            let says = head.contains(".*\"") || head.contains("$all");
            assert_eq!(
                asks(&entry, "of: ", 1) || asks(&entry, "says: ", 2),
                says,
                "{head}"
            );
        }
    }

    /// How many compare a record with all of its kind: never with another kind, and never about what somebody could change.
    fn compared<K: Kind>(features: &[Feature<K>], all: &str) -> usize {
        let those: Vec<&Feature<K>> = features
            .iter()
            .filter(|feature| feature.compares_with().is_some())
            .collect();
        for feature in &those {
            assert_eq!(
                (feature.compares_with(), feature.lever),
                (Some(all), Lever::None),
                "{feature:?}"
            );
        }
        those.len()
    }

    #[test]
    fn a_record_is_compared_with_those_of_its_kind() {
        assert!(compared(&DEAL_FEATURES, "opportunity.*") > 0);
        assert!(compared(&LEAD_FEATURES, "lead.*") > 0);
        assert_eq!(compared(&ACCOUNT_FEATURES, "account.*"), 0);
    }
}
