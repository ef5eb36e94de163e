//! Words, by how rows that have them ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::word;
use crate::{Value, model::logit};

/// A word is frequent when its rows weigh as much as this many examples.
const FREQUENT: f64 = 8.0;

/// As many examples of the rate of all rows are added to those of each word.
const SHRINK: f64 = 10.0;

/// Folds that rates of other rows are taken over.
pub(crate) const FOLDS: usize = 5;

/// The weight of rows and of those among them that ended well.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Weight {
    all: f64,
    good: f64,
}

impl Weight {
    fn add(&mut self, weight: f64, good: bool) {
        self.all += weight;
        if good {
            self.good += weight;
        }
    }

    fn without(self, other: Self) -> Self {
        Self {
            all: self.all - other.all,
            good: self.good - other.good,
        }
    }

    /// The share that ended well, shrunk towards that of all rows: Micci-Barreca, "A preprocessing scheme for
    /// high-cardinality categorical attributes", SIGKDD Explorations 3, 2001.
    fn rate(self, overall: f64) -> f64 {
        (self.good + SHRINK * overall) / (self.all + SHRINK)
    }

    fn log_odds(self, overall: f64) -> f64 {
        logit(self.rate(overall).clamp(1e-4, 1.0 - 1e-4))
    }
}

/// The words of a column among the rows learned from.
#[derive(Debug)]
pub(super) struct Levels {
    /// All folds together.
    words: BTreeMap<String, Weight>,
    by_fold: BTreeMap<(String, usize), Weight>,
    total: Weight,
    /// The word and the fold of each row.
    rows: Vec<(Option<String>, usize)>,
}

impl Levels {
    pub(super) fn of<'a>(
        cells: impl Iterator<Item = Option<&'a Value>>,
        labels: impl Iterator<Item = bool>,
        weights: &[f64],
        folds: &[usize],
    ) -> Self {
        let mut levels = Self {
            words: BTreeMap::new(),
            by_fold: BTreeMap::new(),
            total: Weight::default(),
            rows: Vec::new(),
        };
        for (((cell, label), weight), fold) in cells.zip(labels).zip(weights).zip(folds) {
            let word = word(cell).map(std::borrow::Cow::into_owned);
            levels.total.add(*weight, label);
            if let Some(word) = &word {
                levels.words.entry(word.clone()).or_default().add(*weight, label);
                let of_fold = levels.by_fold.entry((word.clone(), *fold)).or_default();
                of_fold.add(*weight, label);
            }
            levels.rows.push((word, *fold));
        }
        levels
    }

    /// How many words have enough rows to be told apart.
    pub(super) fn frequent(&self) -> usize {
        self.words
            .values()
            .filter(|weight| weight.all >= FREQUENT)
            .count()
    }

    /// Whether most rows have a word that is not frequent.
    pub(super) fn mostly_rare(&self) -> bool {
        let rare: f64 = self
            .words
            .values()
            .filter(|weight| weight.all < FREQUENT)
            .map(|weight| weight.all)
            .sum();
        rare > self.total.all / 2.0
    }

    fn overall(&self) -> f64 {
        if self.total.all > 0.0 {
            self.total.good / self.total.all
        } else {
            0.5
        }
    }

    /// Frequent words by their rates, the lowest first; the others share one place.
    pub(super) fn ordered(&self) -> Ordered {
        let overall = self.overall();
        let mut rare = Weight::default();
        let mut rated: Vec<(f64, Option<&str>)> = Vec::new();
        for (word, weight) in &self.words {
            if weight.all >= FREQUENT {
                rated.push((weight.rate(overall), Some(word)));
            } else {
                rare.all += weight.all;
                rare.good += weight.good;
            }
        }
        // Also a word that was never seen comes here, so there is always such a place.
        rated.push((rare.rate(overall), None));
        rated.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        let mut ordered = Ordered {
            places: BTreeMap::new(),
            other: 0,
        };
        for (place, (_, word)) in (0_u16..).zip(&rated) {
            match word {
                Some(word) => {
                    ordered.places.insert((*word).to_owned(), place);
                }
                None => ordered.other = place,
            }
        }
        ordered
    }

    /// The log-odds of each word.
    pub(super) fn rates(&self) -> Rates {
        let overall = self.overall();
        let words = self.words.iter();
        Rates {
            // One row alone says hardly more than all do; left out, a column of a million words stays small.
            words: words
                .filter(|(_, weight)| weight.all > 1.0)
                .map(|(word, weight)| (word.clone(), weight.log_odds(overall)))
                .collect(),
            other: logit(overall.clamp(1e-4, 1.0 - 1e-4)),
        }
    }

    /// For each row the log-odds of its word among the rows of the other folds.
    pub(super) fn rates_of_others(&self) -> Vec<f64> {
        let overall = self.overall();
        let mut key = (String::new(), 0);
        let rows = self.rows.iter();
        rows.map(|(word, fold)| {
            let Some(word) = word else { return f64::NAN };
            key.0.clone_from(word);
            key.1 = *fold;
            let all = self.words.get(word).copied().unwrap_or_default();
            let own = self.by_fold.get(&key).copied().unwrap_or_default();
            all.without(own).log_odds(overall)
        })
        .collect()
    }
}

/// Few words in the order of their rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ordered {
    pub(super) places: BTreeMap<String, u16>,
    /// The place of rare words and of those never seen.
    pub(super) other: u16,
}

impl Ordered {
    pub(super) fn code(&self, value: Option<&Value>) -> f64 {
        word(value).map_or(f64::NAN, |word| {
            f64::from(self.places.get(word.as_ref()).copied().unwrap_or(self.other))
        })
    }
}

/// Many words with their log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rates {
    pub(super) words: BTreeMap<String, f64>,
    /// Those of all rows, for words never seen.
    pub(super) other: f64,
}

impl Rates {
    pub(super) fn code(&self, value: Option<&Value>) -> f64 {
        word(value).map_or(f64::NAN, |word| {
            self.words.get(word.as_ref()).copied().unwrap_or(self.other)
        })
    }
}
