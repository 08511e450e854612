//! Who may run a server in a data directory: the process that holds this lock, and it alone.
//! The kernel lets go of it when that process ends, however it ends. The file is closed on exec, so
//! the server does not hold it.

use super::error::{Attempt, EmbeddedError};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// A killed owner's lock is let go within milliseconds; a living owner's is not.
const GRACE: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    /// Takes the lock `file` of the data directory `dir`.
    pub(super) fn take(file: &Path, dir: &Path) -> Result<Self, EmbeddedError> {
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(file)
            .attempt("open the lock", file)?;
        let deadline = Instant::now() + GRACE;
        loop {
            match opened.try_lock() {
                Ok(()) => return Ok(Self(opened)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(LOOK_AGAIN);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(EmbeddedError::InUse {
                        dir: dir.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(error).attempt("lock", file),
            }
        }
    }
}
