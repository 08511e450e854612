//! Every way a value can be wrong, and what its owner is told.

use super::world::{mistakes, mistakes_in, source};
use baton::config::mistake::EXIT_CONFIG;
use baton::config::{Settings, hubspot, table};
use std::os::unix::ffi::OsStringExt;

#[test]
fn a_wrong_value_is_named_shown_and_answered_with_what_was_expected() {
    let long_name = "x".repeat(41);
    for (name, value, expected) in [
        ("BATON_LISTEN", "8080", "an address and a port"),
        ("BATON_LISTEN", "localhost:8080", "an address and a port"),
        ("BATON_LISTEN", "127.0.0.1:65536", "an address and a port"),
        ("BATON_PUBLIC_URL", "example.com", "a URL like"),
        ("BATON_PUBLIC_URL", "ftp://example.com", "a URL like"),
        ("BATON_PUBLIC_URL", "https://", "a URL like"),
        ("BATON_PUBLIC_URL", "https:example.com", "a URL like"),
        ("BATON_PUBLIC_URL", "https:\\\\example.com", "a URL like"),
        ("BATON_PUBLIC_URL", "https://exam\tple.com", "a URL like"),
        (
            "BATON_PUBLIC_URL",
            "https://example.com:99999",
            "a URL like",
        ),
        ("BATON_WRITERS", "0", "a whole number from 1 to 16"),
        ("BATON_WRITERS", "17", "a whole number from 1 to 16"),
        ("BATON_WRITERS", "+2", "a whole number from 1 to 16"),
        ("BATON_WRITERS", "two", "a whole number from 1 to 16"),
        ("BATON_DATA_DIR", "~/baton", "a path without ~"),
        ("BATON_PG_BIN_DIR", "~/pg/bin", "a path without ~"),
        ("HUBSPOT_APP_ID", "0", "a positive whole number"),
        ("HUBSPOT_APP_ID", "-1", "a positive whole number"),
        ("HUBSPOT_APP_ID", "app", "a positive whole number"),
        ("HUBSPOT_CLIENT_ID", "two words", "one word"),
        ("HUBSPOT_MIN_SIGNATURE", "v1", "v2 or v3"),
        ("HUBSPOT_MIN_SIGNATURE", "none", "v2 or v3"),
        ("HUBSPOT_WEBHOOKS_ACCEPT_V1", "yes", "true or false"),
        ("HUBSPOT_API_URL", "api.hubapi.com", "a URL like"),
        ("HUBSPOT_AUTH_URL", "//app.hubspot.com", "a URL like"),
        (
            "BATON_ALLOWED_PORTALS",
            "62515,*",
            "portal ids separated by commas, or * alone",
        ),
        (
            "BATON_ALLOWED_PORTALS",
            "62515,",
            "portal ids separated by commas",
        ),
        (
            "BATON_ALLOWED_PORTALS",
            "all",
            "portal ids separated by commas",
        ),
        (
            "BATON_ALLOWED_PORTALS",
            "0",
            "portal ids separated by commas",
        ),
        (
            "BATON_RETURN_URL_HOSTS",
            "https://example.com",
            "host names separated by commas",
        ),
        (
            "BATON_RETURN_URL_HOSTS",
            "example.com:443",
            "host names separated by commas",
        ),
        (
            "BATON_RETURN_URL_HOSTS",
            "*.example.com",
            "host names separated by commas",
        ),
        (
            "BATON_RETURN_URL_HOSTS",
            "example.com,,b.c",
            "host names separated by commas",
        ),
        (
            "BATON_AI_NAME",
            &long_name,
            "a name of at most 40 characters",
        ),
        ("BATON_AI_NAME", "A\nI", "a name of at most 40 characters"),
        (
            "BATON_AI_ALLOWED_RANGES",
            "10.1.2.3/8",
            "the first address of its range, 10.0.0.0/8",
        ),
        (
            "BATON_AI_ALLOWED_RANGES",
            "localhost",
            "addresses or ranges",
        ),
        ("RUST_LOG", "inof", "a level"),
        ("RUST_LOG", "info,baton=loud", "a level"),
        ("RUST_LOG", "info,=debug", "a level"),
        ("BATON_LOG_FORMAT", "JSON5", "text or json"),
    ] {
        let told = mistakes(&[(name, value)]);
        assert!(
            told.starts_with(&format!("{name}={value:?}: expected {expected}")),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_wrong_secret_is_named_but_never_shown() {
    let too_short = format!("k:{}", "Q".repeat(40));
    let right = format!("k:{}=", "A".repeat(43));
    let same_id = format!("{right},k:{}QA=", "A".repeat(41));
    let same_key = format!("{right},l:{}=", "A".repeat(43));
    for (name, value, expected) in [
        (
            "DATABASE_URL",
            "mysql://hunter2@host/db",
            "a URL like postgres://",
        ),
        ("DATABASE_URL", "postgres://", "a URL like postgres://"),
        (
            "DATABASE_URL",
            "postgres://u:hunter 2@host/db",
            "a URL like postgres://",
        ),
        (
            "DATABASE_URL",
            "host=x password=hunter2",
            "a URL like postgres://",
        ),
        ("HUBSPOT_CLIENT_SECRET", "hunter2 ", "one word"),
        ("HUBSPOT_CLIENT_SECRET", "húnter2", "one word"),
        ("HUBSPOT_CLIENT_SECRET_PREVIOUS", "hunter2\n", "one word"),
        (
            "BATON_API_KEYS",
            "hunter2",
            "keys of 16 characters or more (entry 1)",
        ),
        (
            "BATON_API_KEYS",
            "hunter2-hunter2-1,",
            "keys of 16 characters or more (entry 2)",
        ),
        (
            "BATON_API_KEYS",
            "hunter2-hunter2-1@x",
            "a portal's id after @ (entry 1)",
        ),
        (
            "BATON_API_KEYS",
            "hunter2-hunter2-1@",
            "a portal's id after @ (entry 1)",
        ),
        (
            "BATON_API_KEYS",
            "hunter2-hunter2-1@0",
            "a portal's id after @ (entry 1)",
        ),
        (
            "BATON_API_KEYS",
            "hunter2-hunter2-1:root",
            "nothing or :admin after a key (entry 1)",
        ),
        (
            "BATON_API_KEYS",
            "hunter2-hunter2-1:admin@7",
            "nothing or :admin after a key",
        ),
        (
            "BATON_API_KEYS",
            "hunter2 hunter2 1",
            "keys of letters, digits and -._~+/= (entry 1)",
        ),
        (
            "BATON_API_KEYS",
            "hunter2-hunter2-1,hunter2-hunter2-1@7",
            "every key only once (entry 2)",
        ),
        ("BATON_ADMIN_PASSWORD", "hunter2", "12 characters or more"),
        (
            "BATON_ADMIN_PASSWORD",
            "hunter2-hunter2 ",
            "no spaces at its ends",
        ),
        ("BATON_ADMIN_PASSWORD_HASH", "hunter2-hunter2", "$argon2id$"),
        (
            "BATON_ADMIN_PASSWORD_HASH",
            "$argon2i$v=19$m=1,t=1,p=1$hunter2$hunter2",
            "$argon2id$",
        ),
        (
            "BATON_ADMIN_PASSWORD_HASH",
            "$v=19$m=1,t=1,p=1$hunter2$hunter2",
            "$argon2id$",
        ),
        ("BATON_ENCRYPTION_KEYS", "hunter2", "id:base64 (entry 1)"),
        (
            "BATON_ENCRYPTION_KEYS",
            ":hunter2",
            "an id of at most 32 letters",
        ),
        ("BATON_ENCRYPTION_KEYS", "k:hunter2!", "a key in base64"),
        ("BATON_ENCRYPTION_KEYS", &too_short, "a key of 32 bytes"),
        (
            "BATON_ENCRYPTION_KEYS",
            &same_id,
            "every id only once (entry 2)",
        ),
        (
            "BATON_ENCRYPTION_KEYS",
            &same_key,
            "every key only once (entry 2)",
        ),
        (
            "BATON_AI_WEBHOOK_SECRET",
            "hunter2",
            "16 ASCII characters or more",
        ),
    ] {
        let told = mistakes(&[(name, value)]);
        let about_it = told
            .lines()
            .find(|line| line.starts_with(&format!("{name}: expected {expected}")));
        assert!(about_it.is_some(), "{name}={value}: {told}");
        assert!(
            !told.contains("hunter2") && !told.contains("AAAA"),
            "{told}"
        );
    }
}

#[test]
fn a_password_in_a_url_that_should_have_none_is_not_shown() {
    for (name, value, expected) in [
        (
            "BATON_PUBLIC_URL",
            "https://ann:hunter2@example.com",
            "a URL without user and password",
        ),
        (
            "BATON_PUBLIC_URL",
            "https://@example.com",
            "a URL without user and password",
        ),
        ("BATON_PUBLIC_URL", "https://ann:hunter2@", "a URL like"),
        (
            "BATON_PUBLIC_URL",
            "https://example.com?token=hunter2",
            "a URL without ?",
        ),
        (
            "BATON_PUBLIC_URL",
            "https://example.com/#hunter2",
            "a URL without #",
        ),
        ("HUBSPOT_API_URL", "https://x?hunter2", "a URL without ?"),
        (
            "BATON_AI_WEBHOOK_URL",
            "https://ann:hunter2@example.com",
            "a URL without user",
        ),
    ] {
        let told = mistakes(&[(name, value)]);
        assert!(
            told.starts_with(&format!("{name}: expected {expected}")),
            "{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn every_setting_of_the_table_is_read_and_checked() {
    for setting in table::all() {
        // U+0000 fits no setting.
        let told = mistakes(&[(setting.name, "\0")]);
        assert!(told.starts_with(setting.name), "{}: {told}", setting.name);
    }
}

#[test]
fn every_mistake_is_reported_at_once_one_per_line() {
    let told = mistakes(&[
        ("BATON_LISTEN", "x"),
        ("BATON_LISTN", "x"),
        ("BATON_WRITERS", "99"),
        ("DATABASE_URL", "x"),
        ("HUBSPOT_APP_ID", "x"),
        ("BATON_ALLOWED_PORTALS", "x"),
        ("BATON_API_KEYS", "x"),
        ("BATON_ENCRYPTION_KEYS", "x"),
        ("BATON_ADMIN_PASSWORD", "x"),
        ("BATON_AI_NAME", "\u{7}"),
        ("BATON_LOG_FORMAT", "x"),
    ]);
    let names: Vec<&str> = told
        .lines()
        .filter_map(|line| line.split([':', '=']).next())
        .collect();
    let expected = [
        "BATON_LISTN",
        "BATON_LISTEN",
        "DATABASE_URL",
        "HUBSPOT_APP_ID",
        "BATON_ALLOWED_PORTALS",
        "BATON_API_KEYS",
        "BATON_AI_NAME",
        "BATON_ENCRYPTION_KEYS",
        "BATON_ADMIN_PASSWORD",
        "BATON_WRITERS",
        "BATON_LOG_FORMAT",
    ];
    assert_eq!(names, expected, "{told}");
}

#[test]
fn what_a_command_requires_is_reported_together_with_the_rest() {
    let source = source(&[("BATON_WRITERS", "99")]);

    let told = Settings::read(&source, hubspot::REQUIRED_FOR_SERVE)
        .unwrap_err()
        .to_string();

    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(
        lines[0].starts_with("HUBSPOT_CLIENT_SECRET is not set: "),
        "{told}"
    );
    assert!(
        lines[1].starts_with("BATON_ENCRYPTION_KEYS is not set: "),
        "{told}"
    );
    assert!(lines[2].starts_with("BATON_WRITERS="), "{told}");
}

#[test]
fn a_required_setting_that_is_wrong_is_reported_once() {
    let source = source(&[("HUBSPOT_CLIENT_SECRET", "two words")]);
    let told = Settings::read(&source, &[&table::HUBSPOT_CLIENT_SECRET]).unwrap_err();
    assert_eq!(told.iter().count(), 1, "{told}");
}

#[test]
fn a_default_satisfies_a_requirement() {
    assert!(Settings::read(&source(&[]), &[&table::LISTEN]).is_ok());
}

#[test]
fn serve_without_the_client_secret_is_told_which_setting_is_missing() {
    let told = super::world::settings(&[])
        .hubspot
        .required_for_serve()
        .unwrap_err()
        .to_string();
    assert!(
        told.starts_with("HUBSPOT_CLIENT_SECRET is not set: "),
        "{told}"
    );
}

#[test]
fn settings_that_belong_together_are_checked_together() {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
    for (variables, expected) in [
        (
            &[("HUBSPOT_CLIENT_SECRET_PREVIOUS", "old")][..],
            "HUBSPOT_CLIENT_SECRET_PREVIOUS: expected HUBSPOT_CLIENT_SECRET beside it",
        ),
        (
            &[
                ("HUBSPOT_CLIENT_SECRET", "a"),
                ("HUBSPOT_CLIENT_SECRET_PREVIOUS", "a"),
            ],
            "HUBSPOT_CLIENT_SECRET_PREVIOUS: expected another secret",
        ),
        (
            &[
                ("BATON_ADMIN_PASSWORD", "correct horse"),
                ("BATON_ADMIN_PASSWORD_HASH", hash),
            ],
            "BATON_ADMIN_PASSWORD: expected either it or",
        ),
        (
            &[("BATON_AI_WEBHOOK_URL", "https://x")],
            "BATON_AI_WEBHOOK_SECRET is not set",
        ),
        (
            &[("BATON_AI_WEBHOOK_SECRET", "0123456789abcdef")],
            "BATON_AI_WEBHOOK_URL is not set",
        ),
    ] {
        let told = mistakes(variables);
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_long_or_strange_value_stays_one_short_line() {
    let told = mistakes(&[(
        "BATON_LISTEN",
        &format!("a\nb\u{1b}[31m{}", "x".repeat(5_000)),
    )]);
    assert_eq!(told.lines().count(), 1);
    assert!(told.len() < 300 && !told.contains('\u{1b}'), "{told}");
}

#[test]
fn a_value_that_is_not_unicode_is_a_mistake() {
    let mut source = source(&[]);
    source.variables.insert(
        "BATON_LISTEN".into(),
        OsStringExt::from_vec(vec![0xff, 0xfe]),
    );
    assert_eq!(mistakes_in(&source), "BATON_LISTEN: expected text in UTF-8");
}

#[test]
fn the_exit_code_is_the_one_documented() {
    assert_eq!(EXIT_CONFIG, 78);
}
