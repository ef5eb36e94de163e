//! The answer states the expected facts and none of the forbidden ones.

use super::words;
use crate::{Expect, Observed};

pub(super) fn grade(expect: &Expect, observed: &Observed) -> Result<(), String> {
    states_facts(expect, &observed.text)
}

/// Whether a text states all facts and no forbidden one; else what is wrong.
pub(crate) fn states_facts(expect: &Expect, text: &str) -> Result<(), String> {
    let missing = expect
        .contains
        .iter()
        .filter(|fact| !fact.wordings().iter().any(|wording| states(text, wording)))
        .map(|fact| format!("does not say {:?}", fact.wordings().join(" or ")));
    let forbidden = expect
        .not_contains
        .iter()
        .filter(|fact| states(text, fact))
        .map(|fact| format!("says {fact:?}"));
    let wrong: Vec<String> = missing.chain(forbidden).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("; "))
    }
}

/// Whether a text contains these words, not as part of longer words or numbers.
pub(crate) fn states(text: &str, fact: &str) -> bool {
    let (text, fact) = (words::plain(text), words::plain(fact));
    text.match_indices(&fact).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.get(fact.len()..).unwrap_or_default();
        !goes_on(before.chars().rev(), fact.chars().next()) && !goes_on(after.chars(), fact.chars().last())
    })
}

/// Whether a word or number that ends with `edge` goes on in the text beyond it: 60 in 160, in 60.5, in 60th.
fn goes_on(mut beyond: impl Iterator<Item = char>, edge: Option<char>) -> bool {
    let Some(edge) = edge.filter(|edge| edge.is_alphanumeric()) else {
        return false;
    };
    match beyond.next() {
        Some('.' | ',') if edge.is_ascii_digit() => beyond.next().is_some_and(|next| next.is_ascii_digit()),
        next => next.is_some_and(char::is_alphanumeric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Phrase;

    #[test]
    fn facts_are_found_through_markup() {
        assert!(states("Up to **72 hours**. After that", "72 hours"));
        assert!(states("| Team | 120 | 10 |", "team 120"));
        assert!(states("costs €80, or more", "€80"));
        assert!(states("at most **50%** of the price", "50%"));
        assert!(states("within 30\u{a0}days [1].", "30 days"));
    }

    #[test]
    fn numbers_and_words_are_not_found_inside_others() {
        for (text, fact) in [
            ("120 requests", "20"),
            ("1,120 requests", "120"),
            ("60.5 hours", "60"),
            ("160 stops", "60"),
            ("60,000 rows", "60"),
            ("scales", "scale"),
        ] {
            assert!(!states(text, fact), "{fact} in {text}");
        }
        assert!(states("by 60.", "60"));
    }

    fn expect(contains: Vec<Phrase>, not_contains: &[&str]) -> Expect {
        let not_contains = not_contains.iter().map(|&fact| fact.to_owned()).collect();
        Expect {
            contains,
            not_contains,
            ..Expect::default()
        }
    }

    #[test]
    fn every_fact_must_be_there_in_one_of_its_wordings() {
        let any = Phrase::AnyOf(vec!["two days".to_owned(), "48 hours".to_owned()]);
        let expect = expect(vec![Phrase::One("Team".to_owned()), any], &[]);

        assert_eq!(states_facts(&expect, "On Team after 48 hours."), Ok(()));
        assert_eq!(
            states_facts(&expect, "After three days."),
            Err("does not say \"Team\"; does not say \"two days or 48 hours\"".to_owned())
        );
    }

    #[test]
    fn a_forbidden_fact_fails_an_answer_that_is_right_otherwise() {
        let expect = expect(vec![Phrase::One("30 days".to_owned())], &["14 days"]);

        assert_eq!(
            states_facts(&expect, "30 days, formerly 14 days"),
            Err("says \"14 days\"".to_owned())
        );
    }
}
