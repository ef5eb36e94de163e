//! Starts one Postgres server for a run of the tests, and stops it when the run ends.
//!
//! nextest runs this as a setup script and waits until it exits. So a second
//! process of it, in a process group of its own, owns the server, watches
//! nextest, and clears everything away when nextest is gone, however it went.

use std::{
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};
use crm_store::cluster::{Cluster, ClusterConfig};
use crm_tests::harness;
use nix::{sys::signal, unistd::Pid};

/// How often the watcher looks whether nextest is still there.
const LOOK: Duration = Duration::from_millis(200);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, watch, nextest, folder] if watch == "watch" => {
            let nextest = Pid::from_raw(nextest.parse().context("the process id of nextest")?);
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?;
            runtime.block_on(watch_over(nextest, Path::new(folder)))
        }
        [_] => set_up(),
        _ => bail!("nextest runs this without arguments"),
    }
}

/// Starts the watcher and hands the server's URL to nextest.
fn set_up() -> anyhow::Result<()> {
    let nextest = nix::unistd::getppid();
    let folder = std::env::temp_dir().join(format!("crm-ai-test-{nextest}"));
    std::fs::create_dir_all(&folder)?;
    let log = folder.join("watcher.log");
    let mut watcher = Command::new(std::env::current_exe()?)
        .args(["watch", &nextest.to_string()])
        .arg(&folder)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(OpenOptions::new().create(true).append(true).open(&log)?)
        .spawn()?;
    let mut url = String::new();
    BufReader::new(watcher.stdout.take().context("the watcher's output")?).read_line(&mut url)?;
    if url.trim().is_empty() {
        bail!(
            "the server did not start: {}",
            std::fs::read_to_string(&log).unwrap_or_default()
        );
    }
    let Some(environment) = std::env::var_os("NEXTEST_ENV") else {
        bail!("NEXTEST_ENV is not set: nextest runs this as a setup script");
    };
    let mut environment = OpenOptions::new().append(true).open(environment)?;
    writeln!(environment, "CRM_AI_TEST_DATABASE_URL={}", url.trim())?;
    Ok(())
}

/// Serves until nextest is gone.
async fn watch_over(nextest: Pid, folder: &Path) -> anyhow::Result<()> {
    let served = serve(nextest, folder).await;
    match &served {
        Ok(()) => std::fs::remove_dir_all(folder)?,
        // The words stay for set_up to read; it is waiting for the output to end.
        Err(error) => eprintln!("{error:#}"),
    }
    served
}

async fn serve(nextest: Pid, folder: &Path) -> anyhow::Result<()> {
    let mut config = ClusterConfig::new(folder.join("cluster"));
    config.durable = false;
    config.max_connections = 400;
    config.cache_dir = cache_dir();
    let cluster = Cluster::start(config).await?;
    let url = cluster.admin_url_of("postgres");
    harness::prepare(&url).await;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{url}")?;
    stdout.flush()?;
    while signal::kill(nextest, None).is_ok() {
        tokio::time::sleep(LOOK).await;
    }
    cluster.stop().await?;
    Ok(())
}

/// Where scripts/setup.sh puts what it downloads.
fn cache_dir() -> Option<PathBuf> {
    std::env::var_os("CRM_AI_CACHE")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/crm-ai")))
}
