//! Measures lists of records: one tenant with a million contacts beside ten thousand others.
//!
//! `cargo run --release --bin bench-store -- [rows] [tenants] [folder]` starts a server of its own in the folder, fills
//! it once (a folder that is there is used again), and prints what `docs/benchmarks.md` shows: for each list the plan
//! of Postgres and the time of a page as the service reads it, from `BEGIN` to `COMMIT`.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod lists;
mod seed;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use crm_store::{
    Store, StoreConfig, SystemClock, TenantStore, catalog,
    cluster::{Cluster, ClusterConfig},
};

/// How often each list is read.
const READS: u32 = 200;
/// The first reads warm up what a server that runs has warm.
const WARM_UP: u32 = 20;

/// The goal for the 95th percentile, in milliseconds.
const GOAL: f64 = 30.0;

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
        "{rows} contacts in one tenant beside {tenants} others; {READS} reads of each list; pages of 50; load {}\n",
        load()
    );
    println!(
        "| list | as | rows | p50 ms | p95 ms | p99 ms | p95 ms, memory empty |\n|---|---|---|---|---|---|---|"
    );
    let (mut plans, mut slow) = (Vec::new(), Vec::new());
    for who in ["admin", "manager", "rep"] {
        let grant = store
            .operate(seed::SLUG, Some(&format!("{who}@big.test")))
            .await?
            .context("the member")?;
        let tenant = store.open(&grant);
        for list in lists::lists() {
            let empty = read(&tenant, &list, &seeded).await?;
            let times = read(&tenant, &list, &seeded).await?;
            println!(
                "| {} | {who} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
                list.name,
                f64::from(times.found) / f64::from(READS),
                times.at(50),
                times.at(95),
                times.at(99),
                empty.at(95)
            );
            if times.at(95) > GOAL {
                slow.push(format!("{} as {who} ({:.1})", list.name, times.at(95)));
            }
            let plan = explain(&tenant, &list, &seeded).await?;
            plans.push(format!("### {} as {who}\n```text\n{plan}\n```", list.name));
        }
    }
    println!(
        "\n{} of {} lists within {GOAL} ms at load {}",
        plans.len() - slow.len(),
        plans.len(),
        load()
    );
    println!("{}\n\n{}", slow.join(", "), plans.join("\n\n"));
    Ok(())
}

/// How busy the machine is: the average of the last minute.
fn load() -> String {
    let said = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    said.split(' ').next().unwrap_or("unknown").to_owned()
}

/// What reading a list again and again took.
struct Times {
    sorted: Vec<Duration>,
    /// How many records came, all in all.
    found: u32,
}

impl Times {
    /// A percentile in milliseconds.
    fn at(&self, percent: usize) -> f64 {
        let place = (self.sorted.len() * percent / 100).min(self.sorted.len().saturating_sub(1));
        self.sorted
            .get(place)
            .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
}

/// Reads one list again and again, each time with other values.
async fn read(tenant: &TenantStore, list: &lists::List, seeded: &seed::Seeded) -> anyhow::Result<Times> {
    let (mut sorted, mut found) = (Vec::new(), 0);
    for turn in 0..WARM_UP + READS {
        let query = (list.query)(turn as usize, seeded);
        let started = Instant::now();
        let mut tx = tenant.begin().await?;
        let page = tx.records(&catalog::CONTACT).list(&query).await?;
        tx.commit().await?;
        if turn >= WARM_UP {
            sorted.push(started.elapsed());
            found += u32::try_from(page.records.len())?;
        }
    }
    sorted.sort_unstable();
    Ok(Times { sorted, found })
}

async fn explain(tenant: &TenantStore, list: &lists::List, seeded: &seed::Seeded) -> anyhow::Result<String> {
    let mut tx = tenant.begin().await?;
    let query = (list.query)(WARM_UP as usize, seeded);
    Ok(tx.records(&catalog::CONTACT).explain(&query).await?)
}
