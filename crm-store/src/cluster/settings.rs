//! The server's configuration files, written by us at each start.

use std::path::{Path, PathBuf};

/// The longest folder name that still fits into a socket address together with the socket's own name.
const LONGEST_SOCKET_FOLDER: usize = 86;

/// What differs from one start to another.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) port: u16,
    pub(super) socket: PathBuf,
    pub(super) max_connections: u16,
    pub(super) durable: bool,
    /// Memory in which the server keeps what it read, in megabytes.
    pub(super) buffers_mb: u64,
}

/// What the server keeps in memory when nobody knows how much there is, and in tests.
pub(super) const FEW_BUFFERS_MB: u64 = 256;
const LEAST_BUFFERS_MB: u64 = 128;
const MOST_BUFFERS_MB: u64 = 2_048;

/// A quarter of the memory of the machine or of the container, in megabytes and within bounds. A tenant with a million
/// contacts reads its lists from 1.6 GB of tables and indexes; a page that is not in these buffers costs three to ten
/// times as much.
pub(super) fn buffers_mb() -> u64 {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let kilobytes = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        kilobytes.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    let container = std::fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    let memory = [
        machine.map(|kilobytes| kilobytes / 1_024),
        container.map(|bytes| bytes / 1_048_576),
    ];
    memory.into_iter().flatten().min().map_or(FEW_BUFFERS_MB, share)
}

fn share(memory_mb: u64) -> u64 {
    (memory_mb / 4).clamp(LEAST_BUFFERS_MB, MOST_BUFFERS_MB)
}

impl Settings {
    /// Whether a socket in this folder has an address; without one the server is reached by TCP alone.
    pub(super) fn has_socket(folder: &Path) -> bool {
        folder.as_os_str().len() <= LONGEST_SOCKET_FOLDER
    }

    /// `postgresql.conf`. What `ALTER SYSTEM` sets still goes over it.
    pub(super) fn postgresql_conf(&self) -> String {
        let socket = if Self::has_socket(&self.socket) {
            quoted(&self.socket)
        } else {
            "''".to_owned()
        };
        let mut text = format!(
            "# Written by crm-ai at each start; use ALTER SYSTEM for settings of your own.\n\
             listen_addresses = '127.0.0.1'\n\
             port = {}\n\
             unix_socket_directories = {socket}\n\
             max_connections = {}\n\
             shared_buffers = {}MB\n\
             max_wal_size = 2GB\n\
             checkpoint_timeout = 15min\n\
             random_page_cost = 1.1\n\
             jit = off\n\
             password_encryption = 'scram-sha-256'\n\
             timezone = 'UTC'\n\
             log_timezone = 'UTC'\n\
             log_checkpoints = off\n\
             log_min_messages = warning\n\
             log_line_prefix = '%m [%p] %d '\n",
            self.port, self.max_connections, self.buffers_mb,
        );
        text.push_str(if self.durable {
            // A table that an import just filled is counted soon, not in a minute: until then it is planned for as if empty.
            "autovacuum_naptime = 10s\n"
        } else {
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nwal_level = minimal\nmax_wal_senders = 0\n"
        });
        text
    }

    /// `pg_hba.conf`: the socket's folder is closed to other users; TCP asks for the password.
    pub(super) fn pg_hba_conf() -> &'static str {
        "# Written by crm-ai at each start.\n\
         local all all trust\n\
         host  all all 127.0.0.1/32 scram-sha-256\n"
    }
}

/// A value in the quotes of postgresql.conf.
fn quoted(path: &Path) -> String {
    format!(
        "'{}'",
        path.to_string_lossy().replace('\\', "\\\\").replace('\'', "''")
    )
}

#[cfg(test)]
mod tests {
    use super::{Settings, share};

    #[test]
    fn a_quote_in_the_folder_name_stays_inside_the_value() {
        let settings = Settings {
            port: 1,
            socket: "/tmp/it's here".into(),
            max_connections: 20,
            durable: true,
            buffers_mb: 512,
        };
        let text = settings.postgresql_conf();
        assert!(
            text.contains("unix_socket_directories = '/tmp/it''s here'\n"),
            "{text}"
        );
        assert!(!text.contains("fsync"), "{text}");
        assert!(text.contains("shared_buffers = 512MB\n"), "{text}");
    }

    #[test]
    fn a_folder_name_too_long_for_a_socket_leaves_tcp() {
        let long = "/x".repeat(60);
        let settings = Settings {
            port: 1,
            socket: long.into(),
            max_connections: 20,
            durable: false,
            buffers_mb: 256,
        };
        let text = settings.postgresql_conf();
        assert!(text.contains("unix_socket_directories = ''\n"), "{text}");
        assert!(text.contains("fsync = off\n"), "{text}");
    }

    #[test]
    fn a_small_machine_keeps_little_in_memory_and_a_large_one_not_everything() {
        assert_eq!([400, 2_000, 8_192, 64_000].map(share), [128, 500, 2_048, 2_048]);
    }
}
