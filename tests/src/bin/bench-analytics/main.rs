//! Measures questions about many records: one tenant with a million opportunities and three million activities.
//!
//! `cargo run --release --bin bench-analytics -- [folder]` starts a server of its own in the folder, fills it once (a
//! folder that is there is used again), and prints what each question takes, from `BEGIN` to `COMMIT`, as an
//! administrator, a manager and a rep: once as the service answers it and once from the records alone, one after the
//! other, so that both see the same machine. The questions are those of `questions.rs` and the committed ones of
//! `evals/cases/pipeline.yaml`. With two addresses in the place of the folder, `postgres://…` of the owner and of the
//! service, it measures the database that is there. `only=s-` asks those questions alone whose names begin so,
//! `as=admin` asks as that member alone, and `alone` leaves out what the records alone take.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod committed;
mod questions;
mod seed;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use crm_store::{
    Store, StoreConfig, StoreError, SystemClock, TenantStore,
    analytics::{Note, Plan, Table},
    cluster::{Cluster, ClusterConfig},
};

/// How often each question is asked.
const TIMES: usize = 20;
/// How often when an answer takes longer than [`LONG`].
const FEW_TIMES: usize = 2;
const LONG: Duration = Duration::from_millis(800);
/// What an argument begins with that says which questions are asked, by how their names begin.
const ONLY: &str = "only=";
const AS: &str = "as=";
const ALONE: &str = "alone";

/// What is measured.
#[derive(Default)]
struct What {
    /// Beginnings of names of questions; all, when there is none.
    only: Vec<String>,
    /// As whom; as everybody, when there is none.
    asked_as: Vec<String>,
    /// Whether it is left out what the records alone take.
    alone: bool,
}

impl What {
    /// What the arguments say, and the arguments that say something else.
    fn of(arguments: impl Iterator<Item = String>) -> (Self, Vec<String>) {
        let (mut what, mut rest) = (Self::default(), Vec::new());
        for argument in arguments {
            if let Some(name) = argument.strip_prefix(ONLY) {
                what.only.push(name.to_owned());
            } else if let Some(who) = argument.strip_prefix(AS) {
                what.asked_as.push(who.to_owned());
            } else if argument == ALONE {
                what.alone = true;
            } else {
                rest.push(argument);
            }
        }
        (what, rest)
    }

    fn asks(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only))
    }

    fn asks_as(&self, who: &str) -> bool {
        self.asked_as.is_empty() || self.asked_as.iter().any(|only| only == who)
    }
}
/// The goal for the 95th percentile, in milliseconds.
const GOAL: f64 = 200.0;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(bench())
}

async fn bench() -> anyhow::Result<()> {
    let (what, arguments) = What::of(std::env::args().skip(1));
    if let [owner, login] = arguments.as_slice() {
        return measure(owner, login, &what).await;
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
    let outcome = measure(&owner, &login, &what).await;
    cluster.stop().await?;
    outcome
}

async fn measure(owner: &str, login: &str, what: &What) -> anyhow::Result<()> {
    seed::seed(owner).await?;
    let store = Store::connect(&StoreConfig::new(login), Arc::new(SystemClock)).await?;
    sum_up(&store).await?;
    println!("each question up to {TIMES} times; load {}\n", load());
    println!(
        "| question | as | rows | records | p50 ms | p95 ms | p95 ms without sums | times | read nearly all |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    let (mut slow, mut asked) = (Vec::new(), 0);
    for who in ["admin", "manager", "rep"]
        .into_iter()
        .filter(|who| what.asks_as(who))
    {
        let grant = store
            .operate(seed::SLUG, Some(&format!("{who}@big.test")))
            .await?
            .context("the member")?;
        let tenant = store.open(&grant);
        let mut all: Vec<(String, Plan)> = questions::questions(&tenant)
            .await?
            .into_iter()
            .map(|(name, plan)| (name.to_owned(), plan))
            .collect();
        let today = all.first().context("a question")?.1.reporting.on;
        let committed = committed::committed(&tenant, today).await?;
        all.extend(committed.plans);
        all.retain(|(name, _)| what.asks(name));
        for (name, plan) in &all {
            asked += 1;
            let p95 = ask(&tenant, name, who, plan, what.alone).await?;
            if p95 > GOAL {
                slow.push(format!("{name} as {who}: {p95:.0} ms"));
            }
        }
        println!("\nnot asked as {who}: {}\n", committed.left_out.join("; "));
    }
    println!(
        "\nof {asked}, {} beyond {GOAL} ms at load {}: {}",
        slow.len(),
        load(),
        slow.join("; ")
    );
    Ok(())
}

/// Moves what the seed wrote into the sums, as the upkeep does.
async fn sum_up(store: &Store) -> anyhow::Result<()> {
    let started = Instant::now();
    let (mut after, mut folded) = (None, 0);
    loop {
        let grants = store.tenants_to_sum_up(after).await?;
        let Some(last) = grants.last() else { break };
        after = Some(last.tenant());
        for grant in &grants {
            folded += store.open(grant).sum_up().await?.folded;
        }
    }
    println!(
        "{folded} differences summed up in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn ask(tenant: &TenantStore, name: &str, who: &str, plan: &Plan, alone: bool) -> anyhow::Result<f64> {
    let (p50, p95, table) = times(tenant, plan).await;
    let (without, ratio) = if alone {
        (String::new(), String::new())
    } else {
        let (_, without, _) = times(&tenant.clone().without_sums(), plan).await;
        (
            format!("{without:.0}"),
            format!("{:.1}", without / p95.max(0.001)),
        )
    };
    let (rows, records, read) = match &table {
        Ok(table) => (
            table.rows.len().to_string(),
            table.records.to_string(),
            if table.notes.contains(&Note::Scanned) {
                "yes"
            } else {
                ""
            },
        ),
        Err(error) => (format!("{error}"), String::new(), "refused"),
    };
    println!("| {name} | {who} | {rows} | {records} | {p50:.0} | {p95:.0} | {without} | {ratio} | {read} |");
    Ok(p95)
}

/// The median and the 95th percentile in milliseconds, and the answer.
async fn times(tenant: &TenantStore, plan: &Plan) -> (f64, f64, Result<Table, StoreError>) {
    let mut times = Vec::with_capacity(TIMES);
    // The first one warms up what a server that runs has warm.
    let started = Instant::now();
    let table = tenant.analyze(plan).await;
    // What takes seconds shows itself in a few times.
    let many = if started.elapsed() > LONG {
        FEW_TIMES
    } else {
        TIMES
    };
    for _ in 0..many {
        let started = Instant::now();
        drop(tenant.analyze(plan).await);
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, Duration::as_secs_f64) * 1_000.0
    };
    (at(50), at(95), table)
}

/// How busy the machine is: the average of the last minute.
fn load() -> String {
    let said = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    said.split(' ').next().unwrap_or("unknown").to_owned()
}
