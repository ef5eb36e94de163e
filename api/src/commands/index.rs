//! `crm-ai index`: the index against Postgres, which is the truth.

use std::fmt::Write as _;

use anyhow::anyhow;
use crm_rag::{RecordsReconciled, Repair};
use crm_store::articles::INDEX_JOB;
use serde::{Deserialize, Serialize};

use super::{Ctx, Done, local::Local, output::Output, remote::Remote};
use crate::{
    cli::IndexArgs,
    services::{PartOverrides, Services},
};

/// Jobs that are claimed at once.
const CLAIM: i64 = 4;

/// What to do with a tenant's index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IndexRequest {
    tenant: String,
    rebuild: bool,
}

/// What was found and done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IndexReport {
    articles: usize,
    passages: usize,
    unchanged: usize,
    repaired: usize,
    removed: usize,
    /// The same for the tenant's records.
    records: RecordsReconciled,
}

pub(super) async fn run(ctx: Ctx, args: IndexArgs, rebuild: bool) -> anyhow::Result<Done> {
    let request = IndexRequest {
        tenant: args.tenant,
        rebuild,
    };
    let report: IndexReport = if let Some(remote) = Remote::find(&ctx.config).await? {
        remote.call("index", &request).await?
    } else {
        let local = Local::open(&ctx, PartOverrides::default()).await?;
        let report = index(&local.services, &request).await;
        local.close().await?;
        report?
    };
    ctx.output.result(&report, || {
        let mut words = format!(
            "{} articles, {} passages: {} unchanged, {} written, {} removed",
            report.articles, report.passages, report.unchanged, report.repaired, report.removed
        );
        for (kind, found) in report.records.by_kind() {
            let _ = write!(
                words,
                "\n{} {}, {} passages: {} unchanged, {} written, {} removed",
                found.records,
                kind.object().plural,
                found.passages,
                found.unchanged,
                found.repaired,
                found.removed
            );
        }
        words
    })?;
    Ok(Done::Well)
}

/// Compares a tenant's index with its articles and records, or builds it anew.
pub async fn index(services: &Services, request: &IndexRequest) -> anyhow::Result<IndexReport> {
    let grant = services.store.operate(&request.tenant, None).await?;
    let grant = grant.ok_or_else(|| anyhow!("there is no tenant {}", request.tenant))?;
    let store = services.store.open(&grant);
    let indexer = services.knowledge.indexer();
    let found = if request.rebuild {
        indexer.rebuild(&store).await?
    } else {
        indexer.reconcile(&store).await?
    };
    services.knowledge.engine().optimize().await?;
    Ok(IndexReport {
        articles: found.articles,
        passages: found.passages,
        unchanged: found.unchanged,
        repaired: found.repaired,
        removed: found.removed,
        records: found.records,
    })
}

/// Fills an index that was made anew and does the indexing jobs that wait, so that what is asked next is found.
pub(super) async fn catch_up(services: &Services, output: Output) -> anyhow::Result<()> {
    fill(services, output).await?;
    let mut tx = services.store.system().await?;
    let waiting = tx.jobs().backlog(INDEX_JOB).await?.ready;
    tx.commit().await?;
    if waiting == 0 {
        return Ok(());
    }
    let bar = output.progress("indexing articles", u64::try_from(waiting).unwrap_or(0));
    let indexer = services.knowledge.indexer();
    let name = uuid::Uuid::now_v7().to_string();
    loop {
        let worked = indexer.work(&services.store, &name, CLAIM).await?;
        if worked.done + worked.failed == 0 {
            break;
        }
        bar.inc((worked.done + worked.failed) as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Puts every tenant's passages back when the index is new, as after a change of the model or a lost folder.
async fn fill(services: &Services, output: Output) -> anyhow::Result<()> {
    let engine = services.knowledge.engine();
    if !engine.is_fresh() {
        return Ok(());
    }
    let bar = output.progress("filling the new index, by tenant", 0);
    let indexer = services.knowledge.indexer();
    let mut after = None;
    loop {
        let grants = services.store.upkeep(after).await?;
        let Some(last) = grants.last() else { break };
        after = Some(last.tenant());
        for grant in &grants {
            // Records by the thousand are left to their jobs, which wait their turn like others.
            indexer
                .reconcile_with(&services.store.open(grant), Repair::Later)
                .await?;
            bar.inc(1);
        }
    }
    engine.filled()?;
    bar.finish_and_clear();
    Ok(())
}
