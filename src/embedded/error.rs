//! Why a private PostgreSQL could not be had, with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private PostgreSQL did not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No source had programs that can be used.
    #[error(
        "no usable PostgreSQL found ({tried}): install PostgreSQL 13 or newer (Debian: apt-get \
         install postgresql), or name the directory of its programs in BATON_PG_BIN_DIR, or set \
         DATABASE_URL to a server of yours"
    )]
    NoBinaries {
        /// What was tried, and how each try ended.
        tried: String,
    },
    /// The directory the user named cannot be used.
    #[error(
        "BATON_PG_BIN_DIR {dir} cannot be used: {reason}; expected a directory with postgres and \
         initdb of PostgreSQL 13 or newer", dir = .dir.display()
    )]
    BadBinDir {
        /// The directory.
        dir: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The data were written by another major version.
    #[error(
        "the data in {dir} were written by PostgreSQL {wanted}, which was not found ({tried}): \
         install PostgreSQL {wanted}, or name its programs in BATON_PG_BIN_DIR, or move the data \
         away to start empty", dir = .dir.display()
    )]
    OtherMajor {
        /// The data directory.
        dir: PathBuf,
        /// The major version that wrote it.
        wanted: u32,
        /// What was tried, and what was found.
        tried: String,
    },
    /// This process runs as a user without a name.
    #[error(
        "user id {uid} has no passwd entry, and PostgreSQL does not run without one: set \
         DATABASE_URL, or run as a user that has an entry"
    )]
    NoPasswdEntry {
        /// The user id.
        uid: u32,
    },
    /// This process is root and has nobody to be instead.
    #[error(
        "PostgreSQL does not run as root, and neither user postgres nor user nobody exists: create \
         one, or run as an ordinary user, or set DATABASE_URL"
    )]
    NoServerAccount,
    /// The server's user cannot reach a directory.
    #[error(
        "user {account} cannot reach {dir}, because {blocked_by} is closed to it: allow it (chmod \
         o+x {blocked_by}), or choose another place",
        dir = .dir.display(), blocked_by = .blocked_by.display()
    )]
    Unreachable {
        /// The user the server runs as.
        account: String,
        /// Where it has to get to.
        dir: PathBuf,
        /// The first directory on the way that it may not enter.
        blocked_by: PathBuf,
    },
    /// The data belong to another user.
    #[error(
        "{dir} belongs to user id {owner}, not to {account}: run as its owner, or choose another \
         BATON_DATA_DIR", dir = .dir.display()
    )]
    ForeignData {
        /// The directory.
        dir: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who wants it.
        account: String,
    },
    /// Another process of ours holds this data directory.
    #[error(
        "{dir} is in use by another Baton process: stop that one, or choose another BATON_DATA_DIR",
        dir = .dir.display()
    )]
    InUse {
        /// The data directory.
        dir: PathBuf,
    },
    /// A server whose owner is gone has not ended.
    #[error(
        "an earlier server (process {pid}) still runs on {dir} after {waited_seconds} s: end it \
         with kill -INT {pid}", dir = .dir.display()
    )]
    StillRunning {
        /// The data directory.
        dir: PathBuf,
        /// The earlier server.
        pid: i32,
        /// How long we waited.
        waited_seconds: u64,
    },
    /// A temporary directory exists already, so it is not ours to remove.
    #[error("{dir} exists already: a temporary server needs a path that does not",
        dir = .dir.display())]
    NotFresh {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory has the right name and the wrong content.
    #[error(
        "{dir} is not a PostgreSQL data directory (it has no PG_VERSION): move it away, or choose \
         another BATON_DATA_DIR", dir = .dir.display()
    )]
    NotACluster {
        /// The directory.
        dir: PathBuf,
    },
    /// One of PostgreSQL's own programs failed.
    #[error("{program} failed ({status}): {output}")]
    Program {
        /// Which one.
        program: String,
        /// How it ended.
        status: String,
        /// The end of what it said.
        output: String,
    },
    /// The server ended before it was ready.
    #[error("the server on {dir} ended before it was ready ({status}); its log ends with:\n{log}",
        dir = .dir.display())]
    Ended {
        /// The data directory.
        dir: PathBuf,
        /// How it ended.
        status: String,
        /// The last lines of its log.
        log: String,
    },
    /// The server did not become ready in time.
    #[error("the server on {dir} was not ready after {waited_seconds} s; its log ends with:\n{log}",
        dir = .dir.display())]
    NotReady {
        /// The data directory.
        dir: PathBuf,
        /// How long we waited.
        waited_seconds: u64,
        /// The last lines of its log.
        log: String,
    },
    /// The operating system refused something.
    #[error("could not {what}: {source}")]
    Io {
        /// What was attempted, as it follows "could not".
        what: String,
        /// The answer.
        source: io::Error,
    },
}

/// Adds what was attempted to an error of the operating system.
pub(super) trait Attempt<T> {
    /// `what` follows "could not"; the path is appended.
    fn attempt(self, what: &str, path: &Path) -> Result<T, EmbeddedError>;
}

impl<T, E: Into<io::Error>> Attempt<T> for Result<T, E> {
    fn attempt(self, what: &str, path: &Path) -> Result<T, EmbeddedError> {
        self.map_err(|error| EmbeddedError::Io {
            what: format!("{what} {}", path.display()),
            source: error.into(),
        })
    }
}
