//! `server.json` in the data folder: how a command finds the server that holds
//! the embedded parts. Whoever can read the file may do what an operator may:
//! it is closed to other users, as the database's files are.

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::AppError;

/// The file's name.
const NAME: &str = "server.json";

/// What a command needs to know of the running server.
#[derive(Debug, Clone)]
pub struct Beacon {
    /// Its process.
    pub pid: u32,
    /// Where it listens.
    pub url: String,
    /// What opens its `/control` routes.
    pub token: SecretString,
    /// The database as the least role.
    pub login_url: SecretString,
    /// The database as its owner.
    pub admin_url: SecretString,
}

#[derive(Serialize, Deserialize)]
struct OnDisk {
    pid: u32,
    url: String,
    token: String,
    login_url: String,
    admin_url: String,
}

impl Beacon {
    /// A beacon of this process with a fresh token.
    pub fn new(url: String, login_url: SecretString, admin_url: SecretString) -> Self {
        let token: String = rand::rng()
            .sample_iter(rand::distr::Alphanumeric)
            .take(48)
            .map(char::from)
            .collect();
        Self {
            pid: std::process::id(),
            url,
            token: SecretString::from(token),
            login_url,
            admin_url,
        }
    }

    /// The file in a data folder.
    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join(NAME)
    }

    /// Reads the beacon of a process that is alive.
    pub fn read(data_dir: &Path) -> Option<Self> {
        let text = std::fs::read(Self::path(data_dir)).ok()?;
        let found: OnDisk = serde_json::from_slice(&text).ok()?;
        let pid = nix::unistd::Pid::from_raw(i32::try_from(found.pid).ok()?);
        // A process of another user answers with a refusal, which is an answer.
        match nix::sys::signal::kill(pid, None) {
            Ok(()) | Err(nix::errno::Errno::EPERM) => {}
            Err(_) => return None,
        }
        Some(Self {
            pid: found.pid,
            url: found.url,
            token: SecretString::from(found.token),
            login_url: SecretString::from(found.login_url),
            admin_url: SecretString::from(found.admin_url),
        })
    }

    /// Writes the file, whole or not at all, readable by its owner alone.
    pub fn write(&self, data_dir: &Path) -> Result<(), AppError> {
        let on_disk = OnDisk {
            pid: self.pid,
            url: self.url.clone(),
            token: self.token.expose_secret().to_owned(),
            login_url: self.login_url.expose_secret().to_owned(),
            admin_url: self.admin_url.expose_secret().to_owned(),
        };
        write_private(
            &Self::path(data_dir),
            &serde_json::to_vec_pretty(&on_disk).unwrap_or_default(),
        )
    }

    /// Removes the file when it is still this process's.
    pub fn remove(&self, data_dir: &Path) {
        let path = Self::path(data_dir);
        let is_ours = std::fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice::<OnDisk>(&text).ok())
            .is_some_and(|found| found.pid == self.pid && found.token == self.token.expose_secret());
        if is_ours && let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, "server.json could not be removed");
        }
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), AppError> {
    let failed = |source| AppError::File {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = path.with_file_name(name);
    let _ = std::fs::remove_file(&draft);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(failed)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    std::fs::rename(&draft, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_beacon_is_private_and_removed_by_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("crm-ai-beacon-{}", std::process::id()));
        let secret = || SecretString::from("postgres://x");
        let first = Beacon::new("http://127.0.0.1:1".to_owned(), secret(), secret());
        first.write(&folder).unwrap();
        let mode = std::fs::metadata(Beacon::path(&folder))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = Beacon::new("http://127.0.0.1:2".to_owned(), secret(), secret());
        second.write(&folder).unwrap();
        first.remove(&folder);
        assert_eq!(Beacon::read(&folder).unwrap().url, "http://127.0.0.1:2");
        second.remove(&folder);
        assert!(Beacon::read(&folder).is_none());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
