//! What becomes of a query that the store refused: a card that code writes, or something that whoever wrote it can mend.

use crm_store::{StoreError, TenantStore};

use super::cards::{Frame, Text};
use crate::{
    card::AnswerCard,
    question::suggestions,
    semantic::{Doubts, Language, PipelineQuery, doubts, in_words},
    whose::NO_TEAM,
};

/// What becomes of it.
pub(super) enum Refused {
    /// The asker hears why there is no answer, or chooses whom a name means.
    Card(Box<AnswerCard>),
    /// Whoever wrote the query can mend it; pointers into the query and what would be right.
    Mend(String),
}

/// Looks at a refusal. What nobody in the conversation can do something about is an error again.
pub(super) async fn refused(
    store: &TenantStore,
    frame: &Frame,
    language: Language,
    query: &PipelineQuery,
    error: StoreError,
) -> Result<Refused, StoreError> {
    let decline = |text: Text| {
        let card = frame.declined(language, text.say(language).to_owned(), suggestions(language));
        Ok(Refused::Card(Box::new(card)))
    };
    match error {
        StoreError::Refused { .. } | StoreError::Forbidden => decline(Text::NotAllowed),
        StoreError::TooMuch => decline(Text::TooMuch),
        StoreError::Invalid { field, message } => Ok(Refused::Mend(format!("{field}: {message}"))),
        // It is right to ask so, and no other query would be.
        StoreError::InvalidMany(problems) if problems.iter().any(|problem| problem.message == NO_TEAM) => {
            decline(Text::NoTeam)
        }
        StoreError::InvalidMany(problems) => match doubts(store, query, problems).await {
            Ok(Doubts::Choices(choices)) => Ok(Refused::Card(Box::new(frame.choices(language, choices)))),
            Ok(Doubts::Problems(problems)) => Ok(Refused::Mend(in_words(&problems))),
            Err(StoreError::TooMuch) => decline(Text::TooMuch),
            Err(error) => Err(error),
        },
        other => Err(other),
    }
}
