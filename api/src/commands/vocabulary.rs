//! `crm-ai vocabulary`: a tenant's own words, dimensions and measures for questions about the numbers.

use std::fmt::Write as _;

use anyhow::{Context as _, anyhow};
use crm_store::{FieldError, Store, StoreError};
use crm_tools::semantic::{check_vocabulary, stale_vocabulary};
use serde::Serialize;
use serde_json::Value;

use super::{Ctx, Done, close};
use crate::cli::{VocabularyCommand, VocabularySetArgs, VocabularyShowArgs};

/// A tenant's vocabulary.
#[derive(Debug, Serialize)]
struct Report {
    vocabulary: Value,
    /// Entries that are not used, or not kept, and why.
    left_out: Vec<FieldError>,
    /// Whether it was kept, when it was to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<bool>,
}

pub(super) async fn run(ctx: Ctx, command: VocabularyCommand) -> anyhow::Result<Done> {
    let read = match &command {
        VocabularyCommand::Set(args) => Some(read(args).await?),
        VocabularyCommand::Show(_) => None,
    };
    let (database, store) = ctx.open().await?;
    let report = match (&command, read) {
        (VocabularyCommand::Set(args), Some(vocabulary)) => set(&store, args, vocabulary).await,
        (VocabularyCommand::Set(args), None) => set(&store, args, Value::Null).await,
        (VocabularyCommand::Show(args), _) => show(&store, args).await,
    };
    let closed = close(database, store).await;
    let report = report?;
    closed?;
    ctx.output.result(&report, || words(&report))?;
    Ok(if report.left_out.is_empty() {
        Done::Well
    } else {
        Done::Badly
    })
}

async fn read(args: &VocabularySetArgs) -> anyhow::Result<Value> {
    let text = tokio::fs::read_to_string(&args.file)
        .await
        .with_context(|| format!("cannot read {}", args.file.display()))?;
    serde_norway::from_str(&text).with_context(|| format!("{} is neither JSON nor YAML", args.file.display()))
}

async fn show(store: &Store, args: &VocabularyShowArgs) -> anyhow::Result<Report> {
    let grant = store
        .operate(&args.tenant, None)
        .await?
        .ok_or_else(|| anyhow!("there is no tenant {}", args.tenant))?;
    let mut tx = store.open(&grant).begin().await?;
    let vocabulary = tx.vocabulary().await?;
    let left_out = stale_vocabulary(&mut tx, &vocabulary).await?;
    tx.commit().await?;
    Ok(Report {
        vocabulary,
        left_out,
        kept: None,
    })
}

/// Keeps a vocabulary if all of it is good; says what is wrong if not.
async fn set(store: &Store, args: &VocabularySetArgs, vocabulary: Value) -> anyhow::Result<Report> {
    let VocabularySetArgs { tenant, as_email, .. } = args;
    let grant = store
        .operate(tenant, as_email.as_deref())
        .await?
        .ok_or_else(|| anyhow!("there is no tenant {tenant}, or no such member"))?;
    let mut tx = store.open(&grant).begin().await?;
    let left_out = match check_vocabulary(&mut tx, &vocabulary).await {
        Ok(()) => Vec::new(),
        Err(StoreError::InvalidMany(problems)) => problems,
        Err(error) => return Err(error.into()),
    };
    if left_out.is_empty() {
        let version = tx.vocabulary_with_version().await?.1;
        tx.set_vocabulary(&vocabulary, version).await?;
        tx.commit().await?;
    }
    Ok(Report {
        kept: Some(left_out.is_empty()),
        vocabulary,
        left_out,
    })
}

fn words(report: &Report) -> String {
    let mut words = match report.kept {
        None if report.vocabulary.is_null() => "there is no vocabulary".to_owned(),
        None => serde_json::to_string_pretty(&report.vocabulary).unwrap_or_default(),
        Some(true) => "the vocabulary is kept".to_owned(),
        Some(false) => "nothing was changed; mend these entries:".to_owned(),
    };
    if report.kept.is_none() && !report.left_out.is_empty() {
        words.push_str("\n\nnot used:");
    }
    for FieldError { pointer, message } in &report.left_out {
        let _ = write!(words, "\n  {pointer}: {message}");
    }
    words
}
