//! Signing in to the console, and everything that does not.

use crate::browsing::Browser;
use crate::world::{ADMIN_PASSWORD, Setup, World};
use baton::domain::time::Span;
use baton::service::sign_in::issue_link;
use diesel::RunQueryDsl;
use secrecy::ExposeSecret;

#[tokio::test]
async fn the_password_opens_the_console_and_signing_out_shuts_it() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let first = browser.get("/console").await;
    assert_eq!(first.status, 303);
    assert_eq!(first.location, "/console/sign-in?next=%2Fconsole");

    let mut browser = Browser::signed_in(&world).await;
    assert_eq!(browser.get("/console").await.status, 200);
    let kept = browser.clone();

    let out = browser.submit("/console", "/console/sign-out", &[]).await;
    assert_eq!(
        (out.status, out.location.as_str()),
        (303, "/console/sign-in")
    );
    assert!(
        browser
            .get("/console/sign-in")
            .await
            .says("You are signed out")
    );
    assert!(
        !browser
            .get("/console/sign-in")
            .await
            .says("You are signed out")
    );
    for mut anyone in [browser, kept] {
        assert_eq!(anyone.get("/console").await.status, 303);
    }
}

#[tokio::test]
async fn a_wrong_password_says_so_and_signs_nobody_in() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    for wrong in [
        "",
        "wrong",
        "correct horse kAnArI3nV0gL staple ",
        &"x".repeat(5_000),
    ] {
        let seen = browser.sign_in(wrong).await;
        assert_eq!(seen.status, 403, "{wrong:?}");
        assert!(seen.says("That is not the password."), "{}", seen.body);
        assert!(!browser.cookies.contains_key("baton_session"));
    }
}

#[tokio::test]
async fn after_five_wrong_passwords_the_right_one_waits_too_on_every_replica() {
    let world = World::start().await;
    let replica = World::start_on(world.database_url.clone(), Setup::default()).await;
    // All at once, so that counting and checking race.
    let tries = (0..12).map(|n| {
        let mut browser = Browser::new(if n % 2 == 0 { &world } else { &replica });
        async move { browser.sign_in("wrong").await.status }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [[403; 5].as_slice(), [429; 7].as_slice()].concat()
    );

    let mut browser = Browser::new(&world);
    let seen = browser.sign_in(ADMIN_PASSWORD).await;
    assert_eq!(seen.status, 429);
    assert!(seen.says("Too many wrong passwords. Try again in 15 minutes."));
    let wait: u64 = seen.headers["retry-after"].parse().unwrap();
    assert!((600..=900).contains(&wait), "{wait}");

    let age = "UPDATE sign_in_failures SET failed_at = failed_at - interval '15 minutes'";
    diesel::sql_query(age).execute(&mut world.sql()).unwrap();
    assert_eq!(browser.sign_in(ADMIN_PASSWORD).await.status, 303);
}

#[tokio::test]
async fn the_right_password_forgives_the_wrong_ones_before_it() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(browser.sign_in("wrong").await.status, 403);
        }
        assert_eq!(
            Browser::new(&world).sign_in(ADMIN_PASSWORD).await.status,
            303
        );
    }
}

#[tokio::test]
async fn a_link_signs_in_once_and_only_in_its_time() {
    let world = World::start().await;
    let link = issue_link(&world.service.store, Span::from_minutes(1))
        .await
        .unwrap();
    let path = format!("/console?once={}", link.expose_secret());
    let mut browser = Browser::new(&world);
    let seen = browser.get(&path).await;
    assert_eq!((seen.status, seen.location.as_str()), (303, "/console"));
    assert_eq!(browser.get("/console").await.status, 200);
    // Clicked again by who is signed in: the console, not an error.
    assert_eq!(browser.get(&path).await.location, "/console");

    let stale = issue_link(&world.service.store, Span::from_millis(-1))
        .await
        .unwrap();
    let stale = format!("/console?once={}", stale.expose_secret());
    for path in [path.as_str(), &stale, "/console?once=", "/console?once=%00"] {
        let mut other = Browser::new(&world);
        let seen = other.get(path).await;
        assert_eq!(seen.status, 403, "{path}");
        assert!(seen.says("This link no longer works"));
        assert_eq!(other.get("/console").await.status, 303, "{path}");
    }
}

#[tokio::test]
async fn of_many_who_use_a_link_at_once_one_is_signed_in() {
    let world = World::start().await;
    let link = issue_link(&world.service.store, Span::from_minutes(1))
        .await
        .unwrap();
    let path = format!("/console?once={}", link.expose_secret());
    let all = (0..16).map(|_| {
        let (mut browser, path) = (Browser::new(&world), path.clone());
        async move { browser.get(&path).await.status }
    });
    let statuses = futures_util::future::join_all(all).await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn the_way_on_after_signing_in_leads_nowhere_else() {
    let world = World::start().await;
    for (next, location) in [
        ("/console/portals/50001", "/console/portals/50001"),
        ("/hubspot/oauth/install", "/hubspot/oauth/install"),
        ("//evil.example", "/console"),
        ("https://evil.example/console", "/console"),
        ("/console/../../evil", "/console"),
        ("javascript:alert(1)", "/console"),
        ("/console\r\nX: y", "/console"),
    ] {
        let mut browser = Browser::new(&world);
        let fields = [("password", ADMIN_PASSWORD), ("next", next)];
        let seen = browser
            .submit("/console/sign-in", "/console/sign-in", &fields)
            .await;
        assert_eq!(
            (seen.status, seen.location.as_str()),
            (303, location),
            "{next:?}"
        );
    }
}

#[tokio::test]
async fn a_session_ends_with_its_time_with_idleness_and_with_the_password() {
    let world = World::start().await;
    for age in [
        "UPDATE sessions SET expires_at = now() - interval '1 ms'",
        "UPDATE sessions SET last_seen_at = now() - interval '12 hours'",
        // What the database keeps is not the cookie.
        "UPDATE sessions SET session_sha256 = sha256(session_sha256)",
    ] {
        let mut browser = Browser::signed_in(&world).await;
        assert_eq!(browser.get("/console").await.status, 200);
        diesel::sql_query(age).execute(&mut world.sql()).unwrap();
        assert_eq!(browser.get("/console").await.status, 303, "{age}");
    }

    let mut browser = Browser::signed_in(&world).await;
    let other = Setup {
        admin_password: "another password altogether",
        ..Setup::default()
    };
    let restarted = World::start_on(world.database_url.clone(), other).await;
    let mut later = Browser::new(&restarted);
    later.cookies = browser.cookies.clone();
    assert_eq!(later.get("/console").await.status, 303);
    assert_eq!(browser.get("/console").await.status, 200);
}

#[tokio::test]
async fn behind_https_cookies_are_for_this_host_alone_and_links_keep_the_prefix() {
    let world = World::start_with(Setup {
        public_url: Some("https://baton.example/behind"),
        ..Setup::default()
    })
    .await;
    let mut browser = Browser::new(&world);
    let seen = browser.sign_in(ADMIN_PASSWORD).await;
    assert_eq!(seen.location, "/behind/console");
    let cookie = seen
        .set_cookies
        .iter()
        .find(|c| c.contains("session"))
        .unwrap();
    assert!(cookie.starts_with("__Host-baton_session="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    let home = browser.get("/behind/console").await;
    assert_eq!(home.status, 200);
    assert!(home.says("href=\"/behind/console/style.css\""));
    assert!(!home.says("href=\"/console"));
    browser.cookies.clear();
    let seen = browser.get("/behind/console?x=y").await;
    assert_eq!(
        seen.location,
        "/behind/console/sign-in?next=%2Fconsole%3Fx%3Dy"
    );
}

#[tokio::test]
async fn every_page_forbids_scripts_frames_and_copies() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    for path in [
        "/console",
        "/console/sign-in",
        "/console/nothing",
        "/console/sign-out",
    ] {
        let seen = browser.get(path).await;
        let policy = &seen.headers["content-security-policy"];
        assert!(
            policy.starts_with("default-src 'none';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(seen.headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(seen.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(seen.headers["cache-control"], "no-store", "{path}");
        for forbidden in ["<script", " style=", "onclick", "http://", "https://"] {
            assert!(!seen.says(forbidden), "{path} has {forbidden}");
        }
    }
    let style = browser.get("/console/style.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert!(!style.says("url("));
}
