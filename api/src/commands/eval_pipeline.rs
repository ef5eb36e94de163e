//! `crm-ai eval pipeline`: questions of one's own, read without a model and answered on a tenant's records.

use std::fmt::Write as _;

use anyhow::{Context as _, anyhow};
use chrono::NaiveDate;
use crm_evals::{Execution, Predicted, execute, open_asker, predict, same};
use crm_store::Store;
use crm_tools::{
    question::Embedder,
    semantic::{PipelineQuery, model_of},
};
use serde::Serialize;
use serde_json::Value;

use super::{Ctx, Done, close};
use crate::{cli::EvalPipelineArgs, services};

/// What came of the questions.
#[derive(Debug, Serialize)]
struct Report {
    /// How many were asked.
    questions: usize,
    /// How many of them say what is expected.
    expected: usize,
    /// How many of those came out so.
    matched: usize,
    /// How many of what is expected finds nothing: that nothing else was found proves little.
    empty: usize,
    /// Each.
    results: Vec<Outcome>,
}

/// A question and whether it came out as expected.
#[derive(Debug, Serialize)]
struct Outcome {
    #[serde(flatten)]
    predicted: Predicted,
    /// Whether the rows, or the refusal, are those expected; null when nothing was.
    #[serde(rename = "match")]
    is_match: Option<bool>,
    /// Whether what is expected finds nothing.
    #[serde(skip)]
    is_empty: bool,
}

pub(super) async fn run(ctx: Ctx, args: EvalPipelineArgs) -> anyhow::Result<Done> {
    let text = tokio::fs::read_to_string(&args.questions)
        .await
        .with_context(|| format!("cannot read {}", args.questions.display()))?;
    let today = args.today.unwrap_or_else(|| ctx.clock.now().date_naive());
    let embedder = services::embedder(&ctx.config).await?;
    let (database, store) = ctx.open().await?;
    let report = measure(&store, embedder.as_ref(), &args.tenant, today, &text).await;
    close(database, store).await?;
    let report = report?;
    ctx.output.result(&report, || words(&report))?;
    Ok(if report.matched == report.expected {
        Done::Well
    } else {
        Done::Badly
    })
}

async fn measure(
    store: &Store,
    embedder: &dyn Embedder,
    slug: &str,
    today: NaiveDate,
    text: &str,
) -> anyhow::Result<Report> {
    let mut results = Vec::new();
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let outcome = outcome(store, embedder, slug, today, line).await;
        results.push(outcome.with_context(|| format!("line {} of the questions", at + 1))?);
    }
    let judged = results.iter().filter_map(|outcome| outcome.is_match);
    Ok(Report {
        empty: results.iter().filter(|outcome| outcome.is_empty).count(),
        questions: results.len(),
        expected: judged.clone().count(),
        matched: judged.filter(|is_match| *is_match).count(),
        results,
    })
}

async fn outcome(
    store: &Store,
    embedder: &dyn Embedder,
    slug: &str,
    today: NaiveDate,
    line: &str,
) -> anyhow::Result<Outcome> {
    let said: Value = serde_json::from_str(line)?;
    let predicted = predict(store, slug, today, Some(embedder), line).await?;
    let mut is_empty = false;
    let is_match = match said.get("expected") {
        None | Some(Value::Null) => None,
        // `declined` or `clarification`.
        Some(Value::String(kind)) => Some(predicted.kind == kind.as_str()),
        Some(expected) => {
            let query: PipelineQuery =
                serde_json::from_value(expected.clone()).context("`expected` is no query")?;
            let asker = said.get("asker").and_then(Value::as_str);
            let tenant = open_asker(store, slug, asker).await?;
            let model = model_of(&tenant).await?;
            let right = match execute(&model, &tenant, &query, today).await? {
                Execution::Table(table) => table,
                Execution::Refused(why) => return Err(anyhow!("`expected` cannot be asked: {why}")),
            };
            is_empty = right.is_nothing();
            Some(predicted.table.as_ref().is_some_and(|table| same(table, &right)))
        }
    };
    Ok(Outcome {
        predicted,
        is_match,
        is_empty,
    })
}

fn words(report: &Report) -> String {
    let mut words = String::new();
    for outcome in &report.results {
        let mark = match outcome.is_match {
            Some(true) => "ok   ",
            Some(false) => "WRONG",
            None => "     ",
        };
        let Predicted { kind, question, .. } = &outcome.predicted;
        let _ = writeln!(words, "{mark} {kind:<13} {question}");
    }
    let Report {
        questions,
        expected,
        matched,
        empty,
        ..
    } = report;
    let _ = write!(
        words,
        "{questions} questions; {matched} of {expected} came out as expected"
    );
    if *empty > 0 {
        let _ = write!(
            words,
            " ({empty} expect queries that find nothing, which proves little)"
        );
    }
    words
}
