//! Picks units and puts them into an answer that reads well.

use std::{collections::BTreeSet, fmt::Write};

use super::{
    phrases::{Asked, leans},
    units::{Kind, Unit},
};

/// Words an answer has at the most, a procedure apart.
const MAX_WORDS: usize = 110;
/// Words a procedure may have; half a procedure is worse than a long one.
const MAX_STEP_WORDS: usize = 220;
/// Units an answer has at the most, a procedure's steps apart.
const MAX_UNITS: usize = 5;
/// The part of the best score that a unit of the same article needs.
const SAME_ARTICLE: f32 = 0.82;
/// The same for the sentences next to the best one.
const NEIGHBOUR: f32 = 0.75;
/// The same for a unit of another article.
const OTHER_ARTICLE: f32 = 0.97;
/// The same for another row of the same table: a question is about one row or all.
const OTHER_ROW: f32 = 0.88;

/// The answer, with `[n]` after everything that rests on passage n. It is built
/// around `anchor`, the unit with the most evidence, when there is one.
pub(super) fn compose(
    asked: Asked,
    units: &[Unit],
    scores: &[f32],
    anchor: Option<usize>,
    article_of: &dyn Fn(&Unit) -> usize,
) -> String {
    let score = |at: usize| scores.get(at).copied().unwrap_or_default();
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
    order.retain(|&at| units.get(at).is_some_and(says_something));
    let anchor = anchor
        .filter(|anchor| order.contains(anchor))
        .or_else(|| order.first().copied());
    let Some((best, best_unit)) = anchor.and_then(|at| Some((at, units.get(at)?))) else {
        return String::new();
    };
    let mut chosen = Chosen {
        units,
        at: BTreeSet::new(),
        words: 0,
    };
    chosen.add(best);
    if matches!(best_unit.kind, Kind::Step(_)) || asked.how_to {
        chosen.add_procedure(best, asked.how_to);
    }
    let home = article_of(best_unit);
    for &at in &order {
        let Some(unit) = units.get(at) else { continue };
        let near = unit.block == best_unit.block && at.abs_diff(best) == 1 && unit.kind == Kind::Sentence;
        let row = unit.kind == Kind::Row && chosen.has_row_of(unit.block);
        let needed = match (near, row, article_of(unit) == home) {
            (true, ..) => NEIGHBOUR,
            (_, true, _) => OTHER_ROW,
            (.., true) => SAME_ARTICLE,
            (.., false) => OTHER_ARTICLE,
        };
        if score(at) >= needed * score(best) {
            chosen.add(at);
        }
    }
    chosen.text(best)
}

struct Chosen<'a> {
    units: &'a [Unit],
    at: BTreeSet<usize>,
    words: usize,
}

impl Chosen<'_> {
    /// Adds a unit, and the sentence that it leans on, while there is room.
    fn add(&mut self, at: usize) {
        let Some(unit) = self.units.get(at) else { return };
        if self.at.contains(&at) || matches!(unit.kind, Kind::Step(_)) && self.has_steps_of(unit.block) {
            return;
        }
        let mut adding = vec![at];
        if unit.kind == Kind::Sentence
            && leans(&unit.text)
            && let Some(before) = at.checked_sub(1)
            && self
                .units
                .get(before)
                .is_some_and(|previous| previous.block == unit.block)
            && !self.at.contains(&before)
        {
            adding.push(before);
        }
        let words: usize = adding
            .iter()
            .filter_map(|&at| self.units.get(at))
            .map(|unit| words(&unit.text))
            .sum();
        let fits = self.words + words <= MAX_WORDS && self.at.len() + adding.len() <= MAX_UNITS;
        if self.at.is_empty() || fits {
            self.words += words;
            self.at.extend(adding);
        }
    }

    /// Completes the procedure that `best` is a step of, or that stands with it
    /// under the same heading.
    fn add_procedure(&mut self, best: usize, wanted: bool) {
        let Some(unit) = self.units.get(best) else { return };
        let is_step = |other: &Unit| matches!(other.kind, Kind::Step(_));
        let block = if is_step(unit) {
            Some(unit.block)
        } else {
            self.units
                .iter()
                .find(|other| {
                    wanted && is_step(other) && other.context == unit.context && other.number == unit.number
                })
                .map(|other| other.block)
        };
        let steps: Vec<usize> = (0..self.units.len())
            .filter(|&at| self.units.get(at).is_some_and(|other| Some(other.block) == block))
            .collect();
        let words: usize = steps
            .iter()
            .filter_map(|&at| self.units.get(at))
            .map(|step| words(&step.text))
            .sum();
        if words <= MAX_STEP_WORDS {
            self.words += words;
            self.at.extend(steps);
        }
    }

    fn has_row_of(&self, block: usize) -> bool {
        let chosen = self.at.iter().filter_map(|&at| self.units.get(at));
        chosen
            .into_iter()
            .any(|unit| unit.block == block && unit.kind == Kind::Row)
    }

    fn has_steps_of(&self, block: usize) -> bool {
        self.at
            .iter()
            .filter_map(|&at| self.units.get(at))
            .any(|unit| unit.block == block)
    }

    /// The units in the order of their articles, that of the best one first.
    fn text(&self, best: usize) -> String {
        let home = self.units.get(best).map(|unit| unit.number);
        let mut units: Vec<&Unit> = self.at.iter().filter_map(|&at| self.units.get(at)).collect();
        units.sort_by_key(|unit| Some(unit.number) != home);
        let mut text = String::new();
        let mut previous: Option<&Unit> = None;
        for (at, unit) in units.iter().enumerate() {
            let same_block = previous.is_some_and(|previous| previous.block == unit.block);
            let next_in_block = units.get(at + 1).is_some_and(|next| next.block == unit.block);
            if !same_block {
                if !text.is_empty() {
                    text.push_str("\n\n");
                }
                if let Some(lead) = unit.lead.as_deref().filter(|lead| !already_said(&text, lead)) {
                    text.push_str(lead);
                    text.push('\n');
                }
            }
            match unit.kind {
                Kind::Sentence => {
                    if same_block {
                        text.push(' ');
                    }
                    push_cited(&mut text, &unit.text, unit.number);
                }
                Kind::Bullet | Kind::Row => {
                    if same_block {
                        text.push('\n');
                    }
                    // A mark for one item alone would look like a list of one.
                    if same_block || next_in_block || unit.lead.is_some() {
                        text.push_str("- ");
                    }
                    push_cited(&mut text, &unit.text, unit.number);
                }
                Kind::Step(number) => {
                    if same_block {
                        text.push('\n');
                    }
                    if same_block || next_in_block {
                        let _ = write!(text, "{number}. ");
                    }
                    push_cited(&mut text, &unit.text, unit.number);
                }
            }
            previous = Some(unit);
        }
        text
    }
}

/// An introduction, a question or a piece of a sentence says nothing by itself.
fn says_something(unit: &Unit) -> bool {
    match unit.kind {
        Kind::Sentence => unit
            .text
            .ends_with(['.', '!', '…', '。', '`', '"', ')', '”', '“', '»']),
        Kind::Bullet | Kind::Step(_) | Kind::Row => !unit.text.ends_with([':', '?']),
    }
}

fn push_cited(text: &mut String, words: &str, number: u32) {
    text.push_str(words);
    // Writing to a string cannot fail.
    let _ = write!(text, " [{number}]");
}

fn already_said(text: &str, lead: &str) -> bool {
    text.contains(lead)
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
