//! Measures questions about many records: one tenant with a million opportunities and three million activities.
//!
//! `cargo run --release --bin bench-analytics -- [folder]` starts a server of its own in the folder, fills it once (a
//! folder that is there is used again), and prints what each question takes, from `BEGIN` to `COMMIT`, as an
//! administrator and as a rep. With two addresses in the place of the folder, `postgres://…` of the owner and of the
//! service, it measures the database that is there.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod questions;
mod seed;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use crm_store::{
    Store, StoreConfig, SystemClock, TenantStore,
    analytics::{Note, Plan},
    cluster::{Cluster, ClusterConfig},
};

/// How often each question is asked.
const TIMES: usize = 20;
/// The goal for the 95th percentile, in milliseconds.
const GOAL: f64 = 200.0;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(bench())
}

async fn bench() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [owner, login] = arguments.as_slice() {
        return measure(owner, login).await;
    }
    let folder = arguments.first().map_or_else(
        || std::env::temp_dir().join("crm-ai-bench-analytics"),
        PathBuf::from,
    );
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
    seed::seed(owner).await?;
    let store = Store::connect(&StoreConfig::new(login), Arc::new(SystemClock)).await?;
    println!("each question {TIMES} times; load {}\n", load());
    println!(
        "| question | as | rows | records | p50 ms | p95 ms | read nearly all |\n|---|---|---|---|---|---|---|"
    );
    let mut slow = Vec::new();
    for who in ["admin", "rep"] {
        let grant = store
            .operate(seed::SLUG, Some(&format!("{who}@big.test")))
            .await?
            .context("the member")?;
        let tenant = store.open(&grant);
        for (name, plan) in questions::questions(&tenant).await? {
            let p95 = ask(&tenant, name, who, &plan).await?;
            if p95 > GOAL {
                slow.push(format!("{name} as {who}: {p95:.0} ms"));
            }
        }
    }
    println!("\nbeyond {GOAL} ms at load {}: {}", load(), slow.join("; "));
    Ok(())
}

async fn ask(tenant: &TenantStore, name: &str, who: &str, plan: &Plan) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(TIMES);
    // The first one warms up what a server that runs has warm.
    let table = tenant.analyze(plan).await.with_context(|| name.to_owned())?;
    for _ in 0..TIMES {
        let started = Instant::now();
        tenant.analyze(plan).await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len() - 1);
        times.get(place).map_or(0.0, Duration::as_secs_f64) * 1_000.0
    };
    let (p50, p95) = (at(50), at(95));
    println!(
        "| {name} | {who} | {} | {} | {p50:.0} | {p95:.0} | {} |",
        table.rows.len(),
        table.records,
        if table.notes.contains(&Note::Scanned) {
            "yes"
        } else {
            ""
        }
    );
    Ok(p95)
}

/// How busy the machine is: the average of the last minute.
fn load() -> String {
    let said = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    said.split(' ').next().unwrap_or("unknown").to_owned()
}
