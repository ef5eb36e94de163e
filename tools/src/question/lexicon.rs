//! What phrases mean: the vocabulary of the semantic layer and the grammar of a language in one table.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use lru::LruCache;

use super::{
    tokens::{Stems, key},
    words::{Word, table},
};
use crate::semantic::{Labels, Language, SemanticModel, Words};

/// What a phrase can mean. Numbers are places in the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A word of grammar.
    Word(Word),
    /// An entity.
    Entity(usize),
    /// A measure of an entity.
    Measure(usize, usize),
    /// A dimension of an entity.
    Dimension(usize, usize),
    /// A value that the layer names, as it is stored.
    Value(usize, usize, String),
}

/// The longest phrase, in words.
pub(super) const LONGEST: usize = 6;

/// The phrases of a language.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    exact: HashMap<String, Vec<Meaning>>,
    /// By stems, with the phrase as it is called.
    stemmed: HashMap<String, Vec<(Meaning, String)>>,
}

impl Lexicon {
    fn of(model: &SemanticModel, language: Language) -> Self {
        let mut lexicon = Self::default();
        let stems = Stems::new(language);
        for (word, phrases) in table(language) {
            for phrase in phrases.split('|') {
                add(&mut lexicon.exact, phrase.to_owned(), Meaning::Word(*word));
            }
        }
        let mut say = |labels: Option<&Labels>, words: &Words, meaning: &Meaning| {
            let label = labels.and_then(|labels| labels.get(&language)).into_iter();
            for phrase in label.chain(words.get(&language).into_iter().flatten()) {
                let phrase = key(phrase);
                if phrase.is_empty() {
                    continue;
                }
                let stemmed = stems.phrase(&phrase);
                add(&mut lexicon.exact, phrase.clone(), meaning.clone());
                add(&mut lexicon.stemmed, stemmed, (meaning.clone(), phrase));
            }
        };
        for (e, entity) in model.entities.iter().enumerate() {
            say(Some(&entity.labels), &entity.synonyms, &Meaning::Entity(e));
            for (m, measure) in entity.measures.iter().enumerate() {
                say(Some(&measure.labels), &measure.synonyms, &Meaning::Measure(e, m));
            }
            for (d, dimension) in entity.dimensions.iter().enumerate() {
                say(
                    Some(&dimension.labels),
                    &dimension.synonyms,
                    &Meaning::Dimension(e, d),
                );
                for (value, words) in &dimension.value_words {
                    say(None, words, &Meaning::Value(e, d, value.clone()));
                }
            }
        }
        lexicon
    }

    /// What a phrase of folded words means, and whether it was said exactly so.
    pub(super) fn look_up(&self, phrase: &str, stems: &Stems) -> Option<(Vec<Meaning>, bool)> {
        let exact = self.exact.get(phrase);
        let stemmed = self.stemmed.get(&stems.phrase(phrase));
        let mut found = exact.cloned().unwrap_or_default();
        // A word of grammar is no form of something else.
        if !found
            .iter()
            .any(|meaning| matches!(meaning, Meaning::Word(word) if *word == Word::Filler))
        {
            for (meaning, called) in stemmed.into_iter().flatten() {
                if !found.contains(meaning) && stems.same(called, phrase) {
                    found.push(meaning.clone());
                }
            }
        }
        (!found.is_empty()).then_some((found, exact.is_some()))
    }

    /// Whether a single word is known in any form.
    pub(super) fn knows(&self, word: &str, stems: &Stems) -> bool {
        self.exact.contains_key(word) || self.stemmed.contains_key(&stems.stem(word))
    }
}

fn add<T: PartialEq>(table: &mut HashMap<String, Vec<T>>, phrase: String, meaning: T) {
    let meanings = table.entry(phrase).or_default();
    if !meanings.contains(&meaning) {
        meanings.push(meaning);
    }
}

/// The lexicons of the four languages over a model.
#[derive(Debug)]
pub(super) struct Lexicons([Lexicon; 4]);

static EMBEDDED: LazyLock<Option<Arc<Lexicons>>> = LazyLock::new(|| {
    SemanticModel::embedded()
        .ok()
        .map(|model| Arc::new(Lexicons::build(model)))
});

/// The lexicons of how many tenants' layers a process remembers.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// Lexicons of tenants' layers by the documents that those were made of: the same document has the same words.
static EXTENDED: LazyLock<Mutex<LruCache<Arc<str>, Arc<Lexicons>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

impl Lexicons {
    /// Those of a model; those of the program's own layer are made once, those of tenants' layers as long as they are asked.
    pub(super) fn of(model: &SemanticModel) -> Arc<Self> {
        let Some(key) = model.key.clone() else {
            return Arc::new(Self::build(model));
        };
        if let (true, Some(lexicons)) = (key.is_empty(), EMBEDDED.as_ref()) {
            return Arc::clone(lexicons);
        }
        if let Some(known) = lock().get(&key) {
            return Arc::clone(known);
        }
        let made = Arc::new(Self::build(model));
        lock().put(key, Arc::clone(&made));
        made
    }

    fn build(model: &SemanticModel) -> Self {
        Self(Language::ALL.map(|language| Lexicon::of(model, language)))
    }

    pub(super) fn get(&self, language: Language) -> &Lexicon {
        let [en, de, es, fr] = &self.0;
        match language {
            Language::En => en,
            Language::De => de,
            Language::Es => es,
            Language::Fr => fr,
        }
    }
}

fn lock() -> std::sync::MutexGuard<'static, LruCache<Arc<str>, Arc<Lexicons>>> {
    EXTENDED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layer_and_the_grammar_are_found_by_their_words() {
        let model = SemanticModel::embedded().unwrap();
        let lexicons = Lexicons::of(model);
        let stems = Stems::new(Language::De);
        let lexicon = lexicons.get(Language::De);

        let (by, exact) = lexicon.look_up("nach", &stems).unwrap();
        assert_eq!((by, exact), (vec![Meaning::Word(Word::By)], true));
        let (stage, _) = lexicon.look_up("phasen", &stems).unwrap();
        assert!(
            stage
                .iter()
                .any(|meaning| matches!(meaning, Meaning::Dimension(0, _))),
            "{stage:?}"
        );
        assert_eq!(lexicon.look_up("blorb", &stems), None);
    }
}
