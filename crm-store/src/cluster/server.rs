//! Making a database, starting and stopping the server that serves it.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::error::{ClusterError, OnFile};
use super::folder::{Folder, Record};
use super::port;
use super::postmaster::Postmaster;
use super::settings::{FEW_BUFFERS_MB, Settings, buffers_mb};
use super::user::ServerUser;

/// The server's superuser, which owns the schema.
pub(super) const OWNER: &str = "crm_owner";

/// How long a start may take; recovery after a crash of a large database is part of it.
const START_SECONDS: u32 = 120;

/// How long the processes of a killed server may still hold its memory.
const LEFTOVERS: Duration = Duration::from_secs(20);

/// A log larger than this is set aside at the next start.
const LOG_BYTES: u64 = 16 * 1024 * 1024;

/// What a server is started with.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) folder: Folder,
    pub(super) binaries: Binaries,
    pub(super) user: ServerUser,
    pub(super) durable: bool,
    pub(super) max_connections: u16,
    /// Held while a server is being started: by one caller at a time.
    pub(super) starting: Mutex<()>,
}

impl Server {
    /// Makes the database unless there is one. It is made elsewhere and moved, so what an interrupted try left is
    /// never taken for a database.
    pub(super) fn initialise(&self, record: &Record) -> Result<(), ClusterError> {
        let unfinished = self.folder.unfinished();
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished).on("remove the half-made", &unfinished)?;
        }
        if self.folder.data().exists() {
            return Ok(());
        }
        let password = self.folder.password_file();
        std::fs::write(&password, "").on("write", &password)?;
        self.user.own(&password, 0o600)?;
        std::fs::write(&password, &record.owner_password).on("write", &password)?;
        let mut command = self.user.command(&self.binaries.program("initdb"));
        command
            .arg("--pgdata")
            .arg(&unfinished)
            .args(["--username", OWNER, "--encoding", "UTF8", "--locale", "C"])
            .args([
                "--lc-ctype",
                if cfg!(target_os = "macos") {
                    "UTF-8"
                } else {
                    "C.UTF-8"
                },
            ])
            .args(["--auth-local", "trust", "--auth-host", "scram-sha-256"])
            .arg("--pwfile")
            .arg(&password);
        if !self.durable {
            command.arg("--no-sync");
        }
        let made = run("initdb", &mut command);
        std::fs::remove_file(&password).on("remove", &password)?;
        made?;
        std::fs::rename(&unfinished, self.folder.data()).on("move into place", &unfinished)
    }

    /// Leaves a server that runs with these settings alone, else starts one. Returns its port.
    ///
    /// A wished port that is taken is waited for as long as `patience`.
    pub(super) fn ensure_running(
        &self,
        mut wished: Option<u16>,
        patience: Duration,
    ) -> Result<u16, ClusterError> {
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(port) = self.wait_for_running() {
            let same = std::fs::read_to_string(self.folder.data().join("postgresql.conf"))
                .is_ok_and(|text| text == self.settings(port).postgresql_conf());
            if same {
                return Ok(port);
            }
        }
        self.stop(&[StopMode::Fast, StopMode::Immediate])?;
        let begun = Instant::now();
        loop {
            let port = port::free(wished, patience)?;
            match self.start(port) {
                Ok(()) => return Ok(port),
                Err(ClusterError::Failed { words, .. })
                    if words.contains("Address already in use") && begun.elapsed() < LEFTOVERS =>
                {
                    wished = None;
                }
                // After a kill -9 of the server its processes end by themselves, but not at once.
                Err(ClusterError::Failed { words, .. })
                    if words.contains("shared memory block") && begun.elapsed() < LEFTOVERS =>
                {
                    std::thread::sleep(Duration::from_millis(200));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The port of a server that runs already; one that is just starting is given its time.
    fn wait_for_running(&self) -> Option<u16> {
        let begun = Instant::now();
        loop {
            let found = self.running()?;
            if let Some(port) = found.ready_on() {
                return Some(port);
            }
            if begun.elapsed() > Duration::from_secs(START_SECONDS.into()) {
                return None;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The server of this folder, if it is alive.
    pub(super) fn running(&self) -> Option<Postmaster> {
        Postmaster::of(&self.folder.data()).filter(|found| found.serves(&self.folder.data()))
    }

    /// Stops the server, trying each way in turn; a server that is not there is stopped.
    pub(super) fn stop(&self, modes: &[StopMode]) -> Result<(), ClusterError> {
        let mut last = Ok(());
        for mode in modes {
            if self.running().is_none() {
                return Ok(());
            }
            let (name, seconds) = mode.words();
            let mut command = self.user.command(&self.binaries.program("pg_ctl"));
            command
                .args(["stop", "-w", "-m", name, "-t", seconds])
                .arg("-D")
                .arg(self.folder.data());
            last = run("pg_ctl stop", &mut command);
            if last.is_ok() {
                return Ok(());
            }
        }
        if self.running().is_none() { Ok(()) } else { last }
    }

    fn start(&self, port: u16) -> Result<(), ClusterError> {
        let data = self.folder.data();
        self.remove_stale_locks()?;
        self.write(
            &data.join("postgresql.conf"),
            &self.settings(port).postgresql_conf(),
        )?;
        self.write(&data.join("pg_hba.conf"), Settings::pg_hba_conf())?;
        let log = self.folder.log();
        let told = rotate(&log)?;
        let mut command = self.user.command(&self.binaries.program("pg_ctl"));
        command
            .args(["start", "-w", "-s", "-t", &START_SECONDS.to_string()])
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(&log);
        run("pg_ctl start", &mut command).map_err(|error| match error {
            ClusterError::Failed { step, words } => ClusterError::Failed {
                step,
                words: since(&log, told).unwrap_or(words),
            },
            other => other,
        })
    }

    /// Removes what a crash left. The server would do so itself, but not if a stranger has been given the number in
    /// it. Should processes of the old server still be there, their shared memory keeps a new one from starting.
    fn remove_stale_locks(&self) -> Result<(), ClusterError> {
        let mut stale = vec![self.folder.data().join("postmaster.pid")];
        let socket = self.folder.socket();
        for entry in std::fs::read_dir(&socket).on("list", &socket)?.flatten() {
            stale.push(entry.path());
        }
        for path in stale.iter().filter(|path| path.exists()) {
            std::fs::remove_file(path).on("remove the stale", path)?;
        }
        Ok(())
    }

    fn settings(&self, port: u16) -> Settings {
        Settings {
            port,
            socket: self.folder.socket(),
            max_connections: self.max_connections,
            durable: self.durable,
            buffers_mb: if self.durable {
                buffers_mb()
            } else {
                FEW_BUFFERS_MB
            },
        }
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), ClusterError> {
        let new = path.with_extension("conf.new");
        std::fs::write(&new, text).on("write", &new)?;
        self.user.own(&new, 0o600)?;
        std::fs::rename(&new, path).on("write", path)
    }
}

/// How a server is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopMode {
    /// Waits for its clients to leave, for two seconds.
    Smart,
    /// Ends its clients' sessions.
    Fast,
    /// Stops without tidying up; the next start recovers from the log.
    Immediate,
}

impl StopMode {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Smart => ("smart", "2"),
            Self::Fast => ("fast", "30"),
            Self::Immediate => ("immediate", "10"),
        }
    }
}

/// Runs a program to its end; its last words are the error.
fn run(step: &'static str, command: &mut Command) -> Result<(), ClusterError> {
    let output = command.output().on("run", command.get_program())?;
    if output.status.success() {
        return Ok(());
    }
    let (errors, said) = (
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout),
    );
    let words = match (errors.trim(), said.trim()) {
        ("", "") => output.status.to_string(),
        ("", said) => said.to_owned(),
        (errors, _) => errors.to_owned(),
    };
    Err(ClusterError::Failed { step, words })
}

/// Sets a long log aside; returns how long the log is.
fn rotate(log: &Path) -> Result<u64, ClusterError> {
    let length = std::fs::metadata(log).map_or(0, |about| about.len());
    if length < LOG_BYTES {
        return Ok(length);
    }
    std::fs::rename(log, log.with_extension("old")).on("set aside", log)?;
    Ok(0)
}

/// What the log says after its first `told` bytes, in few words.
fn since(log: &Path, told: u64) -> Option<String> {
    let bytes = std::fs::read(log).ok()?;
    let text = String::from_utf8_lossy(bytes.get(usize::try_from(told).ok()?..)?).into_owned();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let kept = lines.get(lines.len().saturating_sub(6)..)?;
    (!kept.is_empty()).then(|| kept.join(" / "))
}
