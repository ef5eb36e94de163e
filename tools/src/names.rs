//! How people's names are compared: whole, by their words, by their beginnings, and with a slip of the pen.
//!
//! The floor and typed queries compare alike, so that whoever asks is asked back for the same names.

/// How far a name may be from the best one and still be meant.
const MARGIN: f32 = 0.12;
/// The same where nobody is called exactly so: Jon and John are asked back.
const MARGIN_PERSON: f32 = 0.2;
/// All words of what was said are words of the name.
pub(crate) const WORDS: f32 = 0.9;
/// The least letters of a family name that stand for it.
const BEGINNING: usize = 4;

/// How likely `said` names the person called `known`, 0 to 1; both folded, with one space between words.
pub(crate) fn likeness(known: &str, said: &str) -> f32 {
    if known == said {
        return 1.0;
    }
    let mut words = said.split(' ');
    if words.all(|word| known.split(' ').any(|part| part == word)) {
        return WORDS;
    }
    if said.contains(' ') {
        return alike(known, said) * 0.95;
    }
    // "Chris" is Christopher, and "Jon" is no Jonsson.
    let begins = |(place, part): (usize, &str)| {
        part.starts_with(said) && (place == 0 || said.chars().count() >= BEGINNING)
    };
    if known.split(' ').enumerate().any(begins) {
        return 0.8;
    }
    known.split(' ').map(|part| alike(part, said)).fold(0.0, f32::max) * 0.85
}

/// How far from the best name of people others are still meant.
pub(crate) fn margin(best: f32) -> f32 {
    if best < 0.99 { MARGIN_PERSON } else { MARGIN }
}

/// How alike two words are, if they are so much alike that one may be the other misspelt.
pub(crate) fn alike(known: &str, said: &str) -> f32 {
    if known.chars().next() != said.chars().next() || said.chars().count() < 3 {
        return 0.0;
    }
    let likeness = strsim::jaro_winkler(known, said);
    let changes = strsim::osa_distance(known, said);
    let most = if said.chars().count() < 8 { 1 } else { 2 };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a likeness of 0 to 1 needs no more digits"
    )]
    let likeness = likeness as f32;
    if changes <= most && likeness >= 0.88 {
        likeness
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_more_likely_the_more_of_it_is_said() {
        let by = |known: &str| likeness(known, "jon");
        assert!(by("jon") > by("jon smith"));
        assert!(by("jon smith") > by("jonathan smith"));
        assert!(by("jonathan smith") > by("john doe"));
        assert!(by("john doe") > 0.0);
        // The beginning of a family name is another name.
        assert!(by("marion jonsson").abs() < f32::EPSILON);
        assert!(likeness("marion jonsson", "jons") > 0.0);
        assert!((likeness("anna maria schmidt", "anna schmidt") - WORDS).abs() < f32::EPSILON);
    }
}
