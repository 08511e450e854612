//! When no server is started: what is said, and that nothing is touched.

use crate::harness::{connect, kept, place, temporary, write_row};
use baton::embedded::{EmbeddedError, EmbeddedPostgres, Options, Source};
use nix::unistd::geteuid;
use std::fs;
use std::os::unix::fs::PermissionsExt;

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
