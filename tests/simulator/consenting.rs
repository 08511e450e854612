//! The consent page: who gets a code, and which mistakes HubSpot keeps to itself.

use crate::world::{
    CALLBACK, CUSTOMER, EUROPEAN, REQUIRED, STARTER, World, encoded, install_url, parameter, tokens,
};
use baton::simulator::demo_world::CLIENT_ID;

const ADMIN: &str = "50001:61000001";

#[tokio::test]
async fn connecting_sends_back_a_code_and_the_state_word_for_word() {
    let world = World::start().await;
    let url = install_url(REQUIRED, "");

    let answer = world
        .form(&url, &[("decision", "connect"), ("account", ADMIN)])
        .await;

    assert_eq!(answer.status, 302, "{}", answer.text);
    let location = answer.header("location");
    assert!(location.starts_with(&format!("{CALLBACK}?")), "{location}");
    assert_eq!(parameter(location, "state"), "a state & more");
    assert!(parameter(location, "code").starts_with("na1-"));
    assert_eq!(
        world.exchange(&parameter(location, "code")).await.status,
        200
    );
}

#[tokio::test]
async fn cancelling_sends_back_a_refusal_and_no_code() {
    let world = World::start().await;
    let fields = [("decision", "cancel"), ("account", ADMIN)];

    let answer = world.form(&install_url(REQUIRED, ""), &fields).await;

    let location = answer.header("location");
    assert_eq!(answer.status, 302);
    assert_eq!(parameter(location, "error"), "access_denied");
    assert_ne!(parameter(location, "error_description"), "");
    assert_eq!(parameter(location, "state"), "a state & more");
    assert_eq!(parameter(location, "code"), "");
}

#[tokio::test]
async fn a_query_of_the_redirect_url_is_kept() {
    let world = World::start().await;
    let redirect = "https://baton.example/callback?tenant=7";
    world.hubspot.register_redirect_url(redirect);
    let fields = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", redirect),
        ("scope", REQUIRED),
    ];
    let url = format!("/oauth/authorize?{}", encoded(&fields));

    let location = world.hubspot.approve(&url, CUSTOMER).unwrap();

    assert_eq!(parameter(&location, "tenant"), "7");
    assert_ne!(parameter(&location, "code"), "");
    assert!(!location.contains("state"), "{location}");
}

#[tokio::test]
async fn mistakes_in_the_link_are_shown_and_never_sent_back() {
    let world = World::start().await;
    let asked = |changed: (&str, &str)| {
        let fields = [
            ("client_id", CLIENT_ID),
            ("redirect_uri", CALLBACK),
            ("scope", REQUIRED),
            ("optional_scope", "files"),
        ];
        let changed =
            fields.map(|(name, value)| (name, if name == changed.0 { changed.1 } else { value }));
        format!("/oauth/authorize?{}", encoded(&changed))
    };
    let without_oauth = REQUIRED.replace("oauth ", "");
    let with_unknown = format!("{REQUIRED} crm.everything");
    let with_optional = format!("{REQUIRED} files");
    let twice = format!("{}&client_id={CLIENT_ID}", asked(("", "")));
    for (url, says) in [
        (asked(("client_id", "another")), "client_id"),
        (asked(("client_id", "")), "client_id"),
        (asked(("redirect_uri", "")), "redirect URL"),
        (
            asked(("redirect_uri", "https://evil.example/callback")),
            "redirect URL",
        ),
        (
            asked(("redirect_uri", &format!("{CALLBACK}/"))),
            "redirect URL",
        ),
        (
            asked(("redirect_uri", &format!("{CALLBACK}?x=1"))),
            "redirect URL",
        ),
        (
            asked(("redirect_uri", "javascript:alert(1)")),
            "redirect URL",
        ),
        (asked(("scope", "")), "insufficient scopes"),
        (asked(("scope", &without_oauth)), "insufficient scopes"),
        (asked(("scope", &with_unknown)), "crm.everything"),
        (asked(("scope", &with_optional)), "files"),
        (asked(("optional_scope", "tickets")), "optional_scope"),
        (asked(("optional_scope", "automation")), "optional_scope"),
        (
            asked(("optional_scope", "crm.everything")),
            "crm.everything",
        ),
        (twice, "twice"),
        ("/oauth/authorize".to_owned(), "client_id"),
        (asked(("", "")).replace("/oauth/", "/oauth/99/"), "account"),
        (asked(("", "")).replace("/oauth/", "/oauth/x/"), "account"),
    ] {
        let shown = world.get(&url).await;
        let decided = world
            .form(&url, &[("decision", "connect"), ("account", ADMIN)])
            .await;
        for answer in [shown, decided] {
            assert_eq!(
                (answer.status, answer.header("location")),
                (400, ""),
                "{url}"
            );
            assert!(answer.text.contains(says), "{url}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn who_may_not_install_is_told_so_and_never_sent_back() {
    let world = World::start().await;
    let with_workflows = format!("{REQUIRED} automation");
    for (scope, account, says) in [
        (REQUIRED, "50001:3892001", "permission to install"),
        (with_workflows.as_str(), "50002:62000001", "automation"),
        (REQUIRED, "50001:62000001", "cannot be opened"),
        (REQUIRED, "99:61000001", "cannot be opened"),
        (REQUIRED, "50001", "cannot be opened"),
        (REQUIRED, "", "cannot be opened"),
    ] {
        let url = install_url(scope, "");
        let fields = [("decision", "connect"), ("account", account)];
        let answer = world.form(&url, &fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (400, ""),
            "{account}"
        );
        assert!(answer.text.contains(says), "{account}: {}", answer.text);
    }
    let pinned = install_url(REQUIRED, "").replace("/oauth/", "/oauth/50003/");
    let other = world.form(&pinned, &[("decision", "connect"), ("account", ADMIN)]);
    assert_eq!(other.await.status, 400);
}

#[tokio::test]
async fn optional_scopes_that_the_plan_lacks_are_left_out_in_silence() {
    let world = World::start().await;
    let url = install_url(REQUIRED, "settings.users.teams.read files");
    for (portal, has_teams) in [(STARTER, false), (CUSTOMER, true)] {
        let code = parameter(&world.hubspot.approve(&url, portal).unwrap(), "code");
        let issued = world.exchange(&code).await;
        let scopes = issued.json()["scopes"].to_string();
        assert!(scopes.contains("\"files\""), "{scopes}");
        assert_eq!(scopes.contains("settings.users.teams.read"), has_teams);
        let token = tokens(&issued).access;
        let teams = world
            .call("GET", "/settings/users/2026-03/teams", &token)
            .await;
        assert_eq!(teams.status, if has_teams { 200 } else { 403 });
    }
}

#[tokio::test]
async fn a_pinned_link_offers_its_account_alone() {
    let world = World::start().await;
    let everybody = world.get(&install_url(REQUIRED, "")).await.text;
    assert!(everybody.contains("Beispiel GmbH") && everybody.contains("Corner Shop"));

    let pinned = install_url(REQUIRED, "").replace("/oauth/", "/oauth/50003/");
    let page = world.get(&pinned).await;

    assert_eq!(page.status, 200);
    assert!(page.text.contains("Beispiel GmbH") && !page.text.contains("Corner Shop"));
    let fields = [("decision", "connect"), ("account", "50003:63000001")];
    let answer = world.form(&pinned, &fields).await;
    let code = parameter(answer.header("location"), "code");
    let issued = world.exchange(&code).await;
    assert_eq!(issued.json()["hub_id"], EUROPEAN.0);
    assert!(issued.field("access_token").starts_with("eu1-"));
}
