//! `baton doctor` on installations: what would keep portals from connecting, each with its remedy.

use crate::world::{PORTAL, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use baton::simulator::demo_world;
use baton::simulator::hubspot::fault::Fault;
use std::process::Command;

/// What fails, and what was found, by the names of the checks.
fn examine(world: &World, changes: &[(&str, &str)]) -> (Vec<String>, serde_json::Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command
        .args(["doctor", "--json"])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .env("DATABASE_URL", &world.database_url)
        .env("BATON_PUBLIC_URL", "https://baton.example")
        .env(
            "BATON_ENCRYPTION_KEYS",
            format!(
                "world:{}",
                STANDARD.encode(crate::base::canary::secrets::ENCRYPTION_KEY)
            ),
        )
        .env("HUBSPOT_CLIENT_ID", demo_world::CLIENT_ID)
        .env("HUBSPOT_CLIENT_SECRET", crate::base::SECRET)
        .env("HUBSPOT_API_URL", world.hubspot.url());
    command.envs(changes.iter().copied());
    let output = command.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["passed"] == false);
    let names = failed.map(|check| {
        assert!(check["remedy"].is_string(), "{check}");
        check["name"].as_str().unwrap().to_owned()
    });
    // The tests' server does not wait for the disk.
    let names = names.filter(|name| name != "fsync").collect();
    (names, report)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_everything_in_place_nothing_of_hubspot_fails() {
    let world = World::start().await;
    world.connected(PORTAL).await;

    let (failed, report) = examine(&world, &[]);

    assert_eq!(failed, [""; 0], "{report}");
    let shown = report.to_string();
    assert!(
        shown.contains("https://baton.example/hubspot/oauth/callback"),
        "{shown}"
    );
    assert!(
        shown.contains("50001: connected, all required scopes granted"),
        "{shown}"
    );
    assert!(!shown.contains(crate::base::SECRET), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_is_wrong_is_named() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    let other_key = format!("world:{}", STANDARD.encode([8_u8; 32]));
    for (name, value, expected) in [
        ("HUBSPOT_CLIENT_SECRET", "wrong", "HubSpot credentials"),
        ("HUBSPOT_CLIENT_ID", "wrong", "HubSpot credentials"),
        (
            "HUBSPOT_API_URL",
            "http://127.0.0.1:9",
            "HubSpot credentials",
        ),
        ("BATON_ENCRYPTION_KEYS", &other_key, "stored credentials"),
    ] {
        let (failed, report) = examine(&world, &[(name, value)]);
        assert_eq!(failed, [expected], "{name}: {report}");
    }
    for public_url in ["http://baton.example", "https://192.0.2.1"] {
        let (failed, report) = examine(&world, &[("BATON_PUBLIC_URL", public_url)]);
        assert!(failed.contains(&"redirect URL".to_owned()), "{report}");
    }
    world.hubspot.add_fault(Fault::status(503));
    let (failed, report) = examine(&world, &[]);
    assert_eq!(failed, ["HubSpot credentials"], "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_died_is_named_with_the_way_back() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world.hubspot.uninstall(PORTAL);
    assert!(world.service.tokens.refresh_ahead(PORTAL).await.is_err());

    let (failed, report) = examine(&world, &[]);

    assert_eq!(failed, ["portal"], "{report}");
    assert!(
        report
            .to_string()
            .contains("50001: not connected any more (revoked)"),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_app_id_is_a_warning_and_no_failure() {
    let world = World::start().await;
    let check = |report: &serde_json::Value| {
        let checks = report["checks"].as_array().unwrap();
        let found = checks
            .iter()
            .find(|check| check["name"] == "HubSpot app id");
        found.expect("it is looked at").clone()
    };

    let (failed, without) = examine(&world, &[]);
    let (_, with) = examine(&world, &[("HUBSPOT_APP_ID", "2438001")]);

    assert_eq!(failed, [""; 0], "{without}");
    let warned = check(&without);
    assert_eq!(warned["passed"], true);
    assert!(
        warned["remedy"].as_str().unwrap().contains("another AI's"),
        "{warned}"
    );
    let fine = check(&with);
    assert_eq!(
        (&fine["found"], fine.get("remedy")),
        (&"2438001".into(), None)
    );
}
