//! What is left when a server, its owner or both are killed: nothing, and the data.

use crate::harness::{
    Owner, assert_still_waiting, connect, eventually, has_ended, kept, place, rows, sigkill,
    spawn_owner, start_in_background, temporary, write_row,
};
use baton::embedded::EmbeddedPostgres;
use diesel::dsl::sql;
use diesel::sql_types::Integer;
use diesel::{Connection, PgConnection, RunQueryDsl, select};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

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

/// Where a first start was killed while initdb was at work, or a little later.
fn first_start_killed() -> TempDir {
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
    place
}

#[test]
fn a_first_start_killed_half_way_is_no_obstacle() {
    // A test that waits for its turn may look too late: then it was no start half way.
    let half_way = (0..10).map(|_| first_start_killed());
    let mut half_way = half_way.filter(|place| !place.path().join("data/postgres").exists());
    let place = half_way.next().expect("initdb was always done first");
    let dir = place.path().join("data");

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
