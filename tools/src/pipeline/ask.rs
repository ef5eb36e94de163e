//! A question in words, answered at once and without a model.

use crm_store::{StoreError, TenantStore};

use super::cards::{Frame, Text};
use crate::{
    ToolError,
    card::AnswerCard,
    question::{self, Asked, DeclineReason, Reading},
    semantic::{self, Language, PipelineQuery, SemanticModel, Spoken, in_words},
};

/// A question as it was asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The asker's words.
    pub text: &'a str,
    /// The query of the question before, which a fragment goes on from.
    pub previous: Option<&'a PipelineQuery>,
    /// The language that the asker is known to speak, if it is known.
    pub language: Option<Language>,
}

/// What came of reading a question.
#[derive(Debug, Clone)]
pub enum Understood {
    /// A query to be asked.
    Query(Box<PipelineQuery>, Language),
    /// Nothing to be asked: a choice to make, or why not; and whether nobody else should try to read it.
    Card(Box<AnswerCard>, bool),
}

/// Reads a question as the asker of `store`, without asking for numbers.
pub async fn understand(
    model: &SemanticModel,
    store: &TenantStore,
    question: &Question<'_>,
) -> Result<Understood, ToolError> {
    let frame = Frame::of(store, Some(question.text)).await?;
    let asked = Asked {
        question: question.text,
        previous: question.previous,
        language: question.language,
        today: frame.today(),
    };
    let (card, is_final) = match question::read(model, store, &asked).await? {
        Reading::Query { query, language, .. } => return Ok(Understood::Query(Box::new(query), language)),
        Reading::Choices { language, choices } => (frame.choices(language, choices), true),
        Reading::Declined {
            language,
            reason,
            suggestions,
        } => {
            let is_final = matches!(
                reason,
                DeclineReason::Empty
                    | DeclineReason::TooLong
                    | DeclineReason::Writes
                    | DeclineReason::Instructions
            );
            let sentence = reason.sentence(language);
            (frame.declined(language, sentence, suggestions), is_final)
        }
    };
    Ok(Understood::Card(Box::new(card), is_final))
}

/// Answers a question as the asker of `store`: with numbers, a choice, or a sentence that says why not.
pub async fn ask(
    model: &SemanticModel,
    store: &TenantStore,
    question: &Question<'_>,
) -> Result<AnswerCard, ToolError> {
    match understand(model, store, question).await? {
        Understood::Query(query, language) => answer_to(model, store, question.text, &query, language).await,
        Understood::Card(card, _) => Ok(*card),
    }
}

/// Answers the query that a question was understood as. What the asker may not see is declined in words.
pub async fn answer_to(
    model: &SemanticModel,
    store: &TenantStore,
    question: &str,
    query: &PipelineQuery,
    language: Language,
) -> Result<AnswerCard, ToolError> {
    let spoken = Spoken {
        question: Some(question.to_owned()),
        language,
    };
    match semantic::answer(model, store, query, &spoken).await {
        Ok(card) => Ok(card),
        Err(error) => {
            let frame = Frame::of(store, Some(question)).await?;
            Ok(frame.refused(language, error)?)
        }
    }
}

impl Frame {
    /// The card of a question whose query the store refused, when the asker can do something about it.
    fn refused(&self, language: Language, error: StoreError) -> Result<AnswerCard, StoreError> {
        let sentence = match error {
            StoreError::Refused { .. } | StoreError::Forbidden => Text::NotAllowed.say(language).to_owned(),
            StoreError::InvalidMany(problems) => in_words(&problems),
            StoreError::Invalid { message, .. } => message,
            other => return Err(other),
        };
        Ok(self.declined(language, sentence, question::suggestions(language)))
    }
}
