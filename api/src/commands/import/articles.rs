//! `crm-ai import articles`: texts of the knowledge base, with their versions.

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;
use crm_store::{
    StoreError, TenantStore,
    articles::{ArticleImport, Imported},
};
use serde::Serialize;

use super::{
    super::{Ctx, Done, close, output::Output},
    map::FieldMap,
    rows::{Row, Rows},
};
use crate::cli::ImportArgs;

/// Rows of one transaction.
const BATCH: usize = 100;
/// Bad rows that are listed one by one; the rest is counted.
const LISTED: usize = 1_000;

/// What came of an import.
#[derive(Debug, Default, Serialize)]
struct Report {
    dry_run: bool,
    created: usize,
    updated: usize,
    unchanged: usize,
    bad: usize,
    /// The first bad rows.
    errors: Vec<BadRow>,
}

#[derive(Debug, Serialize)]
struct BadRow {
    line: u64,
    reason: String,
}

pub(super) async fn run(ctx: Ctx, args: ImportArgs) -> anyhow::Result<Done> {
    let map = FieldMap::load(args.map.as_deref())?;
    let rows = Rows::open(&args.file)?;
    let (database, store) = ctx.open().await?;
    let result = match store.operate(&args.tenant, None).await {
        Ok(Some(grant)) => {
            let tenant = store.open(&grant);
            import(&tenant, rows, &map, &args, ctx.output).await
        }
        Ok(None) => Err(anyhow::anyhow!(
            "there is no tenant {}; `crm-ai tenant create --slug {0} …` makes it",
            args.tenant
        )),
        Err(error) => Err(error.into()),
    };
    let closed = close(database, store).await;
    let report = result?;
    closed?;
    ctx.output.result(&report, || words(&report, &args.file))?;
    Ok(if report.bad == 0 { Done::Well } else { Done::Badly })
}

async fn import(
    tenant: &TenantStore,
    mut rows: Rows,
    map: &FieldMap,
    args: &ImportArgs,
    output: Output,
) -> anyhow::Result<Report> {
    let mut report = Report {
        dry_run: args.dry_run,
        ..Report::default()
    };
    let bar = output.progress("importing", rows.bytes());
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(Row { line, fields }) = rows
        .next()
        .with_context(|| format!("cannot read {}", args.file.display()))?
    {
        match fields.and_then(|fields| map.article(&fields)) {
            Ok(article) => batch.push((line, article)),
            Err(reason) => report.note_bad(line, reason),
        }
        if batch.len() == BATCH {
            write(tenant, &mut batch, &mut report).await?;
            bar.set_position(rows.position());
        }
    }
    write(tenant, &mut batch, &mut report).await?;
    bar.finish_and_clear();
    Ok(report)
}

/// Writes a batch in one transaction; when one of its rows is refused, row by row.
async fn write(
    tenant: &TenantStore,
    batch: &mut Vec<(u64, ArticleImport)>,
    report: &mut Report,
) -> anyhow::Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let (lines, articles): (Vec<u64>, Vec<ArticleImport>) = batch.drain(..).unzip();
    match commit(tenant, &articles, report.dry_run).await {
        Ok(imported) => imported.into_iter().for_each(|imported| report.note(imported)),
        Err(error) if is_of_the_row(&error) => {
            for (line, article) in lines.into_iter().zip(articles) {
                match commit(tenant, std::slice::from_ref(&article), report.dry_run).await {
                    Ok(imported) => imported.into_iter().for_each(|imported| report.note(imported)),
                    Err(error) if is_of_the_row(&error) => report.note_bad(line, error.to_string()),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn commit(
    tenant: &TenantStore,
    articles: &[ArticleImport],
    dry_run: bool,
) -> Result<Vec<Imported>, StoreError> {
    let mut tx = tenant.begin().await?;
    let imported = tx.articles().import_many(articles).await?;
    if !dry_run {
        tx.commit().await?;
    }
    Ok(imported)
}

fn is_of_the_row(error: &StoreError) -> bool {
    matches!(error, StoreError::Invalid { .. } | StoreError::Conflict { .. })
}

impl Report {
    fn note(&mut self, imported: Imported) {
        match imported {
            Imported::Created(_) => self.created += 1,
            Imported::Updated(_) => self.updated += 1,
            Imported::Unchanged(_) => self.unchanged += 1,
        }
    }

    fn note_bad(&mut self, line: u64, reason: String) {
        self.bad += 1;
        if self.errors.len() < LISTED {
            self.errors.push(BadRow { line, reason });
        }
    }
}

fn words(report: &Report, file: &Path) -> String {
    let mut words = String::new();
    for BadRow { line, reason } in &report.errors {
        let _ = writeln!(words, "{}:{line}: {reason}", file.display());
    }
    let would = if report.dry_run {
        " (dry run: nothing was changed)"
    } else {
        ""
    };
    let _ = write!(
        words,
        "{} created, {} updated, {} unchanged, {} bad{would}",
        report.created, report.updated, report.unchanged, report.bad
    );
    words
}
