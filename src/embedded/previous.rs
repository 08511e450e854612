//! What an earlier server on the same data may have left: itself, about to end because its owner was
//! killed, or its pid file and socket, because it was killed too.
//! Called under the lock, so no other Baton is starting or running one.

use super::cluster;
use super::error::{Attempt, EmbeddedError};
use super::layout::Layout;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// A server told to end by its owner's death takes about 0.1 s; a busy one has to write first, and
/// on a busy machine waits for its turn.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Waits until no earlier server runs, then makes room for a new one.
pub(super) fn settle(layout: &Layout) -> Result<(), EmbeddedError> {
    match await_end(layout)? {
        Left::Nothing => {}
        Left::PidFile => disown(&layout.pid_file())?,
    }
    clear_sockets(&layout.socket_dir)
}

/// Waits until no earlier server runs, then removes everything but the lock: its file stays the
/// same one, so that whoever has opened it already waits for us and for nobody else.
pub(super) fn forget(layout: &Layout) -> Result<(), EmbeddedError> {
    await_end(layout)?;
    // First, and whole: what else is here belongs to it.
    cluster::discard(layout)?;
    let lock = layout.lock();
    for entry in fs::read_dir(&layout.root).attempt("read", &layout.root)? {
        let entry = entry.attempt("read", &layout.root)?;
        let path = entry.path();
        if path == lock {
            continue;
        }
        // A link is removed, not what it leads to.
        let is_dir = entry.file_type().attempt("look at", &path)?.is_dir();
        let removed = match is_dir {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        removed.attempt("remove", &path)?;
    }
    Ok(())
}

/// What an earlier server has left at its end.
enum Left {
    Nothing,
    /// It was killed, and its pid file names nobody any more.
    PidFile,
}

fn await_end(layout: &Layout) -> Result<Left, EmbeddedError> {
    let pid_file = layout.pid_file();
    let deadline = Instant::now() + PATIENCE;
    while let Some(pid) = recorded_pid(&pid_file)? {
        if !may_be_server(pid) {
            return Ok(Left::PidFile);
        }
        if Instant::now() >= deadline {
            return Err(EmbeddedError::StillRunning {
                dir: layout.root.clone(),
                pid: pid.as_raw(),
                waited_seconds: PATIENCE.as_secs(),
            });
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    Ok(Left::Nothing)
}

fn recorded_pid(pid_file: &Path) -> Result<Option<Pid>, EmbeddedError> {
    match fs::read_to_string(pid_file) {
        Ok(text) => Ok(text
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok())
            .map(Pid::from_raw)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).attempt("read", pid_file),
    }
}

/// True when in doubt.
fn may_be_server(pid: Pid) -> bool {
    let is_gone = pid == nix::unistd::getpid() || kill(pid, None) == Err(Errno::ESRCH);
    !is_gone && !is_something_else(pid)
}

/// A dead process that nobody has waited for still has its number, and after a restart of the
/// container the number may be anybody's: only `/proc` can tell.
#[cfg(target_os = "linux")]
fn is_something_else(pid: Pid) -> bool {
    // The name may hold anything, so the state is what follows its last bracket.
    let stat = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(|byte| *byte == b')')
        .next()
        .and_then(|rest| rest.get(1));
    if matches!(state, Some(b'Z' | b'X')) {
        return true;
    }
    let Ok(command) = fs::read(format!("/proc/{pid}/cmdline")) else {
        return false;
    };
    let program = command.split(|byte| *byte == 0).next().unwrap_or_default();
    let program = program
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or_default();
    !program.is_empty() && !program.starts_with(b"postgres") && !program.starts_with(b"postmaster")
}

#[cfg(not(target_os = "linux"))]
fn is_something_else(_pid: Pid) -> bool {
    false
}

/// PostgreSQL refuses to start while the recorded number is anybody's. Removing the file would also
/// remove what it knows of shared memory, its guard against children that outlived the killed server;
/// so only the number is replaced, by ours: PostgreSQL passes over the number of its own parent.
fn disown(pid_file: &Path) -> Result<(), EmbeddedError> {
    // The directory is the server's user's, who must not lead root to another file.
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(pid_file)
        .attempt("open", pid_file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).attempt("read", pid_file)?;
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    let disowned = format!("{}\n{rest}", std::process::id());
    file.rewind()
        .and_then(|()| file.set_len(0))
        .and_then(|()| file.write_all(disowned.as_bytes()))
        .attempt("write", pid_file)
}

/// The socket's own lock file holds the same number. Nobody but us uses this directory.
fn clear_sockets(dir: &Path) -> Result<(), EmbeddedError> {
    for entry in fs::read_dir(dir).attempt("read", dir)? {
        let entry = entry.attempt("read", dir)?;
        if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
            fs::remove_file(entry.path()).attempt("remove", &entry.path())?;
        }
    }
    Ok(())
}
