//! The private PostgreSQL as its owner sees it: started, addressed, stopped.

use super::account::Account;
use super::binaries::Binaries;
use super::cluster;
use super::error::{Attempt, EmbeddedError};
use super::guardian::Guardian;
use super::layout::{Layout, PORT};
use super::lock::Lock;
use super::options::{EarlierData, Lifetime, Options};
use super::previous;
use super::server::Plan;
use super::supervisor::Supervisor;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A running private PostgreSQL. It ends when this is dropped, and when this process ends in any
/// way at all.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    version: String,
    socket_dir: PathBuf,
    running: Mutex<Option<Running>>,
}

/// What is given back at the end, in this order: the server, then what it stood on.
#[derive(Debug)]
struct Running {
    supervisor: Supervisor,
    _lock: Lock,
    _guardian: Option<Guardian>,
}

impl EmbeddedPostgres {
    /// Finds the programs, creates the data if there are none, starts the server and waits until it
    /// answers. Blocks: about a second the first time, a tenth of one later.
    pub fn start(options: Options) -> Result<Self, EmbeddedError> {
        let layout = Layout::new(resolve(&options.data_dir)?);
        let cluster = layout.cluster();
        let account = Account::for_cluster(&cluster)?;
        let guardian = make_dirs(&layout, &account, options.lifetime)?;
        let lock = Lock::take(&layout.lock(), &layout.root)?;
        match options.earlier {
            EarlierData::Used => {}
            EarlierData::Removed => previous::forget(&layout)?,
        }

        account.require_reach(&layout.root)?;
        let major = cluster::major_version(&cluster)?;
        let binaries = Binaries::find(&options.sources, &account, &cluster, major)?;
        if major.is_none() {
            cluster::create(&layout, &account, &binaries, options.durability)?;
        }
        account.make_private_dir(&layout.socket_dir)?;

        let version = binaries.version.clone();
        let socket_dir = layout.socket_dir.clone();
        let plan = Plan {
            layout,
            account,
            binaries,
            durability: options.durability,
        };
        let supervisor = Supervisor::start(plan)?;
        log::info!(
            "private PostgreSQL {version} is ready on {}",
            socket_dir.display()
        );
        let running = Running {
            supervisor,
            _lock: lock,
            _guardian: guardian,
        };
        Ok(Self {
            version,
            socket_dir,
            running: Mutex::new(Some(running)),
        })
    }

    /// How to connect: through the socket, as the only user, to the only database. Written without a
    /// host part, which both libpq and strict URL parsers accept.
    pub fn database_url(&self) -> String {
        let host = percent_encode(&self.socket_dir);
        let name = cluster::NAME;
        format!("postgres:///{name}?host={host}&port={PORT}&user={name}")
    }

    /// The server's version, such as "15.18".
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The server's process, while there is one: after an unexpected death there is none for a
    /// moment, and then another.
    pub fn server_pid(&self) -> Option<u32> {
        self.running()
            .as_ref()
            .and_then(|running| running.supervisor.server_pid())
    }

    /// Ends the server, waits for its end and gives everything back. Open connections are cut, open
    /// transactions rolled back. A second call does nothing.
    pub fn stop(&self) {
        let Some(running) = self.running().take() else {
            return;
        };
        running.supervisor.end();
        log::info!(
            "private PostgreSQL on {} has ended",
            self.socket_dir.display()
        );
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes the data directory and, if the socket has to be elsewhere, its directory. What must not
/// outlive us gets a guardian, which makes it.
fn make_dirs(
    layout: &Layout,
    account: &Account,
    lifetime: Lifetime,
) -> Result<Option<Guardian>, EmbeddedError> {
    let outside = layout.outside_socket_dir();
    match lifetime {
        Lifetime::Temporary if layout.root.exists() => Err(EmbeddedError::NotFresh {
            dir: layout.root.clone(),
        }),
        Lifetime::Temporary => {
            let dirs: Vec<&Path> = std::iter::once(layout.root.as_path())
                .chain(outside)
                .collect();
            let guardian = Guardian::over(&dirs, Some(&layout.pid_file()))?;
            account.open_passage(&layout.root)?;
            Ok(Some(guardian))
        }
        Lifetime::Kept => {
            match fs::create_dir(&layout.root) {
                // Somebody chose its mode; whether that will do is checked later.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).attempt("make", &layout.root),
                Ok(()) => account.open_passage(&layout.root)?,
            }
            outside.map(|dir| Guardian::over(&[dir], None)).transpose()
        }
    }
}

/// The data directory as an absolute path without symbolic links, so that its parents can be
/// checked and its socket has one name. It may not exist yet; its parents do from here on.
fn resolve(data_dir: &Path) -> Result<PathBuf, EmbeddedError> {
    let absolute = std::path::absolute(data_dir).attempt("make absolute", data_dir)?;
    match fs::canonicalize(&absolute) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        resolved => return resolved.attempt("resolve", &absolute),
    }
    match (absolute.parent(), absolute.file_name()) {
        (Some(parent), Some(name)) => {
            fs::create_dir_all(parent).attempt("make", parent)?;
            let parent = fs::canonicalize(parent).attempt("resolve", parent)?;
            Ok(parent.join(name))
        }
        (Some(_) | None, None) | (None, Some(_)) => {
            Err(io::Error::from(io::ErrorKind::InvalidInput)).attempt("use", &absolute)
        }
    }
}

fn percent_encode(path: &Path) -> String {
    let encode = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(*byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    path.as_os_str().as_bytes().iter().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_url_keeps_every_byte() {
        assert_eq!(
            percent_encode(Path::new("/run/a b&c?é")),
            "%2Frun%2Fa%20b%26c%3F%C3%A9"
        );
    }
}
