//! A PostgreSQL of a test's own, to be stopped, frozen and killed.

use crate::baton_process::send;
use crate::machine::DEADLINE;
use baton::embedded::{Durability, EmbeddedPostgres, Lifetime, Options};
use nix::sys::signal::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A directory that the server's user can reach also when the tests run as root. It goes when no
/// server is left in it: one whose process was killed ends a little later.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// A new one.
pub fn place() -> Place {
    let dir = tempfile::Builder::new()
        .prefix("baton-faults-")
        .tempdir_in("/tmp")
        .unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    Place { dir }
}

impl Drop for Place {
    fn drop(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while !servers_below(self.path()).is_empty() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The server, and where it keeps its data.
pub struct PrivatePostgres {
    server: Option<EmbeddedPostgres>,
    data_dir: PathBuf,
    _place: Place,
}

impl PrivatePostgres {
    pub fn start() -> Self {
        let place = place();
        let mut postgres = Self {
            server: None,
            data_dir: place.path().join("data"),
            _place: place,
        };
        postgres.start_again();
        postgres
    }

    /// Starts it on the data it left; its URL is the same.
    pub fn start_again(&mut self) {
        let options = Options {
            durability: Durability::NoFsync,
            lifetime: Lifetime::Kept,
            ..Options::kept(&self.data_dir, None)
        };
        self.server = Some(EmbeddedPostgres::start(options).unwrap());
    }

    pub fn stop(&mut self) {
        self.server = None;
    }

    pub fn url(&self) -> String {
        self.server.as_ref().unwrap().database_url()
    }

    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().unwrap().server_pid()
    }

    /// Stops all of its processes where they are, the postmaster first, so that it starts no more.
    pub fn freeze(&self) -> Frozen {
        let postmaster = self.pid().unwrap();
        send(postmaster, Signal::SIGSTOP);
        let mut pids = children_of(postmaster);
        for pid in &pids {
            send(*pid, Signal::SIGSTOP);
        }
        pids.push(postmaster);
        Frozen(pids)
    }
}

/// Lets them go on when it goes.
pub struct Frozen(Vec<u32>);

impl Drop for Frozen {
    fn drop(&mut self) {
        for pid in &self.0 {
            send(*pid, Signal::SIGCONT);
        }
    }
}

/// The processes whose parent this is.
pub fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok()
}

/// Gone, or dead and waited for by nobody.
pub fn has_ended(pid: u32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat
            .rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with('Z')),
        Err(_) => true,
    }
}

/// The processes of any server that works on data below this directory.
pub fn servers_below(dir: &Path) -> Vec<u32> {
    let wanted = dir.to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let names = |pid: &u32| {
        let said = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&said).contains(wanted)
    };
    pids.filter(|pid| names(pid) && !has_ended(*pid) && *pid != std::process::id())
        .collect()
}
