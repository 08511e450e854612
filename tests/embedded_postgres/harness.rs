//! Places, connections, deadlines, and an owner to kill: this same binary run again, see [`Owner`].

use baton::embedded::{Durability, EmbeddedError, EmbeddedPostgres, Lifetime, Options, Source};
use diesel::dsl::sql;
use diesel::sql_types::{Integer, Text};
use diesel::{Connection, PgConnection, RunQueryDsl, select, sql_query};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for a loaded machine; nothing waits this long unless it fails.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A directory that the server's user can reach also when the tests run as root.
pub fn place() -> TempDir {
    let dir = tempfile::Builder::new()
        .prefix("baton-test-")
        .tempdir_in("/tmp")
        .unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// Kept data without waiting for the disk, from what is installed: never from the network.
pub fn kept(dir: &Path) -> Options {
    Options {
        durability: Durability::NoFsync,
        sources: vec![Source::Installed],
        ..Options::kept(dir, None)
    }
}

pub fn temporary(dir: &Path) -> Options {
    Options {
        lifetime: Lifetime::Temporary,
        ..kept(dir)
    }
}

pub fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

pub fn shown(conn: &mut PgConnection, setting: &str) -> String {
    select(sql::<Text>(&format!("current_setting('{setting}')")))
        .get_result(conn)
        .unwrap()
}

pub fn write_row(url: &str) {
    let conn = &mut connect(url);
    sql_query("CREATE TABLE IF NOT EXISTS kept (n integer)")
        .execute(conn)
        .unwrap();
    sql_query("INSERT INTO kept VALUES (1)")
        .execute(conn)
        .unwrap();
}

pub fn rows(url: &str) -> i32 {
    let count = sql::<Integer>("(SELECT count(*)::integer FROM kept)");
    select(count).get_result(&mut connect(url)).unwrap()
}

pub fn eventually(claim: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "not within {DEADLINE:?}: {claim}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub type Starting = JoinHandle<Result<EmbeddedPostgres, EmbeddedError>>;

pub fn start_in_background(options: Options) -> Starting {
    std::thread::spawn(move || EmbeddedPostgres::start(options))
}

/// A start that does not wait succeeds or fails well within this time; one that waits cannot end
/// in it, however slow the machine.
pub fn assert_still_waiting(starting: &Starting) {
    std::thread::sleep(Duration::from_secs(2));
    assert!(!starting.is_finished(), "the start did not wait");
}

/// Gone, or dead and waited for by nobody.
pub fn has_ended(pid: u32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat
            .rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with('Z')),
        Err(_) => kill(Pid::from_raw(pid.cast_signed()), None).is_err(),
    }
}

pub fn sigkill(pid: u32) {
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).unwrap();
}

/// A process that runs a server and is there to be killed.
pub struct Owner {
    pub process: Child,
    pub url: String,
    pub server_pid: u32,
    // The copied program, if another user has to run it.
    _program: Option<TempDir>,
}

impl Owner {
    pub fn start(lifetime: &str, dir: &Path) -> Self {
        Self::spawn(
            Command::new(std::env::current_exe().unwrap()),
            lifetime,
            dir,
            None,
        )
    }

    /// The target directory may be closed to other users, so they get a copy.
    pub fn start_as(user: &User, lifetime: &str, dir: &Path) -> Self {
        let copy = place();
        let program = copy.path().join("owner");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(program);
        command
            .uid(user.uid.as_raw())
            .gid(user.gid.as_raw())
            .current_dir("/");
        Self::spawn(command, lifetime, dir, Some(copy))
    }

    pub fn spawn(
        mut command: Command,
        lifetime: &str,
        dir: &Path,
        program: Option<TempDir>,
    ) -> Self {
        command.args(["--exact", "harness::owner_process", "--nocapture"]);
        command
            .env("BATON_TEST_OWNER", lifetime)
            .env("BATON_TEST_OWNER_DIR", dir);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let ready = lines
            .filter_map(|line| line.strip_prefix("ready ").map(str::to_owned))
            .next()
            .expect("the owner ended before its server was ready");
        let (server_pid, url) = ready.split_once(' ').unwrap();
        let (server_pid, url) = (server_pid.parse().unwrap(), url.to_owned());
        Self {
            process,
            url,
            server_pid,
            _program: program,
        }
    }

    pub fn sigkill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Does not wait until there is a server.
pub fn spawn_owner(command: &mut Command, lifetime: &str, dir: &Path) -> Child {
    command.args(["--exact", "harness::owner_process", "--nocapture"]);
    command
        .env("BATON_TEST_OWNER", lifetime)
        .env("BATON_TEST_OWNER_DIR", dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let deadline = Instant::now() + DEADLINE;
    loop {
        match command.spawn() {
            // A copied program counts as being written while a child that another test has just
            // forked still has its file open.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                assert!(Instant::now() < deadline, "{error}");
            }
            spawned => return spawned.unwrap(),
        }
    }
}

/// Not a test of its own: what [`Owner`] runs. Without its variable it has nothing to do.
#[test]
fn owner_process() {
    let Ok(lifetime) = std::env::var("BATON_TEST_OWNER") else {
        return;
    };
    let dir = PathBuf::from(std::env::var_os("BATON_TEST_OWNER_DIR").unwrap());
    let options = if lifetime == "temporary" {
        temporary(&dir)
    } else {
        kept(&dir)
    };
    let server = EmbeddedPostgres::start(options).unwrap();
    println!(
        "\nready {} {}",
        server.server_pid().unwrap(),
        server.database_url()
    );
    // Until killed; should the test end first, so does this.
    std::io::stdin().lines().for_each(drop);
}
