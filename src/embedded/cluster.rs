//! PostgreSQL's own directory: created whole or not at all, and which version wrote it.

use super::account::Account;
use super::binaries::Binaries;
use super::child;
use super::error::{Attempt, EmbeddedError};
use super::layout::Layout;
use super::options::Durability;
use nix::sys::signal::Signal;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// The only user and the only database.
pub(super) const NAME: &str = "baton";

/// What a directory in the making is called, followed by the process that makes it.
const UNFINISHED: &str = "postgres.new-";

/// The major version that wrote the cluster; `None` if there is no cluster yet.
pub(super) fn major_version(cluster: &Path) -> Result<Option<u32>, EmbeddedError> {
    let file = cluster.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Some(major)),
            Err(_) => Err(EmbeddedError::NotACluster {
                dir: cluster.to_owned(),
            }),
        },
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).attempt("read", &file),
        Err(_) if cluster.exists() => Err(EmbeddedError::NotACluster {
            dir: cluster.to_owned(),
        }),
        Err(_) => Ok(None),
    }
}

/// Creates the cluster beside its place and moves it there when it is complete, so that being
/// killed in between leaves only something the next start clears away.
pub(super) fn create(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
    durability: Durability,
) -> Result<(), EmbeddedError> {
    clear_unfinished(&layout.root)?;
    let unfinished = layout
        .root
        .join(format!("{UNFINISHED}{}", std::process::id()));
    account.make_private_dir(&unfinished)?;
    init(&unfinished, account, binaries, durability)?;
    create_database(&unfinished, account, binaries, durability)?;
    fs::rename(&unfinished, layout.cluster()).attempt("move into place", &unfinished)?;
    fs::File::open(&layout.root)
        .and_then(|dir| dir.sync_all())
        .attempt("write to disk", &layout.root)
}

/// Takes the cluster out of its place in one step, by a name that is removed here or, should this
/// process be killed, by whoever creates the next one. Called under the lock.
pub(super) fn discard(layout: &Layout) -> Result<(), EmbeddedError> {
    let (cluster, root) = (layout.cluster(), &layout.root);
    let discarded = root.join(format!("{UNFINISHED}{}", std::process::id()));
    match fs::rename(&cluster, discarded) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        renamed => renamed.attempt("move aside", &cluster)?,
    }
    clear_unfinished(root)
}

/// Called under the lock, so what is unfinished has no maker any more.
fn clear_unfinished(root: &Path) -> Result<(), EmbeddedError> {
    for entry in fs::read_dir(root).attempt("read", root)? {
        let entry = entry.attempt("read", root)?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path()).attempt("remove", &entry.path())?;
        }
    }
    Ok(())
}

/// Locale C everywhere: the order of texts must not depend on the machine. Whoever can enter the
/// socket's directory may connect; nobody may through the network.
fn init(
    dir: &Path,
    account: &Account,
    binaries: &Binaries,
    durability: Durability,
) -> Result<(), EmbeddedError> {
    let mut command = account.command(&binaries.program("initdb"));
    command
        .arg("-D")
        .arg(dir)
        .args(["-U", NAME, "--encoding=UTF8", "--locale=C"]);
    command.args(["--auth-local=trust", "--auth-host=reject"]);
    if durability == Durability::NoFsync {
        command.arg("--no-sync");
    }
    run(command, "initdb", None)
}

/// In single-user mode no server has to be started and stopped for one statement.
fn create_database(
    dir: &Path,
    account: &Account,
    binaries: &Binaries,
    durability: Durability,
) -> Result<(), EmbeddedError> {
    let mut command = account.command(&binaries.program("postgres"));
    command.arg("--single").arg("-D").arg(dir);
    if durability == Durability::NoFsync {
        command.arg("-F");
    }
    command.arg("postgres");
    run(
        command,
        "postgres --single",
        Some(&format!("CREATE DATABASE {NAME};\n")),
    )
}

/// Runs one of PostgreSQL's programs to its end. It ends with us: initdb clears up on SIGTERM.
fn run(mut command: Command, program: &str, input: Option<&str>) -> Result<(), EmbeddedError> {
    child::tie(&mut command, Signal::SIGTERM);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let name = Path::new(OsStr::new(program));
    let mut started = command.spawn().attempt("start", name)?;
    let fed = match (started.stdin.take(), input) {
        (Some(mut stdin), Some(input)) => stdin.write_all(input.as_bytes()),
        (Some(_) | None, None) | (None, Some(_)) => Ok(()),
    };
    let ended = started.wait_with_output().attempt("wait for", name)?;
    let said = String::from_utf8_lossy(&ended.stderr);
    // The single-user server answers a failed statement with a message and success.
    let complained = ["ERROR:", "FATAL:", "PANIC:"]
        .iter()
        .any(|word| said.contains(word));
    if ended.status.success() && !complained {
        return fed.attempt("write to", name);
    }
    Err(EmbeddedError::Program {
        program: program.to_owned(),
        status: ended.status.to_string(),
        output: said.trim().to_owned(),
    })
}
