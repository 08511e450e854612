//! The environment over the settings file, and secrets in files.

use super::world::{mistakes_in, source};
use baton::config::source::Source;
use baton::config::{Settings, table};
use secrecy::ExposeSecret;
use std::io;
use std::path::Path;

/// The files of these tests, by name.
fn files(path: &Path) -> io::Result<String> {
    let text = match path.to_str().unwrap() {
        "/srv/baton.env" => {
            "export BATON_LISTEN=\"127.0.0.1:1\" # here\nBATON_WRITERS=3\nOTHER=x\n"
        }
        "/srv/secrets.env" => {
            "HUBSPOT_CLIENT_SECRET_FILE=/run/secret\nDATABASE_URL=postgres://file\n"
        }
        "/srv/both.env" => "HUBSPOT_CLIENT_SECRET=a\nHUBSPOT_CLIENT_SECRET_FILE=/run/secret\n",
        "/srv/wrong.env" => {
            "hunter2\nBATON_LISTN=hunter2\nDATABSE_URL=hunter2\nBATON_CONFIG=x\nBATON_WRITERS=99\n"
        }
        "/run/secret" => "from-file\r\n\n",
        "/run/empty" => "\n",
        "/run/spaced" => " hunter2\n",
        _ => return Err(io::ErrorKind::PermissionDenied.into()),
    };
    Ok(text.to_owned())
}

fn with_files(variables: &[(&str, &str)]) -> Source {
    Source {
        read_file: files,
        ..source(variables)
    }
}

#[track_caller]
fn read(variables: &[(&str, &str)]) -> Settings {
    Settings::read(&with_files(variables), &[]).unwrap()
}

#[test]
fn the_environment_wins_over_the_file() {
    let settings = read(&[("BATON_CONFIG", "baton.env"), ("BATON_WRITERS", "4")]);
    assert_eq!(settings.http.listen.port(), 1);
    assert_eq!(settings.writers.count, 4);
}

#[test]
fn an_empty_variable_does_not_hide_the_file() {
    let settings = read(&[("BATON_CONFIG", "baton.env"), ("BATON_WRITERS", "")]);
    assert_eq!(settings.writers.count, 3);
}

#[test]
fn a_secret_in_the_environment_hides_both_of_its_forms_in_the_file() {
    let settings = read(&[
        ("BATON_CONFIG", "secrets.env"),
        ("HUBSPOT_CLIENT_SECRET", "from-env"),
    ]);
    assert_eq!(
        settings.hubspot.client_secret.unwrap().expose_secret(),
        "from-env"
    );
    assert_eq!(
        settings.database.url.unwrap().expose_secret(),
        "postgres://file"
    );
}

#[test]
fn every_secret_is_read_from_its_file_without_the_line_break() {
    let settings = read(&[("HUBSPOT_CLIENT_SECRET_FILE", "/run/secret")]);
    assert_eq!(
        settings.hubspot.client_secret.unwrap().expose_secret(),
        "from-file"
    );
    for secret in table::all().filter(|setting| setting.is_secret) {
        let name = format!("{}_FILE", secret.name);
        let told = mistakes_in(&with_files(&[(&name, "/none")]));
        assert!(
            told.starts_with(&format!(
                "{name}: expected a file that can be read; /none: "
            )),
            "{told}"
        );
    }
}

#[test]
fn the_secrets_are_those_that_the_design_names() {
    let secrets: Vec<&str> = table::all()
        .filter(|s| s.is_secret)
        .map(|s| s.name)
        .collect();
    let expected = [
        "DATABASE_URL",
        "HUBSPOT_CLIENT_SECRET",
        "HUBSPOT_CLIENT_SECRET_PREVIOUS",
        "BATON_API_KEYS",
        "BATON_ADMIN_PASSWORD",
        "BATON_ADMIN_PASSWORD_HASH",
        "BATON_ENCRYPTION_KEYS",
        "BATON_AI_WEBHOOK_SECRET",
    ];
    assert_eq!(secrets, expected);
}

#[test]
fn a_required_secret_may_come_from_a_file() {
    let source = with_files(&[("HUBSPOT_CLIENT_SECRET_FILE", "/run/secret")]);
    assert!(Settings::read(&source, &[&table::HUBSPOT_CLIENT_SECRET]).is_ok());
}

#[test]
fn a_secret_given_twice_in_one_place_is_a_mistake() {
    let told = mistakes_in(&with_files(&[
        ("HUBSPOT_CLIENT_SECRET", "a"),
        ("HUBSPOT_CLIENT_SECRET_FILE", "/run/secret"),
    ]));
    assert_eq!(
        told,
        "HUBSPOT_CLIENT_SECRET: expected either it or HUBSPOT_CLIENT_SECRET_FILE, not both"
    );
    let told = mistakes_in(&with_files(&[("BATON_CONFIG", "both.env")]));
    assert!(told.contains("not both"), "{told}");
}

#[test]
fn a_secrets_file_that_holds_nothing_useful_is_a_mistake() {
    let told = mistakes_in(&with_files(&[("DATABASE_URL_FILE", "/run/empty")]));
    assert_eq!(
        told,
        "DATABASE_URL_FILE: expected a file that is not empty; /run/empty is"
    );
    let told = mistakes_in(&with_files(&[(
        "HUBSPOT_CLIENT_SECRET_FILE",
        "/run/spaced",
    )]));
    assert!(
        told.starts_with("HUBSPOT_CLIENT_SECRET: expected one word"),
        "{told}"
    );
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_settings_file_that_cannot_be_read_is_a_mistake_beside_the_others() {
    let told = mistakes_in(&with_files(&[
        ("BATON_CONFIG", "none.env"),
        ("BATON_WRITERS", "99"),
    ]));
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].starts_with("BATON_CONFIG: expected a settings file that can be read; none.env: "),
        "{told}"
    );
    assert!(lines[1].starts_with("BATON_WRITERS="), "{told}");
}

#[test]
fn wrong_lines_wrong_names_and_wrong_values_of_the_file_are_all_reported() {
    let told = mistakes_in(&with_files(&[("BATON_CONFIG", "wrong.env")]));
    let expected = [
        "BATON_CONFIG line 1: expected NAME=value, or # before a comment",
        "BATON_CONFIG: expected to find it in the environment, not in the file it names",
        "BATON_LISTN: expected a known name; did you mean BATON_LISTEN?",
        "DATABSE_URL: expected a known name; did you mean DATABASE_URL?",
        "BATON_WRITERS=\"99\": expected a whole number from 1 to 16",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
}
