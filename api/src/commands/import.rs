//! `crm-ai import`: rows of a file into records.
//!
//! Good rows go in, a bad one is reported with its line and reason. Repeating an import changes nothing, so one that was
//! cut off is simply started again: it goes on where it stood.

mod articles;
mod map;
mod rows;

use std::{fmt::Write as _, path::Path, time::Instant};

use crm_store::import::Totals;
use serde::Serialize;

use super::{Ctx, Done, close};
use crate::{
    cli::ImportArgs,
    imports::{
        drive::{self, Outcome, Wanted},
        mapping::Mapping,
        plan,
        subject::Subject,
    },
};

/// What came of an import.
#[derive(Debug, Serialize)]
struct Report {
    dry_run: bool,
    created: i64,
    updated: i64,
    unchanged: i64,
    bad: i64,
    /// Rows that a later row of the file replaces.
    duplicates: i64,
    /// Rows that wait for the record that they belong to.
    waiting: i64,
    /// References to what is not there yet.
    unresolved: i64,
    /// References that had waited.
    resolved: i64,
    rows: i64,
    /// How long it took, without starting and stopping an embedded database.
    millis: u128,
    encoding: &'static str,
    resumed: bool,
    ignored_columns: Vec<String>,
    /// The first bad rows.
    errors: Vec<BadRow>,
}

#[derive(Debug, Serialize)]
struct BadRow {
    line: u64,
    reason: String,
}

pub(super) async fn run(ctx: Ctx, args: ImportArgs) -> anyhow::Result<Done> {
    let Some(subject) = Subject::named(&args.object) else {
        return articles::run(ctx, args).await;
    };
    let mapping = Mapping::load(args.map.as_deref(), subject.name())?;
    let (database, store) = ctx.open().await?;
    let began = Instant::now();
    let result = match store.operate(&args.tenant, args.as_email.as_deref()).await {
        Ok(Some(grant)) => {
            let tenant = store.open(&grant);
            let wanted = Wanted {
                subject,
                path: args.file.clone(),
                mapping,
                dry_run: args.dry_run,
                rejects: args.rejects.clone(),
                import: None,
            };
            let bar = ctx.output.progress("importing", 0);
            let done = Box::pin(drive::import(&tenant, wanted, |position, total| {
                bar.set_length(total);
                bar.set_position(position);
            }))
            .await;
            bar.finish_and_clear();
            done
        }
        Ok(None) => Err(anyhow::anyhow!(
            "there is no tenant {0}, or no such member; `crm-ai tenant create --slug {0} …` makes a tenant",
            args.tenant
        )),
        Err(error) => Err(error.into()),
    };
    let millis = began.elapsed().as_millis();
    let closed = close(database, store).await;
    let report = report(result?, args.dry_run, millis);
    closed?;
    ctx.output.result(&report, || words(&report, &args.file))?;
    Ok(if report.bad == 0 { Done::Well } else { Done::Badly })
}

fn report(outcome: Outcome, dry_run: bool, millis: u128) -> Report {
    let Totals {
        rows_done,
        rows_created,
        rows_updated,
        rows_unchanged,
        rows_bad,
        rows_duplicate,
        rows_waiting,
        links_unresolved,
        links_resolved,
    } = outcome.totals;
    let mut ignored_columns = outcome.ignored;
    ignored_columns.truncate(100);
    Report {
        dry_run,
        created: rows_created,
        updated: rows_updated,
        unchanged: rows_unchanged,
        bad: rows_bad,
        duplicates: rows_duplicate,
        waiting: rows_waiting,
        unresolved: links_unresolved,
        resolved: links_resolved,
        rows: rows_done,
        millis,
        encoding: outcome.encoding,
        resumed: outcome.resumed,
        ignored_columns,
        errors: outcome
            .bad
            .into_iter()
            .map(|(line, reason)| BadRow { line, reason })
            .collect(),
    }
}

fn words(report: &Report, file: &Path) -> String {
    let mut words = String::new();
    for BadRow { line, reason } in &report.errors {
        let _ = writeln!(words, "{}:{line}: {reason}", file.display());
    }
    let listed = i64::try_from(report.errors.len()).unwrap_or(0);
    if report.bad > listed {
        let _ = writeln!(
            words,
            "… and {} more; --rejects FILE writes all of them",
            report.bad - listed
        );
    }
    if report.encoding != "UTF-8" {
        let _ = writeln!(words, "read as {}", report.encoding);
    }
    if !report.ignored_columns.is_empty() {
        let _ = writeln!(words, "ignored columns: {}", plan::list(&report.ignored_columns));
    }
    if report.resumed {
        let _ = writeln!(words, "went on where an earlier import of this file was cut off");
    }
    let _ = write!(
        words,
        "{} created, {} updated, {} unchanged, {} bad",
        report.created, report.updated, report.unchanged, report.bad
    );
    for (count, what) in [
        (report.duplicates, "replaced by a later row"),
        (report.waiting, "waiting for the record that they belong to"),
        (report.unresolved, "references unresolved"),
        (report.resolved, "earlier references resolved"),
    ] {
        if count > 0 {
            let _ = write!(words, ", {count} {what}");
        }
    }
    if report.dry_run {
        words.push_str(" (dry run: nothing was changed)");
    }
    words
}
