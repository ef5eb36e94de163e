//! From a question in English, German, Spanish or French to a typed query, without a model.
//!
//! A question is cut into [tokens](tokens), the tokens into phrases ([`chart`]): words of grammar ([`words`]), the
//! vocabulary of the semantic layer ([`lexicon`]), days ([`periods`]), numbers ([`numbers`]), and values of the tenant that
//! the asker may see ([`values`]). What the phrases say of an entity is taken down ([`draft`]) and made into queries
//! ([`finish`], or [`follow_up`] for a question that goes on from another).
//!
//! Invariants: a question in which a word that matters is not understood is never answered, and one that can be read in
//! two ways is asked back. All work is linear in the length of the question.

mod calendar;
mod chart;
mod conditions;
mod decline;
mod draft;
mod finish;
mod follow_up;
mod language;
mod lexicon;
mod measure;
mod numbers;
mod periods;
mod periods_words;
mod tables;
mod take;
mod time;
mod tokens;
mod values;
mod words;
mod words_de;
mod words_en;
mod words_es;
mod words_fr;

use chrono::NaiveDate;
use crm_rag::Embedder;
use crm_store::TenantStore;

use self::{
    calendar::Calendar,
    chart::{Maker, Named, Piece, What, unknown},
    draft::Draft,
    finish::Finisher,
    lexicon::Lexicons,
    periods::Reader,
    take::Taker,
    tokens::{Stems, Token, tokens},
    values::Values,
    words::Word,
};
use crate::{
    ToolError,
    card::Choice,
    semantic::{DimensionKind, Language, PipelineQuery, SemanticModel},
};

pub use decline::DeclineReason;
pub(crate) use decline::suggestions;

/// A question as it was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The asker's words.
    pub question: &'a str,
    /// The query of the question before, which a fragment goes on from.
    pub previous: Option<&'a PipelineQuery>,
    /// The language that the asker is known to speak, if it is known.
    pub language: Option<Language>,
    /// Today in the tenant's time zone.
    pub today: NaiveDate,
}

/// How a question was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// One way.
    Query {
        /// What is asked.
        query: PipelineQuery,
        /// How sure the reading is, 0 to 1.
        confidence: f32,
        /// The language of the question.
        language: Language,
    },
    /// Several ways, for the asker to choose from.
    Choices {
        /// The language of the question.
        language: Language,
        /// The ways; two at least.
        choices: Vec<Choice>,
    },
    /// Not at all.
    Declined {
        /// The language of the question.
        language: Language,
        /// Why.
        reason: DeclineReason,
        /// What can be asked.
        suggestions: Vec<String>,
    },
}

/// Reads a question. Names are looked up as the asker of `store`.
pub async fn read(
    model: &SemanticModel,
    store: &TenantStore,
    embedder: Option<&dyn Embedder>,
    asked: &Asked<'_>,
) -> Result<Reading, ToolError> {
    // The words of the layer and names with slips cover what was measured; nearness of meaning alone would guess.
    let _ = embedder;
    let tokens = tokens(asked.question);
    if let Some(reason) = decline::no_question(asked.question, &tokens) {
        return Ok(declined(asked.language.unwrap_or_default(), reason));
    }
    let fiscal_year_start = store.begin().await?.reporting().await?.fiscal_year_start;
    let reading = Read {
        model,
        lexicons: Lexicons::of(model),
        tokens: &tokens,
        calendar: Calendar {
            today: asked.today,
            fiscal_year_start,
        },
        previous: asked.previous,
    };
    let (language, pieces) = reading.language(asked);
    match reading.queries(store, language, pieces).await? {
        Ok((readings, confidence)) => Ok(settled(model, language, readings, confidence)),
        Err(reason) => Ok(declined(language, reason)),
    }
}

fn declined(language: Language, reason: DeclineReason) -> Reading {
    Reading::Declined {
        language,
        reason,
        suggestions: decline::suggestions(language),
    }
}

/// One reading is the answer's; several are the asker's choice.
fn settled(
    model: &SemanticModel,
    language: Language,
    readings: Vec<finish::Reading>,
    confidence: f32,
) -> Reading {
    let mut different: Vec<finish::Reading> = Vec::new();
    for (query, label) in readings {
        if !different.iter().any(|(known, _)| *known == query) {
            different.push((query, label));
        }
    }
    if different.len() > 1 {
        let label = |query: &PipelineQuery, said: String| {
            let entity = model.entity(&query.entity);
            let named = query
                .measures
                .first()
                .and_then(|name| entity?.measure(name))
                .map(|measure| &measure.labels);
            let name = named
                .or_else(|| entity.map(|entity| &entity.labels))
                .and_then(|labels| labels.get(&language));
            match name {
                Some(name) if !said.contains(name.as_str()) => format!("{name} ({said})"),
                _ => said,
            }
        };
        let choices = different.into_iter().map(|(query, said)| Choice {
            label: label(&query, said),
            query,
        });
        return Reading::Choices {
            language,
            choices: choices.collect(),
        };
    }
    match different.into_iter().next() {
        Some((query, _)) => Reading::Query {
            query,
            confidence,
            language,
        },
        None => declined(language, DeclineReason::Unclear),
    }
}

/// A question on its way.
struct Read<'a> {
    model: &'a SemanticModel,
    lexicons: std::sync::Arc<Lexicons>,
    tokens: &'a [Token],
    calendar: Calendar,
    previous: Option<&'a PipelineQuery>,
}

type Queries = Result<(Vec<finish::Reading>, f32), DeclineReason>;

impl Read<'_> {
    /// The language whose words explain most of the question, and the question cut by them.
    fn language(&self, asked: &Asked<'_>) -> (Language, Vec<Piece>) {
        let mut best: Option<(usize, Language, Vec<Piece>)> = None;
        for language in language::order(asked.question, asked.language) {
            let pieces = self.cut(language, &Stems::new(language), &[]);
            let unknown = pieces.iter().filter(|piece| piece.what == What::Unknown).count();
            if best.as_ref().is_none_or(|(fewest, ..)| unknown < *fewest) {
                best = Some((unknown, language, pieces));
            }
        }
        best.map(|(_, language, pieces)| (language, pieces))
            .unwrap_or_default()
    }

    fn cut(&self, language: Language, stems: &Stems, named: &[Named]) -> Vec<Piece> {
        let mut maker = Maker {
            tokens: self.tokens,
            lexicon: self.lexicons.get(language),
            stems,
            reader: Reader {
                language,
                calendar: self.calendar,
                ahead: false,
            },
        };
        let pieces = maker.cut(named);
        let says = |word: Word| pieces.iter().any(|piece| piece.is(word));
        // Close dates lie ahead, unless something is won or lost already.
        if says(Word::Closing) && !says(Word::Won) && !says(Word::Lost) {
            maker.reader.ahead = true;
            return maker.cut(named);
        }
        pieces
    }

    async fn queries(
        &self,
        store: &TenantStore,
        language: Language,
        pieces: Vec<Piece>,
    ) -> Result<Queries, ToolError> {
        if let Some(reason) = decline::forbidden(&pieces) {
            return Ok(Err(reason));
        }
        let Some(entity) = self.entity(&pieces) else {
            return Ok(Err(self.nothing(&pieces)));
        };
        let stems = Stems::new(language);
        let pieces = self.named(store, language, &stems, entity, pieces).await?;
        let draft = self.draft(entity, &pieces);
        Ok(self.finish(language, entity, &draft, &pieces))
    }

    fn finish(&self, language: Language, e: usize, draft: &Draft, pieces: &[Piece]) -> Queries {
        if !draft.unknown.is_empty() {
            return Err(DeclineReason::Unknown {
                words: draft.unknown.clone(),
            });
        }
        let entity = self.model.entities.get(e).ok_or(DeclineReason::Unclear)?;
        let finisher = Finisher {
            entity,
            language,
            calendar: self.calendar,
        };
        let readings = match self
            .previous
            .filter(|previous| previous.entity == entity.name && follow_up::goes_on(draft))
        {
            Some(previous) => finisher.edited(previous, draft)?,
            // "How long does it take": of anything that takes time.
            None if draft.how_long && !draft.noun && draft.measure.is_none() => self.lengths(language, pieces),
            None => finisher.readings(draft)?,
        };
        let sure = |piece: &Piece| match &piece.what {
            What::Phrase(_, hits) => hits.iter().map(|hit| hit.confidence).fold(0.0, f32::max),
            _ => 0.0,
        };
        let least = pieces
            .iter()
            .map(sure)
            .filter(|sure| *sure > 0.0)
            .fold(1.0, f32::min);
        Ok((readings, least))
    }

    /// The lengths of time that a question about no kind of record can be about.
    fn lengths(&self, language: Language, pieces: &[Piece]) -> Vec<finish::Reading> {
        let mut readings = Vec::new();
        for (e, entity) in self.model.entities.iter().enumerate() {
            let draft = self.draft(e, pieces);
            let finisher = Finisher { entity, language, calendar: self.calendar };
            if draft.unknown.is_empty() {
                readings.extend(finisher.readings(&draft).unwrap_or_default());
            }
        }
        readings.truncate(finish::MOST);
        readings
    }

    /// The draft of a question for an entity.
    fn draft(&self, e: usize, pieces: &[Piece]) -> Draft {
        let Some(entity) = self.model.entities.get(e) else {
            return Draft::default();
        };
        let grouped = self
            .previous
            .is_some_and(|previous| previous.entity == entity.name && !previous.dimensions.is_empty());
        Taker {
            e,
            entity,
            tokens: self.tokens,
            pieces,
            grouped,
        }
        .take()
    }

    /// The entity that explains most of the question: fewest words left over, then most that speak for it.
    fn entity(&self, pieces: &[Piece]) -> Option<usize> {
        let before = self.previous.and_then(|previous| {
            self.model
                .entities
                .iter()
                .position(|entity| entity.name == previous.entity)
        });
        let weighed = self.model.entities.iter().enumerate().map(|(e, entity)| {
            let draft = self.draft(e, pieces);
            let won = draft.status.iter().any(|status| {
                *status != draft::Status::New
                    && *status != draft::Status::Open
                    && entity.measure(&format!("{}_count", status.prefix())).is_some()
            });
            let money = matches!(
                draft.quantity,
                Some(draft::Quantity::Money | draft::Quantity::Average)
            );
            let best = (draft.best || money || draft.most.is_some() && !draft.loose.is_empty())
                && entity.measure("won_amount").is_some();
            // Calls and meetings are activities by their type, renewals opportunities by theirs.
            let typed = draft.conditions.iter().any(|condition| condition.readings.first().is_some_and(|(filter, ..)| filter.dimension == "type"));
            let about = typed || draft.noun
                || draft.measure.is_some()
                || won
                || best
                || draft.how_long && entity.has_pipeline();
            let dimensions = draft.groups.len() + draft.loose.len() + draft.conditions.len();
            let named = usize::from(draft.noun || typed) * 3
                + usize::from(draft.measure.is_some()) * 3
                + usize::from(won)
                + usize::from(best);
            (
                about,
                draft.unknown.len(),
                usize::MAX - (named * 2 + dimensions),
                e,
            )
        });
        let best = weighed
            .filter(|(about, ..)| *about)
            .min_by_key(|(_, unknown, weight, e)| (*unknown, *weight, *e));
        // A fragment goes on from the question before, unless something else explains more of it.
        let fragment = before.map(|before| (before, self.draft(before, pieces)));
        let fragment = fragment.filter(|(_, draft)| follow_up::goes_on(draft));
        match (fragment, best) {
            (Some((_, draft)), Some((_, unknown, _, e))) if unknown < draft.unknown.len() => Some(e),
            (Some((before, _)), _) => Some(before),
            (None, best) => best.map(|(.., e)| e),
        }
    }

    /// Why a question about nothing that is known is declined: by its unknown words, if it has any.
    fn nothing(&self, pieces: &[Piece]) -> DeclineReason {
        let words: Vec<String> = pieces
            .iter()
            .filter(|piece| piece.what == What::Unknown)
            .filter_map(|piece| self.tokens.get(piece.start))
            .map(|token| token.raw.clone())
            .collect();
        if words.is_empty() {
            DeclineReason::Unclear
        } else {
            DeclineReason::Unknown { words }
        }
    }

    /// The pieces with the values of the tenant in them. They are looked for only where words are left over, or where a
    /// value of the layer could be one of the tenant's as well.
    async fn named(
        &self,
        store: &TenantStore,
        language: Language,
        stems: &Stems,
        e: usize,
        pieces: Vec<Piece>,
    ) -> Result<Vec<Piece>, ToolError> {
        let Some(entity) = self.model.entities.get(e) else {
            return Ok(pieces);
        };
        let new = unknown(&pieces, self.tokens.len());
        let category = |condition: &draft::Condition| {
            let filter = condition.readings.first().map(|(filter, ..)| filter);
            let dimension = filter.and_then(|filter| entity.dimension(&filter.dimension));
            dimension.is_some_and(|dimension| dimension.kind == DimensionKind::Category)
        };
        let draft = self.draft(e, &pieces);
        if draft.unknown.is_empty() && !draft.conditions.iter().any(category) {
            return Ok(pieces);
        }
        let words: Vec<&str> = self
            .tokens
            .iter()
            .zip(&new)
            .filter(|(_, new)| **new)
            .map(|(token, _)| token.raw.as_str())
            .collect();
        let values = Values::load(store, entity, &words, stems).await?;
        let named = values.find(self.tokens, &new, stems);
        Ok(if named.is_empty() {
            pieces
        } else {
            self.cut(language, stems, &named)
        })
    }
}

#[cfg(test)]
mod tests;
