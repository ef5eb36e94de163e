//! The running server, as its pid file and the system's process table tell it.

use std::path::Path;

use nix::sys::signal::kill;
use nix::unistd::Pid;

/// What `postmaster.pid` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Postmaster {
    pid: i32,
    /// Written a moment after the number.
    port: Option<u16>,
    ready: bool,
}

impl Postmaster {
    /// Reads the pid file of a data folder; nothing when there is none or it holds no number.
    pub(super) fn of(data: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    /// Lines: pid, folder, start, port, socket folder, address, shared memory, status.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        Some(Self {
            pid: lines.first()?.trim().parse().ok()?,
            port: lines.get(3).and_then(|port| port.trim().parse().ok()),
            ready: lines.get(7).is_some_and(|status| status.trim() == "ready"),
        })
    }

    /// Whether the process is alive and is the server of this folder, and not a stranger that was given its number.
    pub(super) fn serves(&self, data: &Path) -> bool {
        is_alive(self.pid)
            && arguments(self.pid).is_some_and(|words| words.contains(&*data.to_string_lossy()))
    }

    /// The process.
    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// The port it listens on, once it takes connections.
    pub(super) fn ready_on(&self) -> Option<u16> {
        self.port.filter(|_| self.ready)
    }
}

/// Whether there is a process of this number.
fn is_alive(pid: i32) -> bool {
    !matches!(kill(Pid::from_raw(pid), None), Err(nix::errno::Errno::ESRCH))
}

/// The command line of a process, from /proc where there is one, else from ps.
fn arguments(pid: i32) -> Option<String> {
    if let Ok(words) = std::fs::read(format!("/proc/{pid}/cmdline")) {
        return Some(String::from_utf8_lossy(&words).replace('\0', " "));
    }
    let output = std::process::Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::Postmaster;

    #[test]
    fn reads_the_pid_file() {
        let text = "4711\n/x/data\n1790000000\n5555\n/x/socket\n127.0.0.1\n   1 2\nready   \n";
        assert_eq!(
            Postmaster::parse(text),
            Some(Postmaster {
                pid: 4711,
                port: Some(5555),
                ready: true
            })
        );
        let starting = Postmaster::parse("4711\n/x/data\n");
        assert_eq!(
            starting,
            Some(Postmaster {
                pid: 4711,
                port: None,
                ready: false
            })
        );
        assert_eq!(Postmaster::parse(""), None);
    }
}
