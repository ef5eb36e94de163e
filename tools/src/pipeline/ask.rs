//! A question in words, answered at once and without a model.

use crm_rag::Embedder;
use crm_store::{StoreError, TenantStore};

use super::{
    cards::{Frame, Text},
    refused::{Refused, refused},
};
use crate::{
    ToolError,
    card::AnswerCard,
    question::{self, Asked, DeclineReason, Reading},
    semantic::{self, Ground, Language, PipelineQuery, Spoken},
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
    /// A query to be asked, over what was read of the tenant.
    Query(Box<PipelineQuery>, Language, Box<Ground>),
    /// Nothing to be asked: a choice to make, or why not; and whether nobody else should try to read it.
    Card(Box<AnswerCard>, bool),
}

/// Reads a question as the asker of `store`, without asking for numbers: in one transaction, which ends before `embedder`
/// is asked what words mean that nothing else explains.
pub async fn understand(
    store: &TenantStore,
    embedder: Option<&dyn Embedder>,
    question: &Question<'_>,
) -> Result<Understood, ToolError> {
    let mut tx = store.begin_question().await?;
    let ground = Ground::read(&mut tx).await?;
    let frame = Frame::of(&ground, Some(question.text));
    // Who may ask about nothing learns no names from what is understood.
    if !(ground.model.entities.iter()).any(|entity| ground.access.asks(entity.object)) {
        let language = question.language.unwrap_or_default();
        let sentence = Text::NotAllowed.say(language).to_owned();
        let card = frame.declined(language, sentence, Vec::new());
        return Ok(Understood::Card(Box::new(card), true));
    }
    let asked = Asked {
        question: question.text,
        previous: question.previous,
        language: question.language,
    };
    let read = match question::read(&ground, tx, embedder, &asked).await {
        Err(ToolError::Fatal(error)) if is_too_much(error.as_ref()) => {
            let language = question::likeliest(question.text, question.language);
            let sentence = Text::TooMuch.say(language).to_owned();
            let card = frame.declined(language, sentence, question::suggestions(language));
            return Ok(Understood::Card(Box::new(card), true));
        }
        read => read?,
    };
    let (card, is_final) = match read {
        Reading::Query { query, language, .. } => {
            return Ok(Understood::Query(Box::new(query), language, Box::new(ground)));
        }
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

/// Whether looking up its names alone took all the time that a question has.
fn is_too_much(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::TooMuch))
}

/// Answers a question as the asker of `store`: with numbers, a choice, or a sentence that says why not. Two transactions:
/// one for the words, one for the numbers.
pub async fn ask(
    store: &TenantStore,
    embedder: Option<&dyn Embedder>,
    question: &Question<'_>,
) -> Result<AnswerCard, ToolError> {
    match understand(store, embedder, question).await? {
        Understood::Query(query, language, ground) => {
            answer_to(&ground, store, question.text, &query, language).await
        }
        Understood::Card(card, _) => Ok(*card),
    }
}

/// Answers the query that a question was understood as. What the asker may not see is declined in words.
pub async fn answer_to(
    ground: &Ground,
    store: &TenantStore,
    question: &str,
    query: &PipelineQuery,
    language: Language,
) -> Result<AnswerCard, ToolError> {
    let spoken = Spoken {
        question: Some(question.to_owned()),
        language,
    };
    let error = match semantic::answer_on(ground, store, query, &spoken).await {
        Ok(card) => return Ok(card),
        Err(error) => error,
    };
    let frame = Frame::of(ground, Some(question));
    Ok(match refused(store, &frame, language, query, error).await? {
        Refused::Card(card) => *card,
        // The asker wrote no query that pointers could lead into.
        Refused::Mend(_) => {
            let sentence = Text::Senseless.say(language).to_owned();
            frame.declined(language, sentence, question::suggestions(language))
        }
    })
}

/// The card of a typed query that reads more than can be read in its time.
pub async fn too_much(store: &TenantStore, spoken: &Spoken) -> Result<AnswerCard, StoreError> {
    let language = spoken.language;
    let frame = Frame::of(&Ground::of(store).await?, spoken.question.as_deref());
    let sentence = Text::TooMuch.say(language).to_owned();
    Ok(frame.declined(language, sentence, question::suggestions(language)))
}
