//! From a question in English, German, Spanish or French to a typed query, without a model.
//!
//! A question is cut into tokens, the tokens into phrases (`chart`): words of grammar (`words`), the
//! vocabulary of the semantic layer (`lexicon`), days (`periods`), numbers (`numbers`), and values of the tenant that
//! the asker may see (`values`). What the phrases say of an entity is taken down (`draft`) and made into queries
//! (`finish`, or `follow_up` for a question that goes on from another).
//!
//! Invariants: a question in which a word that matters is not understood is never answered, and one that can be read in
//! two ways is asked back. All work is linear in the length of the question.

mod calendar;
mod chart;
mod conditions;
mod countries;
mod decline;
mod draft;
mod finish;
mod follow_up;
mod forms;
mod glossary;
mod heard;
mod language;
mod lexicon;
mod marks;
mod meaning;
mod measure;
mod numbers;
mod parts;
mod periods;
mod periods_names;
mod periods_words;
mod reading;
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

use crm_store::TenantTx;

use self::{calendar::Calendar, lexicon::Lexicons, reading::Read, tokens::tokens};
use crate::{
    ToolError,
    card::Choice,
    semantic::{Ground, Language, PipelineQuery, SemanticModel},
};

pub use crm_rag::Embedder;
pub use decline::DeclineReason;
pub(crate) use decline::suggestions;
pub(crate) use tokens::key as folded;

/// A question as it was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The asker's words.
    pub question: &'a str,
    /// The query of the question before, which a fragment goes on from.
    pub previous: Option<&'a PipelineQuery>,
    /// The language that the asker is known to speak, if it is known.
    pub language: Option<Language>,
}

/// How a question was read.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for a question, and most are the large one"
)]
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

/// Reads a question. Names are looked up as the asker of `tx`, which is ended before `embedder` is asked what the words mean
/// that are left over. What it does not say for sure is declined, and the words are named.
pub async fn read(
    ground: &Ground,
    tx: TenantTx,
    embedder: Option<&dyn Embedder>,
    asked: &Asked<'_>,
) -> Result<Reading, ToolError> {
    let tokens = tokens(asked.question);
    if let Some(reason) = decline::no_question(asked.question, &tokens) {
        return Ok(declined(asked.language.unwrap_or_default(), reason));
    }
    let model: &SemanticModel = &ground.model;
    // How words of the question before were read is no part of this one.
    let previous = asked.previous.map(|previous| PipelineQuery {
        read_as: Vec::new(),
        ..previous.clone()
    });
    let reading = Read {
        model,
        lexicons: Lexicons::of(model),
        tokens: &tokens,
        calendar: Calendar {
            today: ground.today,
            fiscal_year_start: ground.reporting.fiscal_year_start,
        },
        previous: previous.as_ref(),
    };
    let (language, pieces) = reading.language(asked);
    match reading.queries(tx, embedder, language, pieces).await? {
        Ok((readings, confidence)) => Ok(settled(model, language, readings, confidence)),
        Err(reason) => Ok(declined(language, reason)),
    }
}

/// The language that a text is in by the look of it, unless the asker's is known.
pub(crate) fn likeliest(text: &str, known: Option<Language>) -> Language {
    language::order(text, known)
        .into_iter()
        .next()
        .unwrap_or_default()
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

#[cfg(test)]
mod tests;
