//! A typed query, answered as the asker.

use std::{borrow::Cow, sync::Arc};

use crm_store::{FieldError, StoreError, TenantStore, access::Access, analytics::Reporting};

use super::{
    Calendar, Language, SemanticModel,
    lower::{Lowered, entity_of, lower},
    query::PipelineQuery,
    resolve::{ResolvedNames, Unresolved, resolve},
};
use crate::{
    ToolError,
    card::{self, AnswerCard, Answered},
};

/// How a question was asked in words, and in which language it is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// The asker's own words, if there were any.
    pub question: Option<String>,
    /// The language of the card.
    pub language: Language,
}

/// A query that was checked and lowered for one asker.
struct Understood {
    lowered: Lowered,
    resolved: ResolvedNames,
    reporting: Reporting,
    access: Arc<Access>,
}

/// Answers a query with a card. What the asker can mend is [`StoreError::InvalidMany`] with pointers into the query;
/// what a role may not see is [`StoreError::Refused`].
pub async fn answer(
    model: &SemanticModel,
    store: &TenantStore,
    query: &PipelineQuery,
    spoken: &Spoken,
) -> Result<AnswerCard, StoreError> {
    let entity = entity_of(model, query).map_err(|problem| StoreError::InvalidMany(vec![problem]))?;
    let understood = understood(model, store, query).await?;
    let now = store.clock().now();
    let table = store.analyze(&understood.lowered.plan).await?;
    let today = now.with_timezone(&understood.reporting.timezone).date_naive();
    Ok(card::card(&Answered {
        entity,
        query,
        lowered: &understood.lowered,
        resolved: &understood.resolved,
        table: &table,
        access: &understood.access,
        calendar: Calendar::new(&understood.reporting, today),
        language: spoken.language,
        question: spoken.question.clone(),
        now,
    }))
}

/// Checks a query for the asker without asking it.
pub async fn check(
    model: &SemanticModel,
    store: &TenantStore,
    query: &PipelineQuery,
) -> Result<Lowered, StoreError> {
    Ok(understood(model, store, query).await?.lowered)
}

async fn understood(
    model: &SemanticModel,
    store: &TenantStore,
    query: &PipelineQuery,
) -> Result<Understood, StoreError> {
    let entity = entity_of(model, query).map_err(|problem| StoreError::InvalidMany(vec![problem]))?;
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    access.require(entity.object, crm_store::access::Verb::Read)?;
    let reporting = tx.reporting().await?;
    let today = tx.now().with_timezone(&reporting.timezone).date_naive();
    let resolved = resolve(&mut tx, entity, query).await;
    tx.commit().await?;
    // What is wrong elsewhere is said together with what is wrong with names.
    let (resolved, mut problems) = match resolved {
        Ok(resolved) => (resolved, Vec::new()),
        Err(Unresolved::Query(problems)) => (ResolvedNames::default(), problems),
        Err(Unresolved::Store(error)) => return Err(error),
    };
    match lower(model, query, &reporting, today, &resolved) {
        Ok(lowered) if problems.is_empty() => Ok(Understood {
            lowered,
            resolved,
            reporting,
            access,
        }),
        Ok(_) => Err(StoreError::InvalidMany(problems)),
        Err(more) => {
            problems.extend(more);
            Err(StoreError::InvalidMany(problems))
        }
    }
}

/// Answers a query for an agent: what it can mend comes back in words.
pub async fn run(
    model: &SemanticModel,
    store: &TenantStore,
    query: &PipelineQuery,
    spoken: &Spoken,
) -> Result<AnswerCard, ToolError> {
    answer(model, store, query, spoken)
        .await
        .map_err(|error| match error {
            StoreError::InvalidMany(problems) => ToolError::Correctable(in_words(&problems)),
            StoreError::Invalid { field, message } => ToolError::Correctable(format!("{field}: {message}")),
            StoreError::Refused { what, .. } => ToolError::Correctable(what),
            other => other.into(),
        })
}

/// Problems of a query in one text.
pub fn in_words(problems: &[FieldError]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.pointer, problem.message))
        .collect();
    lines.join("\n")
}

/// The layer with what the actor's tenant adds to it.
pub async fn model_of(store: &TenantStore) -> Result<Cow<'static, SemanticModel>, StoreError> {
    let model = SemanticModel::embedded().map_err(|error| StoreError::Corrupt {
        what: error.to_string(),
    })?;
    let mut tx = store.begin().await?;
    let vocabulary = tx.vocabulary().await?;
    tx.commit().await?;
    if vocabulary.is_null() {
        return Ok(Cow::Borrowed(model));
    }
    // What was stored was checked; a later version of the layer may have taken one of its names.
    Ok(model
        .extended(&vocabulary)
        .map_or(Cow::Borrowed(model), Cow::Owned))
}
