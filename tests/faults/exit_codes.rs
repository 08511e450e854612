//! How commands end, and what they say, when something is wrong and when nothing is.

use crate::baton_process::{Running, SECRET, baton, demo, free_address, outcome, serve};
use crate::machine::{STOP, shared, until_ready};
use crate::private_postgres::place;
use crate::world::new_database;
use nix::sys::signal::Signal;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

const EX_CONFIG: i32 = 78;

fn on(database_url: &str, arguments: &[&str]) -> Command {
    let mut command = baton(arguments);
    command.env("DATABASE_URL", database_url);
    command
}

#[tokio::test]
async fn serve_without_a_client_secret_names_it() {
    let (code, out, err) = outcome(baton(&["serve"]));

    assert_eq!(code, Some(EX_CONFIG));
    assert!(err.contains("HUBSPOT_CLIENT_SECRET"), "{err}");
    assert!(err.contains("from its Auth page in HubSpot"), "{err}");
    let program = env!("CARGO_BIN_EXE_baton");
    for hint in ["doctor` checks all settings", "demo` needs none"] {
        assert!(err.contains(&format!("`{program} {hint}")), "{err}");
    }
    assert!(err.lines().all(|line| line.starts_with("baton: ")), "{err}");
    assert_eq!(out, "");
}

#[tokio::test]
async fn a_hint_names_the_program_that_runs() {
    let program = env!("CARGO_BIN_EXE_baton");
    let nobody = ["trigger", "pause-ai", "--url", "http://127.0.0.1:1"];

    let (code, _, err) = outcome(baton(&nobody));
    let mut by_cargo = baton(&nobody);
    by_cargo.env("CARGO", "/usr/bin/cargo");
    let (_, _, by_cargo) = outcome(by_cargo);

    assert_eq!(code, Some(1));
    assert!(err.contains(&format!("`{program} demo`")), "{err}");
    assert!(by_cargo.contains("`cargo run -- demo`"), "{by_cargo}");
}

#[tokio::test]
async fn a_listening_address_that_cannot_be_says_what_can() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (line, expected, said) in [
        (["demo", "--listen", "8085"], 2, "127.0.0.1:8085"),
        (
            ["demo", "--hubspot-listen", "x"],
            2,
            "for instance 127.0.0.1:8085",
        ),
        (["demo", "--hubspot-listen", "0.0.0.0:8090"], 1, "loopback"),
        (["simulate", "--listen", "8085"], 2, "127.0.0.1:8085"),
        (
            ["simulate", "--listen", taken.as_str()],
            1,
            "simulate --listen 127.0.0.1:0`",
        ),
        (
            ["demo", "--listen", taken.as_str()],
            1,
            "demo --listen 127.0.0.1:0`",
        ),
    ] {
        let (code, _, err) = outcome(baton(&line));

        assert_eq!(code, Some(expected), "{line:?}: {err}");
        assert!(err.contains(said), "{line:?}: {err}");
    }
}

#[tokio::test]
async fn a_list_of_no_keys_says_so() {
    let _machine = shared().await;

    let (code, out, err) = outcome(on(&new_database(), &["keys", "list"]));

    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("there are no keys here"), "{out}");
}

#[tokio::test]
async fn serve_without_an_encryption_key_says_how_to_make_one() {
    let mut command = serve("postgres:///x?host=/nonexistent&user=x", &free_address());
    command.env_remove("BATON_ENCRYPTION_KEYS");

    let (code, out, err) = outcome(command);

    assert_eq!(code, Some(EX_CONFIG));
    assert!(
        err.starts_with("baton: BATON_ENCRYPTION_KEYS is not set: "),
        "{err}"
    );
    assert!(err.contains("openssl rand -base64 32"), "{err}");
    assert_eq!((err.lines().count(), out.as_str()), (2, ""), "{err}");
}

#[tokio::test]
async fn every_mistake_is_named_at_once_and_no_secret_is_shown() {
    let mut command = baton(&["serve"]);
    command
        .env("BATON_LISTEN", "nowhere")
        .env("DATABASE_URL", "mysql://user:hunter2@host/x")
        .env("BATON_WRITERS", "many")
        .env("HUBSPOT_CLIENT_SECRET", "");

    let (code, _, err) = outcome(command);

    assert_eq!(code, Some(EX_CONFIG));
    for name in [
        "BATON_LISTEN",
        "DATABASE_URL",
        "BATON_WRITERS",
        "HUBSPOT_CLIENT_SECRET",
    ] {
        assert!(err.contains(name), "{name}: {err}");
    }
    assert!(!err.contains("hunter2"), "{err}");
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_sentence() {
    let _machine = shared().await;
    let url = new_database();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let (code, _, err) = outcome(serve(&url, &address));

    assert_eq!(code, Some(1));
    assert!(err.starts_with("baton: cannot listen on "), "{err}");
    assert!(
        err.contains(&address) && err.contains("BATON_LISTEN"),
        "{err}"
    );
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_one_clear_sentence() {
    let url = "postgres:///x?host=/nonexistent&user=x";

    let (code, _, err) = outcome(serve(url, &free_address()));

    assert_eq!(code, Some(1));
    assert!(
        err.starts_with("baton: the database is not available"),
        "{err}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_ends_in_order_in_the_middle_of_its_story() {
    let _machine = shared().await;
    let place = place();
    let (mut demo, _) = Running::start(demo(place.path())).unwrap();

    demo.signal(Signal::SIGINT);
    let status = demo.ends_within(STOP);

    assert!(status.success(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_data_is_refused() {
    let _machine = shared().await;
    let place = place();
    let (mut first, _) = Running::start(demo(place.path())).unwrap();

    let (code, _, err) = outcome(demo(place.path()));
    first.signal(Signal::SIGINT);
    let status = first.ends_within(STOP);

    assert_eq!(code, Some(1));
    assert!(err.contains("in use by another Baton process"), "{err}");
    assert!(status.success());
}

/// A demo that begins anew on the same data.
fn fresh_demo(data_dir: &Path) -> Command {
    let mut command = demo(data_dir);
    command.arg("--fresh");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_start_is_refused_while_a_demo_runs_and_leaves_its_data_alone() {
    let _machine = shared().await;
    let place = place();
    let (mut first, url) = Running::start(demo(place.path())).unwrap();
    let key = || fs::read(place.path().join("demo/encryption-key")).unwrap();
    let kept = key();

    let (code, _, err) = outcome(fresh_demo(place.path()));

    assert_eq!(code, Some(1));
    assert!(err.contains("in use by another Baton process"), "{err}");
    assert_eq!(key(), kept);
    until_ready(&url).await;
    first.printed("stop with Ctrl-C");
    first.signal(Signal::SIGINT);
    assert!(first.ends_within(STOP).success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_start_waits_for_the_server_of_a_killed_demo_and_forgets_its_data() {
    let _machine = shared().await;
    let place = place();
    let file = |name: &str| place.path().join("demo").join(name);
    let lock = || fs::metadata(file("baton.lock")).unwrap().ino();
    let (first, _) = Running::start(demo(place.path())).unwrap();
    let (key, held) = (fs::read(file("encryption-key")).unwrap(), lock());
    fs::write(file("left"), "behind").unwrap();
    first.sigkill();

    let (second, _) = Running::start(fresh_demo(place.path())).unwrap();

    assert_ne!(fs::read(file("encryption-key")).unwrap(), key);
    assert!(!file("left").exists());
    assert_eq!(
        lock(),
        held,
        "whoever waits for the lock waits for this one"
    );
    drop(second);
}

#[tokio::test]
async fn migrate_says_that_all_is_done_and_may_run_again() {
    let _machine = shared().await;
    let url = new_database();

    for _ in 0..2 {
        let (code, out, err) = outcome(on(&url, &["migrate"]));
        assert_eq!(code, Some(0), "{err}");
        assert_eq!(out, "the database is up to date\n");
    }
}

#[tokio::test]
async fn keys_are_made_listed_and_revoked() {
    let _machine = shared().await;
    let url = new_database();
    let create = [
        "keys",
        "create",
        "--name",
        "the platform",
        "--portal",
        "50001",
    ];

    let (code, made, err) = outcome(on(&url, &create));
    assert_eq!(code, Some(0), "{err}");
    let word_after = |text: &str, label: &str| {
        let line = text.lines().find(|line| line.starts_with(label)).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let (id, key) = (word_after(&made, "key id"), word_after(&made, "key  "));
    let listed = |url: &str| outcome(on(url, &["keys", "list"])).1;
    let before = listed(&url);
    assert!(
        before.contains(&id) && before.contains("the platform"),
        "{before}"
    );
    assert!(!before.contains(&key), "a key is shown twice");

    assert_eq!(outcome(on(&url, &["keys", "revoke", &id])).0, Some(0));
    assert!(listed(&url).contains("revoked"));
    let (code, _, err) = outcome(on(&url, &["keys", "revoke", &id]));
    assert_eq!(code, Some(1));
    assert!(err.contains(&id), "{err}");
}

#[tokio::test]
async fn doctor_reports_what_passes_and_what_fails() {
    let _machine = shared().await;
    let url = new_database();
    let mut command = on(&url, &["doctor", "--json"]);
    command
        .env("HUBSPOT_CLIENT_SECRET", SECRET)
        .env("BATON_PUBLIC_URL", "https://baton.example");

    let (code, out, err) = outcome(command);

    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let failed: Vec<_> = checks
        .iter()
        .filter(|check| check["passed"] == false)
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    // The tests' server does not wait for the disk, and its portal has no credentials.
    let expected = ["encryption keys", "HubSpot credentials", "fsync", "portal"];
    assert_eq!(failed, expected, "{err}");
    assert_eq!(code, Some(1));
    assert!(
        checks
            .iter()
            .all(|check| check["passed"] == true || check["remedy"].is_string())
    );
}

#[tokio::test]
async fn doctor_says_that_trying_out_needs_nothing_of_what_fails() {
    let (code, out, _) = outcome(on("postgres:///x?host=/nonexistent&user=x", &["doctor"]));

    assert_eq!(code, Some(1));
    let last = out.lines().last().unwrap_or_default();
    assert!(last.contains("To try Baton out, `"), "{out}");
    assert!(last.contains("demo` needs none of it"), "{out}");
    assert!(
        out.contains("Auth page") && !out.contains("Auth tab"),
        "{out}"
    );
}
