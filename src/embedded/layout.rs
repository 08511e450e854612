//! Where everything is inside a data directory, and where the socket is when that is too deep.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// `sun_path` has 104 bytes on macOS and 108 on Linux, the last one zero.
const SOCKET_PATH_LIMIT_BYTES: usize = 103;

/// No TCP port is opened, but the socket is named after one. Said to client and server alike, so
/// that a PGPORT in the environment changes nothing.
pub(super) const PORT: u16 = 5432;

/// Short, and on every system.
const SHORT_PLACE: &str = "/tmp";

/// The paths of one private PostgreSQL.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The data directory.
    pub(super) root: PathBuf,
    /// Where the socket is.
    pub(super) socket_dir: PathBuf,
}

impl Layout {
    /// `root` is absolute and without symbolic links.
    pub(super) fn new(root: PathBuf) -> Self {
        let inside = root.join("run");
        let name_bytes = format!("/.s.PGSQL.{PORT}").len();
        let fits = inside.as_os_str().len() + name_bytes <= SOCKET_PATH_LIMIT_BYTES;
        let socket_dir = if fits { inside } else { short_socket_dir() };
        Self { root, socket_dir }
    }

    /// PostgreSQL's own directory.
    pub(super) fn cluster(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// What the server said.
    pub(super) fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// The lock of the data directory.
    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("baton.lock")
    }

    /// Where the server says who it is and whether it is ready.
    pub(super) fn pid_file(&self) -> PathBuf {
        self.cluster().join("postmaster.pid")
    }

    /// The socket directory, if it had to go elsewhere: someone has to remove it.
    pub(super) fn outside_socket_dir(&self) -> Option<&Path> {
        (!self.socket_dir.starts_with(&self.root)).then_some(self.socket_dir.as_path())
    }
}

/// A name nobody has yet; whoever makes the directory fails if somebody does.
fn short_socket_dir() -> PathBuf {
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_nanos());
    Path::new(SHORT_PLACE).join(format!("baton-{}-{nanos:x}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_data_directory_holds_its_socket() {
        let layout = Layout::new(PathBuf::from("/var/lib/baton"));
        assert_eq!(layout.socket_dir, Path::new("/var/lib/baton/run"));
        assert_eq!(layout.outside_socket_dir(), None);
    }

    #[test]
    fn the_longest_socket_path_that_fits_stays_inside() {
        // "/run/.s.PGSQL.5432" has 18 bytes.
        let root_of = |bytes: usize| PathBuf::from(format!("/{}", "d".repeat(bytes - 1)));
        assert!(Layout::new(root_of(85)).outside_socket_dir().is_none());
        assert!(Layout::new(root_of(86)).outside_socket_dir().is_some());
    }

    #[test]
    fn a_socket_outside_has_a_short_path() {
        let layout = Layout::new(PathBuf::from(format!("/{}", "d".repeat(300))));
        let socket = layout.socket_dir.join(format!(".s.PGSQL.{PORT}"));
        assert!(socket.as_os_str().len() <= SOCKET_PATH_LIMIT_BYTES);
    }
}
