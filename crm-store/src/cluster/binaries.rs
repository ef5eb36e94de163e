//! Where the server's programs are. scripts/lib/postgres.sh looks in the same places in the same order.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ClusterError;
use super::user::ServerUser;

/// The oldest PostgreSQL that the migrations are written for.
pub(super) const OLDEST: u32 = 15;

/// The programs of one installed PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// Finds a server, of the major version that wrote the data where there is data.
    ///
    /// Without a match the first server that could be used is returned: the caller says what is wrong.
    pub(super) fn find(
        explicit: Option<&Path>,
        cache: Option<&Path>,
        wanted: Option<u32>,
        user: ServerUser,
    ) -> Result<Self, ClusterError> {
        let mut looked = Vec::new();
        let mut usable: Option<Self> = None;
        for folder in places(explicit, cache) {
            match Self::at(&folder, user) {
                Ok(found) if wanted.is_none_or(|major| major == found.major) => return Ok(found),
                Ok(found) => usable = usable.or(Some(found)),
                Err(why) => looked.push(format!("{}: {why}", folder.display())),
            }
        }
        usable.ok_or_else(|| ClusterError::NoServer {
            looked: looked.join("; "),
        })
    }

    fn at(folder: &Path, user: ServerUser) -> Result<Self, String> {
        let folder = folder.canonicalize().map_err(|_| "no such folder".to_owned())?;
        for program in ["postgres", "initdb", "pg_ctl"] {
            if !folder.join(program).is_file() {
                return Err(format!("has no {program}"));
            }
        }
        if !user.reaches(&folder) {
            return Err("closed to the user that the server would run as".to_owned());
        }
        let output = user
            .command(&folder.join("postgres"))
            .arg("--version")
            .output()
            .map_err(|error| format!("does not run: {error}"))?;
        let words = String::from_utf8_lossy(&output.stdout);
        match major(&words) {
            Some(major) if major >= OLDEST => Ok(Self { folder, major }),
            Some(major) => Err(format!("version {major} is too old")),
            None => Err("does not tell its version".to_owned()),
        }
    }

    /// The path of one of its programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folder of the programs.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The major version.
    pub(super) fn major(&self) -> u32 {
        self.major
    }
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian …)` or `17beta1`.
fn major(words: &str) -> Option<u32> {
    let (_, rest) = words.split_once(") ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn places(explicit: Option<&Path>, cache: Option<&Path>) -> Vec<PathBuf> {
    if let Some(explicit) = explicit {
        return vec![explicit.to_owned()];
    }
    let mut places = Vec::new();
    places.extend(on_search_path());
    for (parent, suffix) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
    ] {
        places.extend(versions(Path::new(parent), suffix));
    }
    if let Some(cache) = cache {
        places.extend(versions(&cache.join("postgres"), "bin"));
    }
    places
}

/// The folder of the `postgres` that a shell would run.
fn on_search_path() -> Option<PathBuf> {
    let output = Command::new("sh")
        .args(["-c", "command -v postgres"])
        .output()
        .ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    Some(path.canonicalize().ok()?.parent()?.to_owned())
}

/// `parent/<name with a version>/suffix`, newest first.
fn versions(parent: &Path, suffix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name
                .trim_start_matches("postgresql@")
                .trim_start_matches("pgsql-");
            let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
            Some((digits.parse().ok()?, entry.path().join(suffix)))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn reads_the_major_version() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("something else"), None);
    }
}
