//! Where settings come from. This is the only file that looks at the process's environment;
//! a test makes a [`Source`] of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A secret or a settings file is far smaller; the limit stops a reading of `/dev/zero`.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Everything that a reading of the settings depends on.
pub struct Source {
    /// The environment's variables.
    pub variables: BTreeMap<String, OsString>,
    /// Reads a whole file as text.
    pub read_file: fn(&Path) -> io::Result<String>,
    /// What relative paths start from.
    pub working_dir: PathBuf,
    /// Decides where data lives when nothing is set.
    pub host: Host,
}

/// The machine and the user, as far as defaults depend on them.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Whether the process runs as root.
    pub is_root: bool,
    /// Whether this is macOS, which keeps a user's data elsewhere.
    pub is_macos: bool,
    /// Processor cores to use.
    pub cores: usize,
}

impl Source {
    /// The process's own environment.
    pub(super) fn of_this_process() -> Self {
        // A name that is not Unicode cannot be one of ours; a value can, and is then reported.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self {
            variables,
            read_file: read_small_file,
            // Without a working directory, relative paths stay relative and fail where used.
            working_dir: std::env::current_dir().unwrap_or_default(),
            host: Host {
                is_root: nix::unistd::geteuid().is_root(),
                is_macos: cfg!(target_os = "macos"),
                cores: std::thread::available_parallelism().map_or(1, usize::from),
            },
        }
    }

    /// A variable that is no setting of ours, such as `HOME`; empty counts as unset.
    pub(super) fn directory(&self, name: &str) -> Option<PathBuf> {
        // The XDG specification says to ignore relative paths.
        self.variables
            .get(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    }

    /// The folders in which programs are looked for.
    pub(super) fn program_dirs(&self) -> Vec<PathBuf> {
        self.variables
            .get("PATH")
            .map(|path| std::env::split_paths(path).collect())
            .unwrap_or_default()
    }
}

fn read_small_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_programs_a_place_and_cores() {
        let source = Source::of_this_process();
        assert!(!source.program_dirs().is_empty());
        assert!(source.working_dir.is_absolute());
        assert!(source.host.cores >= 1);
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let limit = usize::try_from(MAX_FILE_BYTES).unwrap();

        assert_eq!(read_small_file(&write("small", b"x\n")).unwrap(), "x\n");
        assert!(read_small_file(&write("full", &vec![b'x'; limit])).is_ok());
        assert!(read_small_file(&write("large", &vec![b'x'; limit + 1])).is_err());
        assert!(read_small_file(&write("not-utf8", &[0xff])).is_err());
        assert!(read_small_file(&folder.path().join("none")).is_err());
        assert!(read_small_file(folder.path()).is_err());
    }
}
