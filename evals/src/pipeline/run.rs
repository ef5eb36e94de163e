//! Asking the questions.

use std::collections::HashMap;

use chrono::NaiveDate;
use crm_store::{Store, TenantStore};
use crm_tools::{
    ToolError,
    question::{Asked, Embedder, Reading, read},
    semantic::{Ground, PipelineQuery, SemanticModel, Unresolved, lower, resolve},
};
use tokio::time::Instant;

use super::{
    PipelineCase, PipelineKind, PipelineSuite,
    compare::{Answered, same},
};
use crate::EvalError;

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineOutcome {
    /// The case's id.
    pub id: String,
    /// What kind of answer it wants.
    pub kind: PipelineKind,
    /// Whether it got that.
    pub passed: bool,
    /// Whether numbers were shown that are not those of the meant query.
    pub wrong_numbers: bool,
    /// How it was read, in words.
    pub read: String,
    /// Why it did not pass.
    pub why: Option<String>,
    /// How long reading took, in milliseconds.
    pub read_ms: u64,
    /// How long reading and answering took, in milliseconds.
    pub ms: u64,
}

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Execution {
    /// Numbers.
    Table(Box<Answered>),
    /// Why there are none.
    Refused(String),
}

/// Opens a tenant as one of its people.
pub async fn open_asker(store: &Store, slug: &str, email: Option<&str>) -> Result<TenantStore, EvalError> {
    let grant = store.operate(slug, email).await?;
    let grant = grant.ok_or_else(|| EvalError::NoTenant {
        slug: slug.to_owned(),
    })?;
    Ok(store.open(&grant))
}

/// Runs a typed query as the asker, on a day.
pub async fn execute(
    model: &SemanticModel,
    tenant: &TenantStore,
    query: &PipelineQuery,
    today: NaiveDate,
) -> Result<Execution, EvalError> {
    let Some(entity) = model.entity(&query.entity) else {
        return Ok(Execution::Refused(format!("{} is no entity", query.entity)));
    };
    let mut tx = tenant.begin().await?;
    let mut reporting = tx.reporting().await?;
    reporting.on = today;
    let resolved = match resolve(&mut tx, entity, query).await {
        Ok(resolved) => resolved,
        Err(Unresolved::Query(problems)) => return Ok(Execution::Refused(format!("{problems:?}"))),
        Err(Unresolved::Store(error)) => return Ok(Execution::Refused(error.to_string())),
    };
    drop(tx);
    let lowered = match lower(model, query, &reporting, today, &resolved) {
        Ok(lowered) => lowered,
        Err(problems) => return Ok(Execution::Refused(format!("{problems:?}"))),
    };
    let table = tenant.analyze(&lowered.plan).await;
    Ok(match table {
        Ok(table) => Execution::Table(Box::new(Answered {
            plan: lowered.plan,
            table,
        })),
        Err(error) => Execution::Refused(error.to_string()),
    })
}

/// Reads a question as the asker of a tenant, on a day.
pub(super) async fn read_on(
    tenant: &TenantStore,
    today: NaiveDate,
    embedder: Option<&dyn Embedder>,
    asked: &Asked<'_>,
) -> Result<Reading, ToolError> {
    let mut tx = tenant.begin_question().await?;
    let ground = Ground::read(&mut tx).await?.at(today);
    read(&ground, tx, embedder, asked).await
}

/// Asks every question of a suite, one after another.
pub async fn run_pipeline(
    store: &Store,
    suite: &PipelineSuite,
    embedder: Option<&dyn Embedder>,
) -> Result<Vec<PipelineOutcome>, EvalError> {
    let model =
        SemanticModel::embedded().map_err(|error| EvalError::file("tools/semantic", 1, error.to_string()))?;
    let mut tenants: HashMap<(&str, Option<&str>), TenantStore> = HashMap::new();
    let mut outcomes = Vec::with_capacity(suite.cases.len());
    for case in &suite.cases {
        let key = (suite.tenant_of(case), suite.asker_of(case));
        let tenant = if let Some(tenant) = tenants.get(&key) {
            tenant.clone()
        } else {
            let tenant = open_asker(store, key.0, key.1).await?;
            tenants.insert(key, tenant.clone());
            tenant
        };
        outcomes.push(ask(model, &tenant, suite, case, embedder).await?);
    }
    Ok(outcomes)
}

async fn ask(
    model: &SemanticModel,
    tenant: &TenantStore,
    suite: &PipelineSuite,
    case: &PipelineCase,
    embedder: Option<&dyn Embedder>,
) -> Result<PipelineOutcome, EvalError> {
    let began = Instant::now();
    let since = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let asked = Asked {
        question: &case.question,
        previous: suite.before(case),
        language: None,
    };
    let reading = read_on(tenant, suite.today, embedder, &asked).await;
    let read_ms = since();
    let (passed, wrong_numbers, why) = match &reading {
        Ok(Reading::Query { query, .. }) => match &case.query {
            Some(meant) => {
                let got = execute(model, tenant, query, suite.today).await?;
                let expected = execute(model, tenant, meant, suite.today).await?;
                judged(case, &got, &expected)
            }
            None => (false, true, Some("it was answered".to_owned())),
        },
        Ok(Reading::Choices { .. }) => (
            case.kind == PipelineKind::Ambiguous,
            false,
            Some("it was asked back".to_owned()),
        ),
        Ok(Reading::Declined { .. }) => (
            case.kind == PipelineKind::Declined,
            false,
            Some("it was declined".to_owned()),
        ),
        Err(error) => (false, false, Some(error.to_string())),
    };
    Ok(PipelineOutcome {
        id: case.id.clone(),
        kind: case.kind,
        passed,
        wrong_numbers,
        read: said(reading.ok().as_ref()),
        why: why.filter(|_| !passed),
        read_ms,
        ms: since(),
    })
}

fn judged(case: &PipelineCase, got: &Execution, expected: &Execution) -> (bool, bool, Option<String>) {
    if let Execution::Table(expected) = expected
        && let Some(why) = case.misdeclared(expected)
    {
        return (false, false, Some(why.to_owned()));
    }
    match (got, expected) {
        (Execution::Table(got), Execution::Table(expected)) if same(got, expected) => (true, false, None),
        (Execution::Table(_), Execution::Table(_)) => (false, true, Some("other numbers".to_owned())),
        (Execution::Refused(why), _) => (false, false, Some(format!("the query was refused: {why}"))),
        (_, Execution::Refused(why)) => (false, true, Some(format!("the meant query was refused: {why}"))),
    }
}

fn said(reading: Option<&Reading>) -> String {
    match reading {
        Some(Reading::Query { query, .. }) => serde_json::to_string(query).unwrap_or_default(),
        Some(Reading::Choices { choices, .. }) => {
            let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
            format!("choices: {}", labels.join(" | "))
        }
        Some(Reading::Declined { reason, language, .. }) => {
            format!("declined: {}", reason.sentence(*language))
        }
        None => String::new(),
    }
}
