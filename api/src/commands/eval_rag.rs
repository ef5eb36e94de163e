//! `crm-ai eval rag`: retrieval on a labelled set, in a scratch tenant and an index of its own.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use crm_rag::{
    EdgeConfig, EdgeIndex,
    eval::{RagReport, eval_rag},
};
use crm_store::Store;

use super::{Ctx, Done, close};
use crate::{cli::EvalRagArgs, services};

pub(super) async fn run(ctx: Ctx, args: EvalRagArgs) -> anyhow::Result<Done> {
    let (database, store) = ctx.open().await?;
    let folder = ctx
        .config
        .data
        .dir
        .join(format!("eval-rag-{}", std::process::id()));
    let report = measure(&ctx, &store, &args, &folder).await;
    let removed = remove(&folder);
    close(database, store).await?;
    let report = report?;
    removed?;
    ctx.output.result(&report, || words(&report))?;
    Ok(Done::Well)
}

async fn measure(ctx: &Ctx, store: &Store, args: &EvalRagArgs, folder: &Path) -> anyhow::Result<RagReport> {
    let embedder = services::embedder(&ctx.config).await?;
    let wanted = EdgeConfig::new(PathBuf::from(folder), embedder.as_ref());
    let engine = tokio::task::spawn_blocking(move || EdgeIndex::open(&wanted))
        .await
        .context("the index died")??;
    let bar = ctx.output.progress("documents and queries", 0);
    let done = |at: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(at as u64);
    };
    let report = eval_rag(
        store,
        std::sync::Arc::new(engine),
        embedder,
        &args.documents,
        &args.queries,
        &done,
    )
    .await?;
    bar.finish_and_clear();
    Ok(report)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn words(report: &RagReport) -> String {
    let row = |name: &str, metrics: &crm_rag::eval::Metrics| {
        format!(
            "{name:<8} {:>8.3} {:>9.3} {:>10.3} {:>8.3}\n",
            metrics.ndcg_at_10, metrics.recall_at_5, metrics.recall_at_10, metrics.mrr_at_10
        )
    };
    let mut words = format!(
        "{:<8} {:>8} {:>9} {:>10} {:>8}\n",
        "", "ndcg@10", "recall@5", "recall@10", "mrr@10"
    );
    words.push_str(&row("served", &report.metrics));
    words.push_str(&row("dense", &report.dense));
    words.push_str(&row("bm25", &report.bm25));
    words.push_str(&row("rrf", &report.rrf));
    let _ = writeln!(
        words,
        "{} documents, {} passages, {} queries; query p50 {:.1} ms, p95 {:.1} ms; {:.0} passages/s",
        report.documents, report.chunks, report.queries, report.p50_ms, report.p95_ms, report.chunks_per_s
    );
    words.push_str(&report.fusion);
    words
}
