//! The pages: escaped, without scripts or outside resources, and their buttons work.

use crate::receiver::Receiver;
use crate::world::{CUSTOMER, REQUIRED, World, install_url};

#[tokio::test]
async fn pages_need_no_script_and_nothing_from_outside() {
    let world = World::start().await;
    world.install(CUSTOMER).await;
    for path in [
        "/".to_owned(),
        install_url(REQUIRED, "files"),
        install_url("", ""),
    ] {
        let page = world.get(&path).await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        for refused in ["<script", "javascript:", "src=", "@import", "<link", "url("] {
            assert!(!page.text.contains(refused), "{path}: {refused}");
        }
        for needed in [
            "lang=\"en\"",
            "name=\"viewport\"",
            "<title>",
            "prefers-color-scheme:dark",
        ] {
            assert!(page.text.contains(needed), "{path}: {needed}");
        }
    }
}

#[tokio::test]
async fn the_consent_page_says_what_is_asked_for_in_plain_words() {
    let world = World::start().await;
    let page = world.get(&install_url(REQUIRED, "files")).await.text;
    for needed in [
        "Connect Baton to HubSpot",
        "Acme Support",
        "Ada Admin",
        "may not install apps",
        "Read and change tickets",
        "conversations.read",
        "Read and upload files",
        "Connect app",
        "Cancel",
    ] {
        assert!(page.contains(needed), "{needed}: {page}");
    }
    assert!(!page.contains("without a description"));
}

#[tokio::test]
async fn what_the_link_says_is_escaped() {
    let world = World::start().await;
    let evil = "\"><img src=x onerror=alert(1)>";
    let scope = format!("{REQUIRED} {evil}");
    let state = install_url(REQUIRED, "").replace("a+state", "%22%3E%3Cimg%20src=x%3E");
    for path in [install_url(&scope, ""), state, format!("/?x={evil}")] {
        let page = world.get(&path).await;
        assert!(!page.text.contains("<img"), "{path}: {}", page.text);
    }
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_chosen_on_the_front_page_and_said_there() {
    let world = World::start().await;
    let calm = "Every webhook arrives once, in order, and reads are up to date.";
    assert!(world.get("/").await.text.contains(calm));
    for (button, says) in [
        ("lose", "Every webhook: lost."),
        ("lose-half", "50 % of the webhooks: lost."),
        ("repeat", "Every webhook: delivered 3 times."),
        ("shuffle", "Every webhook: shuffled within 10000 ms."),
        ("lag", "Reads show what was 20 s ago."),
    ] {
        let pressed = world.form(&format!("/_simulator/page/{button}"), &[]).await;
        assert_eq!(pressed.status, 303, "{button}");
        let page = world.get("/").await.text;
        assert!(page.contains(says), "{button}: {page}");
        assert!(!page.contains(calm), "{button}");
    }

    world.form("/_simulator/page/calm", &[]).await;

    assert!(world.get("/").await.text.contains(calm));
}

#[tokio::test]
async fn a_lost_webhook_and_one_that_was_taken_show_on_the_front_page() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    world.install(CUSTOMER).await;
    world.hubspot.serve_at(&receiver.url);
    world.form("/_simulator/page/lose", &[]).await;
    let close = "/inbox/50001/7001/close";
    world.form(close, &[]).await;
    let page = world.get("/").await.text;
    assert!(page.contains("conversation.propertyChange 7001"), "{page}");
    assert!(page.contains(">lost<"));
    world.form("/_simulator/page/calm", &[]).await;
    world.form("/inbox/50001/7001/reopen", &[]).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !world.get("/").await.text.contains("200 in ") {
        assert!(std::time::Instant::now() < deadline, "never delivered");
    }
}

#[tokio::test]
async fn the_buttons_of_the_front_page_do_what_they_say() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let owners = || world.call("GET", "/crm/owners/2026-03", &tokens.access);
    let world = &world;
    let press = |button: &'static str| async move {
        let path = format!("/_simulator/page/{button}");
        let answer = world.form(&path, &[]).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/"),
            "{button}"
        );
    };

    press("unreachable").await;
    let broken = world.request("GET", "/crm/owners/2026-03").send().await;
    assert!(broken.is_err());
    assert!(world.get("/").await.text.contains("Misbehaves"));
    press("heal").await;
    assert_eq!(owners().await.status, 200);

    press("expire/50001").await;
    assert_eq!(owners().await.field("category"), "EXPIRED_AUTHENTICATION");
    press("revoke/50001").await;
    assert_eq!(world.refresh(&tokens.refresh).await.status, 400);
    press("uninstall/50001").await;
    assert!(!world.hubspot.is_installed(CUSTOMER));
    assert!(!world.get("/").await.text.contains("The app is installed"));
    assert_eq!(
        world.form("/_simulator/page/explode", &[]).await.status,
        404
    );
}
