//! Sentences with gaps: `{slot}` is filled, `[a|b]` is one of them.

use std::collections::BTreeMap;

use super::dice::Dice;

/// How deep a filled slot may hold further slots.
const DEPTH: usize = 3;

/// What slots are filled with.
#[derive(Debug, Clone)]
pub(super) struct Slots<'w> {
    lists: &'w BTreeMap<String, Vec<String>>,
    own: Vec<(&'static str, String)>,
}

impl<'w> Slots<'w> {
    pub(super) fn new(lists: &'w BTreeMap<String, Vec<String>>) -> Self {
        Self {
            lists,
            own: Vec::new(),
        }
    }

    /// Fills a slot with one value.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.own.push((name, value.into()));
        self
    }

    /// One of these sentences, filled.
    pub(super) fn one(&self, dice: &mut Dice, of: &[String]) -> String {
        let at = dice.index(of.len());
        of.get(at).map(|text| self.fill(dice, text)).unwrap_or_default()
    }

    /// A sentence, filled.
    pub(super) fn fill(&self, dice: &mut Dice, text: &str) -> String {
        self.filled(dice, text, DEPTH)
    }

    fn filled(&self, dice: &mut Dice, text: &str, depth: usize) -> String {
        let mut out = String::with_capacity(text.len() + 24);
        let mut rest = text;
        while let Some(at) = rest.find(['{', '[']) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let close = if from.starts_with('{') { '}' } else { ']' };
            let Some((inner, after)) = from.get(1..).and_then(|inner| inner.split_once(close)) else {
                break;
            };
            if close == '}' {
                let value = self.value(dice, inner);
                if depth == 0 {
                    out.push_str(&value);
                } else {
                    out.push_str(&self.filled(dice, &value, depth - 1));
                }
            } else {
                let choices: Vec<&str> = inner.split('|').collect();
                let choice = dice.pick(&choices);
                out.push_str(&self.filled(dice, choice, depth.saturating_sub(1)));
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn value(&self, dice: &mut Dice, name: &str) -> String {
        if let Some((_, own)) = self.own.iter().find(|(own, _)| *own == name) {
            return own.clone();
        }
        match name {
            "n" => dice.whole(4, 9).to_string(),
            "m" => dice.whole(2, 3).to_string(),
            _ => match self.lists.get(name) {
                Some(list) => list.get(dice.index(list.len())).cloned().unwrap_or_default(),
                None => String::new(),
            },
        }
    }
}

/// Sentences in one paragraph, without the empty ones.
pub(super) fn join(sentences: &[String]) -> String {
    let kept: Vec<&str> = sentences
        .iter()
        .map(String::as_str)
        .filter(|sentence| !sentence.is_empty())
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_and_choices_are_filled() {
        let lists = BTreeMap::from([("device".to_owned(), vec!["a [red|red] phone".to_owned()])]);
        let slots = Slots::new(&lists).with("first", "Ada");
        let mut dice = Dice::of("test");
        let text = slots.fill(&mut dice, "{first} has {device}, [once|once] more.");
        assert_eq!(text, "Ada has a red phone, once more.");
    }
}
