//! The best way to cut a question into phrases that mean something.

use super::{
    lexicon::{LONGEST, Lexicon, Meaning},
    numbers::{self, Amount},
    periods::{Period, Reader},
    tokens::{Kind, Stems, Token},
    values::Hit,
    words::Word,
};
use crate::semantic::Language;

/// What a piece of a question is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Days.
    Period(Period),
    /// A number.
    Amount(Amount),
    /// Words with what they can mean, in grammar and layer, and the values of the tenant that they name.
    Phrase(Vec<Meaning>, Vec<Hit>),
    /// Nothing that is known.
    Unknown,
}

/// Some tokens that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) what: What,
}

impl Piece {
    pub(super) fn is(&self, word: Word) -> bool {
        matches!(&self.what, What::Phrase(meanings, _) if meanings.contains(&Meaning::Word(word)))
    }
}

/// Tokens that name values of the tenant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) hits: Vec<Hit>,
    /// What else they may mean.
    pub(super) meanings: Vec<Meaning>,
    /// Whether a value is called exactly so.
    pub(super) whole: bool,
}

/// What a chart is made with.
pub(super) struct Maker<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) lexicon: &'a Lexicon,
    pub(super) stems: &'a Stems,
    pub(super) reader: Reader,
}

impl Maker<'_> {
    /// Cuts the question so that most of it is understood in phrases as long as possible: one walk from its end with at
    /// most a handful of phrases at each word.
    pub(super) fn cut(&self, named: &[Named]) -> Vec<Piece> {
        let count = self.tokens.len();
        let mut best: Vec<(i64, Option<Piece>)> = vec![(0, None); count + 1];
        for start in (0..count).rev() {
            let mut top = (i64::MIN, None);
            for (score, piece) in self.pieces(start, named) {
                let rest = best.get(start + piece.len).map_or(0, |(score, _)| *score);
                if score + rest > top.0 {
                    top = (score + rest, Some(piece));
                }
            }
            if let Some(place) = best.get_mut(start) {
                *place = top;
            }
        }
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some((_, Some(piece))) = best.get(at) {
            at += piece.len.max(1);
            pieces.push(piece.clone());
        }
        pieces
    }

    fn pieces(&self, start: usize, named: &[Named]) -> Vec<(i64, Piece)> {
        let piece = |len: usize, what| Piece { start, len, what };
        let square = |len: usize| i64::try_from(len * len).unwrap_or(i64::MAX / 8);
        let mut found = vec![(-6, piece(1, What::Unknown))];
        if let Some((len, period)) = self.reader.read(self.tokens, start) {
            found.push((square(len) * 5 + 4, piece(len, What::Period(period))));
        }
        if let Some((len, amount)) = numbers::read(self.tokens, start, self.reader.language) {
            found.push((square(len) * 4 + 2, piece(len, What::Amount(amount))));
        }
        let mut phrase = String::new();
        for (taken, token) in self.tokens.iter().skip(start).take(LONGEST).enumerate() {
            if taken > 0 {
                phrase.push(' ');
            }
            phrase.push_str(&token.norm);
            let len = taken + 1;
            let known = self.lexicon.look_up(&phrase, self.stems).or_else(|| {
                let whole = (taken == 0).then(|| self.compound(token)).flatten();
                whole.map(|meanings| (meanings, false))
            });
            let here: Vec<&Named> = named
                .iter()
                .filter(|named| named.start == start && named.len == len)
                .collect();
            let hits: Vec<Hit> = here.iter().flat_map(|named| named.hits.clone()).collect();
            let whole = here.iter().any(|named| named.whole);
            let (mut meanings, exact) = known.unwrap_or_default();
            meanings.extend(here.iter().flat_map(|named| named.meanings.clone()));
            if meanings.is_empty() && hits.is_empty() {
                continue;
            }
            let filler = meanings
                .iter()
                .all(|meaning| matches!(meaning, Meaning::Word(Word::Filler)))
                && hits.is_empty();
            let score = match (filler, hits.is_empty(), whole) {
                (true, _, _) => i64::try_from(len).unwrap_or(0) * 2,
                (_, false, true) => square(len) * 4 + 3,
                (_, false, false) => square(len) * 3 + 1,
                _ => square(len) * 4 + if exact { 2 } else { 0 },
            };
            found.push((score, piece(len, What::Phrase(meanings, hits))));
        }
        found
    }

    /// A German compound whose last part is known and whose first part is a word as well: Verkaufschancenanzahl.
    fn compound(&self, token: &Token) -> Option<Vec<Meaning>> {
        if self.reader.language != Language::De || token.kind != Kind::Word || token.norm.len() < 9 {
            return None;
        }
        let ends = token
            .norm
            .char_indices()
            .map(|(at, _)| at)
            .filter(|at| (4..=24).contains(at));
        for at in ends {
            let (first, last) = token.norm.split_at(at);
            if last.len() < 4 {
                break;
            }
            let first = first.trim_end_matches('s').trim_end_matches("en");
            if first.len() < 4
                || !self.lexicon.knows(first, self.stems)
                    && !self.lexicon.knows(&format!("{first}en"), self.stems)
            {
                continue;
            }
            let layer = |meaning: &Meaning| !matches!(meaning, Meaning::Word(Word::Filler | Word::Write));
            let meanings = self
                .lexicon
                .look_up(last, self.stems)
                .map(|(meanings, _)| meanings);
            if let Some(meanings) = meanings.filter(|meanings| meanings.iter().any(layer)) {
                return Some(meanings);
            }
        }
        None
    }
}

/// Which tokens nothing is known of.
pub(super) fn unknown(pieces: &[Piece], tokens: usize) -> Vec<bool> {
    let mut unknown = vec![false; tokens];
    for piece in pieces.iter().filter(|piece| piece.what == What::Unknown) {
        if let Some(place) = unknown.get_mut(piece.start) {
            *place = true;
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::{
        question::{calendar::Calendar, lexicon::Lexicons, tokens::tokens},
        semantic::SemanticModel,
    };

    fn cut(language: Language, text: &str) -> (Vec<Token>, Vec<Piece>) {
        let lexicons = Lexicons::of(SemanticModel::embedded().unwrap());
        let (tokens, stems) = (tokens(text), Stems::new(language));
        let maker = Maker {
            tokens: &tokens,
            lexicon: lexicons.get(language),
            stems: &stems,
            reader: Reader {
                language,
                calendar: Calendar {
                    today: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
                    fiscal_year_start: 1,
                },
                ahead: false,
            },
        };
        let pieces = maker.cut(&[]);
        (tokens.clone(), pieces)
    }

    #[test]
    fn long_phrases_win_and_every_token_has_its_piece() {
        let (tokens, pieces) = cut(Language::En, "How many open deals by owner last quarter, blorb?");
        assert_eq!(pieces.iter().map(|piece| piece.len).sum::<usize>(), tokens.len());
        assert!(pieces[0].is(Word::HowMany) && pieces[0].len == 2);
        assert!(
            pieces
                .iter()
                .any(|piece| matches!(piece.what, What::Period(_)) && piece.len == 2)
        );
        assert_eq!(
            unknown(&pieces, tokens.len())
                .iter()
                .filter(|unknown| **unknown)
                .count(),
            1
        );
    }

    #[test]
    fn compounds_are_known_by_their_last_part() {
        let (_, pieces) = cut(Language::De, "Vertriebsphase");
        let What::Phrase(meanings, _) = &pieces[0].what else {
            panic!("{pieces:?}")
        };
        assert!(
            meanings
                .iter()
                .any(|meaning| matches!(meaning, Meaning::Dimension(..)))
        );
    }
}
