//! What words mean that nothing else explains: by the glossary, and by nearness of meaning.
//!
//! Only values and, right after "by", dimensions are found so. A measure never is: the words nearest to "revenue" are those
//! of other numbers, such as "profit". What is found is told on the card, and what may be two things is asked back.

use std::{
    num::NonZeroUsize,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use crm_rag::Embedder;
use crm_store::catalog::FieldType;
use lru::LruCache;
use serde_json::Value as Json;

use super::{
    chart::{Named, Piece},
    glossary,
    lexicon::Meaning,
    tokens::{Stems, Token},
    values::{Hit, Values},
    words::Word,
};
use crate::semantic::{DimensionDef, DimensionKind, Entity, Language, Words};

/// How near a value must be to be meant: the cosine of its words and the asker's. Chosen on the words of
/// `tests/it/pipeline_meaning.yaml`: none of its other words comes as near to a value.
const NEAR: f32 = 0.65;
/// The same for what groups are made by.
const NEAR_DIMENSION: f32 = 0.7;
/// How much farther than the nearest a value may be and still be asked about.
const TIE: f32 = 0.06;
/// How sure a reading by meaning is.
const CONFIDENCE: f32 = 0.6;
/// The longest phrase whose meaning is compared, in words.
const LONGEST: usize = 3;
/// How many phrases of a question are compared at most.
const MOST_PHRASES: usize = 12;
/// How many texts they are compared with at most.
const MOST_TEXTS: usize = 1_500;

/// Vectors that are kept, each with the model that made it: 12 MiB of 384 dimensions.
const KEPT: NonZeroUsize = NonZeroUsize::new(8_192).unwrap();

type Vectors = LruCache<(String, String), Arc<[f32]>>;

/// A vector depends on the model and the text alone, so nothing passes from one tenant to another but time.
static VECTORS: LazyLock<Mutex<Vectors>> = LazyLock::new(|| Mutex::new(LruCache::new(KEPT)));

/// What a text to compare with stands for.
#[derive(Debug, Clone, PartialEq)]
enum Thing {
    Value(usize, Json, String),
    Dimension(usize),
}

/// A run of words that nothing explains.
struct Phrase {
    start: usize,
    len: usize,
    /// What is compared: its own words, and English ones that stand for them.
    texts: Vec<String>,
    /// Whether it says what groups are made by.
    by: bool,
}

/// What meanings are compared with.
pub(super) struct Meanings<'a> {
    pub(super) e: usize,
    pub(super) entity: &'a Entity,
    pub(super) values: &'a Values,
    pub(super) language: Language,
    pub(super) stems: &'a Stems,
}

impl Meanings<'_> {
    /// What the words that nothing explains may mean; nothing for those that are near to nothing. An embedder that fails is
    /// as good as none.
    pub(super) async fn find(
        &self,
        tokens: &[Token],
        pieces: &[Piece],
        unknown: &[bool],
        embedder: Option<&dyn Embedder>,
    ) -> Vec<Named> {
        let phrases = self.phrases(tokens, pieces, unknown, embedder);
        let mut found = Vec::new();
        let mut rest = Vec::new();
        for phrase in phrases {
            let hits = self.by_glossary(&phrase);
            if hits.is_empty() {
                rest.push(phrase);
            } else {
                found.push(named(&phrase, hits, Vec::new()));
            }
        }
        if let Some(embedder) = embedder.filter(|_| !rest.is_empty()) {
            found.extend(self.by_vectors(&rest, embedder).await.unwrap_or_default());
        }
        found
    }

    fn phrases(
        &self,
        tokens: &[Token],
        pieces: &[Piece],
        unknown: &[bool],
        embedder: Option<&dyn Embedder>,
    ) -> Vec<Phrase> {
        // A model that does not know the language is asked for English words alone.
        let knows = embedder.is_some_and(|embedder| embedder.languages().cover(self.language.code()));
        let mut phrases = Vec::new();
        for start in 0..tokens.len() {
            for len in 1..=LONGEST {
                let run = unknown.get(start..start + len);
                let Some(words) = run
                    .filter(|run| run.iter().all(|new| *new))
                    .and_then(|_| tokens.get(start..start + len))
                else {
                    break;
                };
                let norm: Vec<&str> = words.iter().map(|token| token.norm.as_str()).collect();
                let norm = norm.join(" ");
                if norm.chars().filter(|c| c.is_alphabetic()).count() < 3 {
                    continue;
                }
                let mut texts: Vec<String> = glossary::english(&norm, self.language, self.stems).to_vec();
                if knows {
                    let raw: Vec<String> = words.iter().map(|token| token.raw.to_lowercase()).collect();
                    texts.insert(0, raw.join(" "));
                }
                phrases.push(Phrase {
                    start,
                    len,
                    texts,
                    by: follows_by(pieces, start),
                });
            }
        }
        phrases.truncate(MOST_PHRASES);
        phrases
    }

    /// Values whose names have the English words for a phrase in them.
    fn by_glossary(&self, phrase: &Phrase) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        for text in &phrase.texts {
            for hit in self.values.called(text, self.stems) {
                if !hits
                    .iter()
                    .any(|known| known.dimension == hit.dimension && known.value == hit.value)
                {
                    hits.push(Hit {
                        confidence: CONFIDENCE,
                        ..hit
                    });
                }
            }
        }
        hits
    }

    async fn by_vectors(&self, phrases: &[Phrase], embedder: &dyn Embedder) -> Option<Vec<Named>> {
        let things = self.things(phrases.iter().any(|phrase| phrase.by));
        let said: Vec<String> = phrases
            .iter()
            .flat_map(|phrase| phrase.texts.iter().cloned())
            .collect();
        if said.is_empty() || things.is_empty() {
            return None;
        }
        let texts: Vec<String> = things.iter().map(|(text, _)| text.clone()).collect();
        let known = vectors(embedder, &texts).await?;
        let asked = vectors(embedder, &said).await?;
        let mut asked = asked.iter();
        let mut found = Vec::new();
        for phrase in phrases {
            let own: Vec<&Arc<[f32]>> = asked.by_ref().take(phrase.texts.len()).collect();
            let mut near: Vec<(f32, &Thing)> = Vec::new();
            for (vector, (_, thing)) in known.iter().zip(&things) {
                let least = match thing {
                    Thing::Value(..) => NEAR,
                    Thing::Dimension(_) if phrase.by => NEAR_DIMENSION,
                    Thing::Dimension(_) => continue,
                };
                let nearness = own.iter().map(|own| dot(own, vector)).fold(0.0, f32::max);
                if nearness < least {
                    continue;
                }
                match near.iter_mut().find(|(_, known)| *known == thing) {
                    Some(known) => known.0 = known.0.max(nearness),
                    None => near.push((nearness, thing)),
                }
            }
            let best = near.iter().map(|(nearness, _)| *nearness).fold(0.0, f32::max);
            near.retain(|(nearness, _)| *nearness >= best - TIE);
            near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
            found.extend(self.meant(phrase, &near));
        }
        Some(found)
    }

    /// What a phrase means that is near to these. Where a value and a dimension are as near, nothing is said for sure.
    fn meant(&self, phrase: &Phrase, near: &[(f32, &Thing)]) -> Option<Named> {
        let mut hits = Vec::new();
        let mut meanings = Vec::new();
        for (_, thing) in near {
            match thing {
                Thing::Value(dimension, value, label) => hits.push(Hit {
                    dimension: *dimension,
                    value: value.clone(),
                    label: label.clone(),
                    confidence: CONFIDENCE,
                }),
                Thing::Dimension(d) => meanings.push(Meaning::Dimension(self.e, *d)),
            }
        }
        let one_kind = hits.is_empty() != meanings.is_empty();
        (one_kind && meanings.len() < 2).then(|| named(phrase, hits, meanings))
    }

    /// Everything that a phrase may mean, with the words for it.
    fn things(&self, dimensions: bool) -> Vec<(String, Thing)> {
        let mut things = Vec::new();
        for (d, dimension) in self.entity.dimensions.iter().enumerate() {
            for (value, words) in &dimension.value_words {
                if dimension.kind == DimensionKind::Category {
                    let thing = Thing::Value(d, Json::from(value.clone()), value.clone());
                    things.extend(self.words(words).map(|word| (word, thing.clone())));
                }
            }
            if dimensions && dimension.groups() {
                let label = dimension.labels.get(&Language::En).cloned();
                let words = label.into_iter().chain(self.words(&dimension.synonyms));
                things.extend(words.map(|word| (word.to_lowercase(), Thing::Dimension(d))));
            }
        }
        for hit in self.values.plain() {
            let has_meaning = self.entity.dimensions.get(hit.dimension).is_some_and(means);
            if has_meaning {
                let thing = Thing::Value(hit.dimension, hit.value.clone(), hit.label.clone());
                let parts = hit
                    .label
                    .split('/')
                    .map(str::trim)
                    .filter(|part| *part != hit.label);
                for text in std::iter::once(hit.label.as_str()).chain(parts) {
                    things.push((text.to_lowercase(), thing.clone()));
                }
            }
        }
        things.truncate(MOST_TEXTS);
        things
    }

    /// The words of English and of the question's language.
    fn words<'w>(&self, words: &'w Words) -> impl Iterator<Item = String> + 'w {
        let own = (self.language != Language::En).then_some(self.language);
        std::iter::once(Language::En)
            .chain(own)
            .filter_map(|language| words.get(&language))
            .flatten()
            .map(|word| word.to_lowercase())
    }
}

/// Whether the values of a dimension are words with a meaning, and no names of places or people.
fn means(dimension: &DimensionDef) -> bool {
    let field = dimension.path.field;
    dimension.kind == DimensionKind::Category
        && !matches!(
            field.kind,
            FieldType::Country | FieldType::Currency | FieldType::Language
        )
        && !field.name.ends_with("country")
        && !field.name.ends_with("city")
        && field.name != "competitor"
}

/// Whether the word before says that groups are made by what follows.
fn follows_by(pieces: &[Piece], start: usize) -> bool {
    let mut before = pieces.iter().filter(|piece| piece.start < start).rev();
    before
        .find(|piece| !piece.is(Word::Filler))
        .is_some_and(|piece| piece.is(Word::By))
}

fn named(phrase: &Phrase, hits: Vec<Hit>, meanings: Vec<Meaning>) -> Named {
    Named {
        start: phrase.start,
        len: phrase.len,
        hits,
        meanings,
        whole: false,
    }
}

/// The vectors of texts in their order, from memory where they are known; all new ones in one batch.
async fn vectors(embedder: &dyn Embedder, texts: &[String]) -> Option<Vec<Arc<[f32]>>> {
    let model = embedder.model_hash();
    let key = |text: &String| (model.to_owned(), text.clone());
    let mut found: Vec<Option<Arc<[f32]>>> = {
        let mut known = VECTORS.lock().unwrap_or_else(PoisonError::into_inner);
        texts.iter().map(|text| known.get(&key(text)).cloned()).collect()
    };
    let new: Vec<String> = texts
        .iter()
        .zip(&found)
        .filter(|(_, known)| known.is_none())
        .map(|(text, _)| text.clone())
        .collect();
    if !new.is_empty() {
        let made = embedder.documents(new.clone()).await.ok()?;
        let mut known = VECTORS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut made = new.iter().zip(made);
        for place in found.iter_mut().filter(|place| place.is_none()) {
            let (text, vector) = made.next()?;
            let vector: Arc<[f32]> = vector.into();
            known.put(key(text), Arc::clone(&vector));
            *place = Some(vector);
        }
    }
    found.into_iter().collect()
}

/// The cosine of two vectors of length one.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}
