//! The data folder: what lies where, who made it, and where root keeps the server's files.
//!
//! ```text
//! DATA_DIR/cluster.lock     held while a process works on the folder
//! DATA_DIR/cluster.json     the record: layout, version, port, passwords; readable by its owner only
//! DATA_DIR/postgres/        the server's own: data/, socket/, log
//! ```
//!
//! For root, whose server runs as another user, `postgres` is a link to `/var/lib/crm-ai/<hash>` whenever that
//! user cannot get to the data folder.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rand::distr::{Alphanumeric, SampleString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{ClusterError, OnFile};
use super::user::ServerUser;

/// The layout that this program reads and writes.
pub(super) const LAYOUT: u32 = 1;

const ROOTS_PLACE: &str = "/var/lib/crm-ai";

/// What is known about a cluster between runs.
#[derive(Serialize, Deserialize, Clone)]
pub(super) struct Record {
    pub(super) layout: u32,
    pub(super) written_by: String,
    pub(super) postgres_major: u32,
    pub(super) port: u16,
    pub(super) owner_password: String,
    pub(super) login_password: String,
}

/// A data folder that this process holds the lock of.
#[derive(Debug)]
pub(super) struct Folder {
    data_dir: PathBuf,
    server: PathBuf,
}

impl Folder {
    /// Lays out the folder, or finds it laid out.
    pub(super) fn open(data_dir: &Path, user: ServerUser) -> Result<Self, ClusterError> {
        let link = data_dir.join("postgres");
        let server = match link.canonicalize() {
            Ok(path) => path,
            // A link to nothing: root's files are gone, and with them the data.
            Err(_) if link.is_symlink() => {
                return Err(ClusterError::Damaged {
                    data_dir: data_dir.to_owned(),
                    what: format!(
                        "{} leads nowhere; restore what it leads to, or remove {} to start over",
                        link.display(),
                        data_dir.display()
                    ),
                });
            }
            Err(_) if user.reaches(data_dir) => link,
            Err(_) => relocate(data_dir, &link)?,
        };
        user.own_folder(&server)?;
        user.own_folder(&server.join("socket"))?;
        Ok(Self {
            data_dir: data_dir.to_owned(),
            server,
        })
    }

    /// The folder that the caller named.
    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The server's data.
    pub(super) fn data(&self) -> PathBuf {
        self.server.join("data")
    }

    /// Where a database is made before it is moved to its place, so that a half-made one is never used.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.server.join("data.unfinished")
    }

    /// Where the server's socket lies; closed to other users, so that it needs no password.
    pub(super) fn socket(&self) -> PathBuf {
        self.server.join("socket")
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.server.join("log")
    }

    /// The password for initdb, which reads it from a file.
    pub(super) fn password_file(&self) -> PathBuf {
        self.server.join("password")
    }

    /// The major version that wrote the data, if there is data.
    pub(super) fn data_major(&self) -> Result<Option<u32>, ClusterError> {
        let path = self.data().join("PG_VERSION");
        if !self.data().exists() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).on("read", &path)?;
        text.trim()
            .parse()
            .map(Some)
            .map_err(|_| self.damaged(format!("{} holds no version", path.display())))
    }

    /// The record, checked for its layout.
    pub(super) fn record(&self) -> Result<Option<Record>, ClusterError> {
        let path = self.record_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).on("read", path),
        };
        let layout = serde_json::from_str::<Layout>(&text).map_err(|error| {
            self.damaged(format!("{} cannot be read ({error}); restore it", path.display()))
        })?;
        if layout.layout != LAYOUT {
            return Err(ClusterError::OtherLayout {
                data_dir: self.data_dir.clone(),
                found: layout.layout,
                expected: LAYOUT,
                written_by: layout.written_by,
            });
        }
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| self.damaged(format!("{} cannot be read ({error}); restore it", path.display())))
    }

    /// Writes the record in one step, readable by its owner only.
    pub(super) fn save(&self, record: &Record) -> Result<(), ClusterError> {
        let path = self.record_path();
        let new = path.with_extension("json.new");
        let text = serde_json::to_string_pretty(record)
            .map_err(std::io::Error::other)
            .on("write", &path)?;
        let _ = std::fs::remove_file(&new);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)
            .on("write", &new)?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .on("write", &new)?;
        std::fs::rename(&new, &path).on("write", &path)
    }

    /// An error that names this folder.
    pub(super) fn damaged(&self, what: String) -> ClusterError {
        ClusterError::Damaged {
            data_dir: self.data_dir.clone(),
            what,
        }
    }

    fn record_path(&self) -> PathBuf {
        self.data_dir.join("cluster.json")
    }
}

/// The part of the record that every layout has.
#[derive(Deserialize)]
struct Layout {
    layout: u32,
    #[serde(default)]
    written_by: String,
}

impl Record {
    /// The record of a cluster that is to be made.
    pub(super) fn new(postgres_major: u32, port: u16) -> Self {
        Self {
            layout: LAYOUT,
            written_by: env!("CARGO_PKG_VERSION").to_owned(),
            postgres_major,
            port,
            owner_password: password(),
            login_password: password(),
        }
    }
}

/// 190 bits; letters and digits only, so that it goes into a URL as it is.
fn password() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 32)
}

/// Makes root's place for a data folder and links to it.
fn relocate(data_dir: &Path, link: &Path) -> Result<PathBuf, ClusterError> {
    let real = data_dir.canonicalize().on("find", data_dir)?;
    let hash = hex::encode(Sha256::digest(real.as_os_str().as_encoded_bytes()));
    let place = Path::new(ROOTS_PLACE).join(hash.get(..16).unwrap_or(&hash));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(ROOTS_PLACE)
        .on("make", ROOTS_PLACE)?;
    if place.exists() {
        // The data folder was removed and made again: what it held before is kept once, beside.
        let previous = place.with_extension("previous");
        if previous.exists() {
            std::fs::remove_dir_all(&previous).on("remove", &previous)?;
        }
        std::fs::rename(&place, &previous).on("move aside", &place)?;
        tracing::warn!(path = %previous.display(), "the data of a removed data folder is kept here until the next time");
    }
    std::fs::create_dir(&place).on("make", &place)?;
    std::os::unix::fs::symlink(&place, link).on("make the link", link)?;
    Ok(place)
}
