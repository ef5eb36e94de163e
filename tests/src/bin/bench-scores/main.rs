//! Measures scores of leads: all of them in batch, one after the other, and a single one read from the store.
//!
//! `cargo run --release -p crm-tests --bin bench-scores -- [folder]` starts a server of its own in the folder, fills it once
//! (a folder that is there is used again, a day after its last score), learns a model, and prints the figures. Batch and one
//! by one are measured in the same run, so that their ratio says something on a busy machine too, and each round says what it
//! wrote: on a new folder the first score of each lead, a day later another one beside it, and at once again nothing.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod ahead;
mod seed;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use crm_store::{
    Store, StoreConfig, TenantStore,
    cluster::{Cluster, ClusterConfig},
    models::ModelKind,
};
use crm_tools::predictions::{Occasion, Predictor, Why, leads::card, score_all, score_one, train};
use uuid::Uuid;

use ahead::Ahead;

/// How many leads are scored one after the other, and read.
const SINGLE: usize = 400;
/// The goal of scoring all, in records a second.
const RATE: f64 = 5_000.0;
/// The goal of reading one, in milliseconds.
const READ: f64 = 20.0;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(bench())
}

async fn bench() -> anyhow::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(|| std::env::temp_dir().join("crm-ai-bench-scores"), PathBuf::from);
    let mut config = ClusterConfig::new(folder);
    config.cache_dir = std::env::var_os("CRM_AI_CACHE").map(PathBuf::from);
    let cluster = Cluster::start(config).await?;
    let owner = cluster.admin_url_of("postgres");
    Store::migrate(&owner).await?;
    let login = cluster.login_url_of("postgres").await?;
    let outcome = measure(&owner, &login).await;
    cluster.stop().await?;
    outcome
}

async fn measure(owner: &str, login: &str) -> anyhow::Result<()> {
    let clock = Arc::new(Ahead::default());
    let store = Store::connect(&StoreConfig::new(login), clock.clone()).await?;
    seed::seed(&store, owner).await?;
    if let Some(last) = seed::last_scored(owner).await? {
        clock.come_to(last);
    }
    let grant = store
        .operate(seed::SLUG, Some(seed::ADMIN))
        .await?
        .context("the member")?;
    let tenant = store.open(&grant);
    let service = tenant.predicting();
    let predictor = Predictor::default();
    let started = Instant::now();
    let outcome = train(&predictor, &service, ModelKind::Lead, Occasion::Turn).await?;
    println!(
        "learning: {outcome:?} in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    let leads = seed::open_leads(owner, SINGLE).await?;
    // Once without counting, so that the model is decoded and the pages are in memory.
    one_by_one(&predictor, &service, leads.get(..20).unwrap_or(&leads)).await?;
    let single = one_by_one(&predictor, &service, &leads).await?;
    let alone = per_second(leads.len(), single.iter().sum());
    println!("\n| what | figure | goal |\n|---|---|---|");
    for (when, days) in [
        ("now", 0),
        ("again at once", 0),
        ("a day later", 1),
        ("again at once", 0),
    ] {
        clock.go_on(days);
        if days > 0 {
            seed::count(owner).await?;
        }
        let known = seed::scored_leads(owner).await?;
        let started = Instant::now();
        let scored = score_all(&predictor, &service, ModelKind::Lead, Why::Night).await?;
        let rate = per_second(scored.scored, started.elapsed());
        println!(
            "| score all leads, {when}: {} scored, of which {known} had a score, {} written; load {} | {rate:.0} records/s, \
             {:.1} times one by one | {RATE:.0} |",
            scored.scored,
            scored.written,
            load(),
            rate / alone
        );
    }
    let read = reads(&tenant, &leads).await?;
    println!("| score leads one by one | {alone:.0} records/s | |");
    println!(
        "| score one lead now, p50 / p95 | {:.1} / {:.1} ms | |",
        quantile(&single, 0.5),
        quantile(&single, 0.95)
    );
    println!(
        "| read all that is said of a lead, p50 / p95 | {:.1} / {:.1} ms | {READ:.0} |",
        quantile(&read, 0.5),
        quantile(&read, 0.95)
    );
    Ok(())
}

async fn one_by_one(
    predictor: &Predictor,
    service: &TenantStore,
    leads: &[Uuid],
) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::with_capacity(leads.len());
    for lead in leads {
        let started = Instant::now();
        score_one(predictor, service, ModelKind::Lead, *lead, Why::Changed)
            .await?
            .context("a score")?;
        took.push(started.elapsed());
    }
    Ok(took)
}

/// From `BEGIN` to `COMMIT`, as whoever asks over HTTP.
async fn reads(tenant: &TenantStore, leads: &[Uuid]) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::with_capacity(leads.len());
    for lead in leads {
        let started = Instant::now();
        let mut tx = tenant.begin().await?;
        card(&mut tx, *lead).await?.score.context("a score")?;
        tx.commit().await?;
        took.push(started.elapsed());
    }
    Ok(took)
}

/// How many processes wanted to run in the last minute.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "counts of leads")]
fn per_second(records: usize, took: Duration) -> f64 {
    records as f64 / took.as_secs_f64()
}

/// In milliseconds.
fn quantile(took: &[Duration], share: f64) -> f64 {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list"
    )]
    let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}
