//! The user that the server runs as: whoever runs this program, but never root, which PostgreSQL refuses.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use super::error::{ClusterError, OnFile};

/// Users that may already be there for this purpose, in order of preference.
const KNOWN: [&str; 2] = ["crm-ai", "postgres"];

/// Who the server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerUser {
    uid: Uid,
    gid: Gid,
    /// Whether programs must be started as this user because we are root.
    dropped: bool,
}

impl ServerUser {
    /// The user to run as: for root the owner of what is there already, else a known one, made if there is none.
    pub(super) fn choose(there: &Path) -> Result<Self, ClusterError> {
        let uid = Uid::effective();
        if !uid.is_root() {
            return Ok(Self {
                uid,
                gid: Gid::effective(),
                dropped: false,
            });
        }
        if let Some(owner) = owner_of(there).filter(|owner| !owner.uid.is_root()) {
            return Ok(owner);
        }
        for name in KNOWN {
            if let Some(user) = by_name(name) {
                return Ok(user);
            }
        }
        let made = Command::new("useradd")
            .args(["--system", "--no-create-home", "--home-dir", "/nonexistent"])
            .args(["--shell", "/usr/sbin/nologin", "crm-ai"])
            .output();
        match (by_name("crm-ai"), made) {
            (Some(user), _) => Ok(user),
            (None, Ok(output)) => Err(ClusterError::NoUser {
                reason: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            }),
            (None, Err(error)) => Err(ClusterError::NoUser {
                reason: format!("useradd: {error}"),
            }),
        }
    }

    /// A command that runs as this user, with nothing of our environment but the search path.
    ///
    /// PGPORT, PGDATA and their like would otherwise reach the server.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_remove("PGDATA").current_dir("/");
        for name in [
            "PGPORT",
            "PGHOST",
            "PGUSER",
            "PGPASSWORD",
            "PGDATABASE",
            "PGOPTIONS",
            "LANG",
            "LC_CTYPE",
        ] {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").env("TZ", "UTC").env_remove("LANGUAGE");
        if self.dropped {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Makes a folder that belongs to this user and is closed to others.
    pub(super) fn own_folder(self, path: &Path) -> Result<(), ClusterError> {
        std::fs::create_dir_all(path).on("make", path)?;
        self.own(path, 0o700)
    }

    /// Hands a file or folder to this user.
    pub(super) fn own(self, path: &Path, mode: u32) -> Result<(), ClusterError> {
        if self.dropped {
            std::os::unix::fs::chown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
                .on("hand over to the server's user", path)?;
        }
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .on("set the permissions of", path)
    }

    /// Whether this user can get to what lies below an existing folder.
    pub(super) fn reaches(self, folder: &Path) -> bool {
        if !self.dropped {
            return true;
        }
        let Ok(real) = folder.canonicalize() else {
            return false;
        };
        real.ancestors().all(|part| {
            std::fs::metadata(part).is_ok_and(|about| {
                let mode = about.mode();
                mode & 0o001 != 0
                    || (about.uid() == self.uid.as_raw() && mode & 0o100 != 0)
                    || (about.gid() == self.gid.as_raw() && mode & 0o010 != 0)
            })
        })
    }
}

fn by_name(name: &str) -> Option<ServerUser> {
    let user = User::from_name(name).ok()??;
    Some(ServerUser {
        uid: user.uid,
        gid: user.gid,
        dropped: true,
    })
}

/// The owner of a file; only one with a name, because the server looks its user up.
fn owner_of(path: &Path) -> Option<ServerUser> {
    let about = std::fs::metadata(path).ok()?;
    let user = User::from_uid(Uid::from_raw(about.uid())).ok()??;
    Some(ServerUser {
        uid: user.uid,
        gid: user.gid,
        dropped: true,
    })
}
