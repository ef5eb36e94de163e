//! Measures lists of records: one tenant with a million contacts beside ten thousand others.
//!
//! `cargo run --release --bin bench-store -- [rows] [tenants] [folder]` starts a server of its own in the folder, fills
//! it once (a folder that is there is used again), and prints what `docs/benchmarks.md` shows: for each list the plan
//! of Postgres and the time of a page as the service reads it, from `BEGIN` to `COMMIT`.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod lists;
mod seed;

use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::Context;
use crm_store::{
    Store, StoreConfig, SystemClock, TenantStore, catalog,
    cluster::{Cluster, ClusterConfig},
};

/// How often each list is read.
const READS: u32 = 200;
/// The first reads warm up what a server that runs has warm.
const WARM_UP: u32 = 20;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(bench())
}

async fn bench() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: i64| arguments.next().map_or(Ok(default), |said| said.parse());
    let (rows, tenants) = (number(1_000_000)?, number(10_000)?);
    let folder = std::env::args()
        .nth(3)
        .map_or_else(|| std::env::temp_dir().join("crm-ai-bench-store"), PathBuf::from);
    let mut config = ClusterConfig::new(folder);
    config.cache_dir = std::env::var_os("CRM_AI_CACHE").map(PathBuf::from);
    let cluster = Cluster::start(config).await?;
    let outcome = measure(&cluster, rows, tenants).await;
    cluster.stop().await?;
    outcome
}

async fn measure(cluster: &Cluster, rows: i64, tenants: i64) -> anyhow::Result<()> {
    let admin = cluster.admin_url_of("postgres");
    Store::migrate(&admin).await?;
    let seeded = seed::seed(&admin, rows, tenants).await?;
    let login = cluster.login_url_of("postgres").await?;
    let store = Store::connect(&StoreConfig::new(login), Arc::new(SystemClock)).await?;
    println!(
        "{rows} contacts in one tenant beside {tenants} others; {READS} reads of each list; pages of 50\n"
    );
    println!("| list | as | rows | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|---|");
    let mut plans = Vec::new();
    for who in ["admin", "manager", "rep"] {
        let grant = store
            .operate(seed::SLUG, Some(&format!("{who}@big.test")))
            .await?
            .context("the member")?;
        let tenant = store.open(&grant);
        for list in lists::lists() {
            let (line, plan) = one(&tenant, who, &list, &seeded).await?;
            println!("{line}");
            plans.push(format!("### {} as {who}\n```text\n{plan}\n```", list.name));
        }
    }
    println!("\n{}", plans.join("\n\n"));
    Ok(())
}

/// Reads one list again and again, each time with other values.
async fn one(
    tenant: &TenantStore,
    who: &str,
    list: &lists::List,
    seeded: &seed::Seeded,
) -> anyhow::Result<(String, String)> {
    let mut times = Vec::new();
    let mut found = 0_u32;
    for turn in 0..WARM_UP + READS {
        let query = (list.query)(turn as usize, seeded);
        let started = Instant::now();
        let mut tx = tenant.begin().await?;
        let page = tx.records(&catalog::CONTACT).list(&query).await?;
        tx.commit().await?;
        if turn >= WARM_UP {
            times.push(started.elapsed());
            found += u32::try_from(page.records.len())?;
        }
    }
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    let line = format!(
        "| {} | {who} | {:.1} | {:.1} | {:.1} | {:.1} |",
        list.name,
        f64::from(found) / f64::from(READS),
        at(50),
        at(95),
        at(99)
    );
    let mut tx = tenant.begin().await?;
    let plan = tx
        .records(&catalog::CONTACT)
        .explain(&(list.query)(WARM_UP as usize, seeded))
        .await?;
    Ok((line, plan))
}
