//! Numbers for the passages of a run, so that an answer can point at them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crm_rag::Passage;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A passage with the number that `[n]` in an answer refers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberedPassage {
    /// The number, from 1, unique in the run.
    #[serde(rename = "ref")]
    pub number: u32,
    /// The passage.
    #[serde(flatten)]
    pub passage: Passage,
}

/// Assigns the numbers of one run and finds passages by them.
///
/// The same span of the same version keeps its number, however often it is
/// found. Clones share the numbers. A run that resumes in another process
/// rebuilds them with [`PassageRefs::from_outputs`] from its stored transcript.
#[derive(Debug, Clone, Default)]
pub struct PassageRefs(Arc<Mutex<Vec<NumberedPassage>>>);

impl PassageRefs {
    /// Rebuilds the numbers from the outputs of tools, as the transcript keeps
    /// them. Outputs that hold no passages are passed over.
    pub fn from_outputs<'a>(outputs: impl IntoIterator<Item = &'a Value>) -> Self {
        let refs = Self::default();
        for numbered in outputs.into_iter().flat_map(passages_in) {
            refs.restore(numbered);
        }
        refs
    }

    /// The number of `passage`: the one it has, or the next free one.
    pub fn number(&self, passage: &Passage) -> u32 {
        let mut all = self.lock();
        if let Some(known) = all.iter().find(|known| same_span(&known.passage, passage)) {
            return known.number;
        }
        let number = all
            .iter()
            .map(|known| known.number)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        all.push(NumberedPassage {
            number,
            passage: passage.clone(),
        });
        number
    }

    /// Numbers a whole result, in its order.
    pub fn number_all(&self, passages: Vec<Passage>) -> Vec<NumberedPassage> {
        passages
            .into_iter()
            .map(|passage| NumberedPassage {
                number: self.number(&passage),
                passage,
            })
            .collect()
    }

    /// The passage that `[number]` refers to; `None` for a number never given.
    pub fn get(&self, number: u32) -> Option<Passage> {
        self.lock()
            .iter()
            .find(|known| known.number == number)
            .map(|known| known.passage.clone())
    }

    /// How many passages have a number.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no passage has a number yet.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn restore(&self, numbered: NumberedPassage) {
        let mut all = self.lock();
        if all.iter().all(|known| known.number != numbered.number) {
            all.push(numbered);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<NumberedPassage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbered passages in a tool's output, as the transcript keeps it.
pub fn passages_in(output: &Value) -> Vec<NumberedPassage> {
    output
        .get("passages")
        .and_then(Value::as_array)
        .map(|items| {
            items
                .iter()
                .filter_map(|item| NumberedPassage::deserialize(item).ok())
                .collect()
        })
        .unwrap_or_default()
}

fn same_span(a: &Passage, b: &Passage) -> bool {
    (a.version_id, a.start, a.end) == (b.version_id, b.start, b.end)
}

#[cfg(test)]
mod tests;
