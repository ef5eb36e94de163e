//! A typed query, answered as the asker.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use crm_store::{FieldError, StoreError, TenantStore, TenantTx, access::Access, analytics::Reporting};
use serde_json::Value as Json;

use super::{
    Calendar, Ground, Language, SemanticModel,
    drill::{behind_row, no_list},
    lower::{Lowered, entity_of, lower},
    query::PipelineQuery,
    resolve::{ResolvedNames, Unresolved, resolve},
    rows::Rows,
    seen::listed,
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

/// What a query is understood with.
struct On<'a> {
    model: &'a SemanticModel,
    reporting: &'a Reporting,
    access: Arc<Access>,
    now: DateTime<Utc>,
    today: NaiveDate,
}

impl<'a> On<'a> {
    fn ground(ground: &'a Ground) -> Self {
        Self {
            model: &ground.model,
            reporting: &ground.reporting,
            access: Arc::clone(&ground.access),
            now: ground.now,
            today: ground.today,
        }
    }
}

/// Answers a query with a card, in one transaction. What the asker can mend is [`StoreError::InvalidMany`] with pointers into
/// the query; what a role may not see is [`StoreError::Refused`].
pub async fn answer(
    model: &SemanticModel,
    store: &TenantStore,
    query: &PipelineQuery,
    spoken: &Spoken,
) -> Result<AnswerCard, StoreError> {
    let mut tx = store.begin_question().await?;
    let (access, reporting, now) = (tx.access().await?, tx.reporting().await?, tx.now());
    let on = On {
        model,
        today: now.with_timezone(&reporting.timezone).date_naive(),
        reporting: &reporting,
        access,
        now,
    };
    answered(tx, on, query, spoken, Rows::Usual).await
}

/// Answers a query over the layer of the asker's tenant: that and the numbers are read in one transaction.
pub async fn answer_typed(
    store: &TenantStore,
    query: &PipelineQuery,
    spoken: &Spoken,
) -> Result<AnswerCard, StoreError> {
    answer_rows(store, query, spoken, Rows::Usual).await
}

/// Answers a query over the layer of the asker's tenant with these of its rows.
pub async fn answer_rows(
    store: &TenantStore,
    query: &PipelineQuery,
    spoken: &Spoken,
    rows: Rows,
) -> Result<AnswerCard, StoreError> {
    let mut tx = store.begin_question().await?;
    let ground = Ground::read(&mut tx).await?;
    answered(tx, On::ground(&ground), query, spoken, rows).await
}

/// Lists the records behind one row of a query's answer, by the values of the row as its card has them.
pub async fn answer_row(
    store: &TenantStore,
    query: &PipelineQuery,
    row: &[Json],
    spoken: &Spoken,
    rows: Rows,
) -> Result<AnswerCard, StoreError> {
    let mut tx = store.begin_question().await?;
    let ground = Ground::read(&mut tx).await?;
    let on = On::ground(&ground);
    let (lowered, _) = understood(&mut tx, &on, query).await?;
    let entity = entity_of(on.model, query).map_err(|problem| StoreError::InvalidMany(vec![problem]))?;
    let list = behind_row(entity, query, &lowered, row);
    let list = list.ok_or_else(no_list)?;
    answered(tx, on, &list, spoken, rows).await
}

/// Answers a query over what was read of the tenant when its question was understood. What the asker may see is read anew,
/// in the transaction that reads the numbers.
pub async fn answer_on(
    ground: &Ground,
    store: &TenantStore,
    query: &PipelineQuery,
    spoken: &Spoken,
) -> Result<AnswerCard, StoreError> {
    // What the words took of the question's time is gone.
    let mut tx = match ground.deadline {
        Some(deadline) => store.begin_question_until(deadline).await?,
        None => store.begin_question().await?,
    };
    let on = On {
        access: tx.access().await?,
        now: tx.now(),
        ..On::ground(ground)
    };
    answered(tx, on, query, spoken, Rows::Usual).await
}

async fn answered(
    mut tx: TenantTx,
    on: On<'_>,
    query: &PipelineQuery,
    spoken: &Spoken,
    rows: Rows,
) -> Result<AnswerCard, StoreError> {
    let model = listed(on.model, query, &on.access);
    let lacks_columns = matches!(model, Cow::Owned(_));
    let on = On { model: &model, ..on };
    let entity = entity_of(on.model, query).map_err(|problem| StoreError::InvalidMany(vec![problem]))?;
    let (mut lowered, resolved) = understood(&mut tx, &on, query).await?;
    rows.ask(query, &mut lowered.plan.shape)?;
    let table = tx.analyze(&lowered.plan).await?;
    let as_of = tx.read_as_of();
    tx.commit().await?;
    Ok(card::card(&Answered {
        entity,
        query,
        lowered: &lowered,
        resolved: &resolved,
        table: &table,
        access: &on.access,
        calendar: Calendar::new(on.reporting, on.today),
        language: spoken.language,
        question: spoken.question.clone(),
        now: on.now,
        as_of,
        left_out: &on.model.left_out,
        lacks_columns,
        rows,
    }))
}

/// Checks a query for the asker without asking it.
pub async fn check(
    model: &SemanticModel,
    store: &TenantStore,
    query: &PipelineQuery,
) -> Result<Lowered, StoreError> {
    let (lowered, _) = checked(model, store, query).await?;
    Ok(lowered)
}

/// The same, with the names that were found.
pub(crate) async fn checked(
    model: &SemanticModel,
    store: &TenantStore,
    query: &PipelineQuery,
) -> Result<(Lowered, ResolvedNames), StoreError> {
    let mut tx = store.begin_question().await?;
    let (access, reporting, now) = (tx.access().await?, tx.reporting().await?, tx.now());
    let model = listed(model, query, &access);
    let on = On {
        model: &model,
        today: now.with_timezone(&reporting.timezone).date_naive(),
        reporting: &reporting,
        access,
        now,
    };
    let understood = understood(&mut tx, &on, query).await?;
    tx.commit().await?;
    Ok(understood)
}

/// A query checked and lowered for one asker.
async fn understood(
    tx: &mut TenantTx,
    on: &On<'_>,
    query: &PipelineQuery,
) -> Result<(Lowered, ResolvedNames), StoreError> {
    let entity = entity_of(on.model, query).map_err(|problem| StoreError::InvalidMany(vec![problem]))?;
    on.access.require_asking(entity.object)?;
    // What is wrong elsewhere is said together with what is wrong with names.
    let (resolved, mut problems) = match resolve(tx, entity, query).await {
        Ok(resolved) => (resolved, Vec::new()),
        Err(Unresolved::Query(problems)) => (ResolvedNames::default(), problems),
        Err(Unresolved::Store(error)) => return Err(error),
    };
    match lower(on.model, query, on.reporting, on.today, &resolved) {
        Ok(lowered) if problems.is_empty() => Ok((lowered, resolved)),
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
