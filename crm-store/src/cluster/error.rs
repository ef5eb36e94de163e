//! What can go wrong with the private server, each with what to do about it.

use std::path::PathBuf;

/// Why the private PostgreSQL server could not be started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// There are no server binaries: install some.
    #[error(
        "no PostgreSQL 15 or later was found (looked in {looked}); run scripts/setup.sh, or install it \
         (apt-get install postgresql, brew install postgresql@17), or set DATABASE_URL to a server of yours"
    )]
    NoServer {
        /// The places that were looked at, and why what is there will not do.
        looked: String,
    },
    /// Another process works on this data folder: stop it or take another folder.
    #[error(
        "the data folder {} is in use by {holder}; stop that process, or use another folder \
         (DATA_DIR=<folder>, or --data-dir)",
        .data_dir.display()
    )]
    InUse {
        /// The folder.
        data_dir: PathBuf,
        /// Who holds its lock, as far as it can be told.
        holder: String,
    },
    /// The data folder is another user's: run as that user or take another folder.
    #[error(
        "the data folder {} belongs to another user (was it made with sudo?); run this as that user, hand the folder \
         over (chown), or use another folder (DATA_DIR=<folder>, or --data-dir)",
        .data_dir.display()
    )]
    OtherOwner {
        /// The folder.
        data_dir: PathBuf,
        /// The system's word.
        #[source]
        source: std::io::Error,
    },
    /// The data folder was written by another major version of PostgreSQL: upgrade it or install that version.
    #[error(
        "the data folder {} was made by PostgreSQL {data} and only PostgreSQL {found} was found; \
         install version {data} (apt-get install postgresql-{data}), or move the data over with: {upgrade}",
        .data_dir.display()
    )]
    OtherMajor {
        /// The folder.
        data_dir: PathBuf,
        /// The major version that wrote it.
        data: u32,
        /// The major version at hand.
        found: u32,
        /// The command that upgrades it, once both versions are installed.
        upgrade: String,
    },
    /// The data folder is laid out in another way than this program knows.
    #[error(
        "the data folder {} has layout {found}, written by crm-ai {written_by}, and this crm-ai ({}) reads layout \
         {expected}; open it with crm-ai {written_by} and take a dump (pg_dump), or start over in another folder \
         (DATA_DIR=<folder>)",
        .data_dir.display(), env!("CARGO_PKG_VERSION")
    )]
    OtherLayout {
        /// The folder.
        data_dir: PathBuf,
        /// The layout found.
        found: u32,
        /// The layout this program reads and writes.
        expected: u32,
        /// The version of crm-ai that wrote the folder.
        written_by: String,
    },
    /// Something in the data folder is missing or unreadable: restore it or start over elsewhere.
    #[error("the data folder {} is damaged: {what}", .data_dir.display())]
    Damaged {
        /// The folder.
        data_dir: PathBuf,
        /// What is wrong and how to mend it.
        what: String,
    },
    /// The program runs as root and there is no other user that the server could run as.
    #[error(
        "PostgreSQL refuses to run as root and no other user could be made ({reason}); \
         make one with: useradd --system crm-ai"
    )]
    NoUser {
        /// Why none could be made.
        reason: String,
    },
    /// A server program failed: its own words say why.
    #[error("{step} failed: {words}")]
    Failed {
        /// What was being done.
        step: &'static str,
        /// What the program printed or logged last.
        words: String,
    },
    /// A file could not be read or written.
    #[error("cannot {doing} {}", .path.display())]
    File {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's word.
        #[source]
        source: std::io::Error,
    },
    /// The server runs but does not do what it is asked.
    #[error("the private PostgreSQL server did not {doing}")]
    Database {
        /// What it was asked to do, as a verb.
        doing: &'static str,
        /// The server's word.
        #[source]
        source: sqlx::Error,
    },
}

/// Turns an I/O result into one that names the file.
pub(super) trait OnFile<T> {
    /// Says what was being done to which file.
    fn on(self, doing: &'static str, path: impl Into<PathBuf>) -> Result<T, ClusterError>;
}

impl<T> OnFile<T> for std::io::Result<T> {
    fn on(self, doing: &'static str, path: impl Into<PathBuf>) -> Result<T, ClusterError> {
        self.map_err(|source| ClusterError::File {
            doing,
            path: path.into(),
            source,
        })
    }
}
