//! What an admin sees and changes of a portal in the console.

use crate::browsing::{Browser, Seen};
use crate::world::{PORTAL, STARTER, World};
use baton::domain::policy::Policies;
use baton::simulator::hubspot::fault::{Effect, Fault};
use diesel::connection::SimpleConnection;
use std::time::{Duration, Instant};

const PAGE: &str = "/console/portals/50001";

/// The page once it names the teammates: it does not wait long for HubSpot.
async fn with_teammates(admin: &mut Browser, mut page: Seen) -> Seen {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !page.says("Acme Assistant") {
        assert!(Instant::now() < deadline, "{}", page.body);
        page = admin.get(PAGE).await;
    }
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_shows_who_connected_what_and_no_token() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    let first = admin.get(PAGE).await;
    assert!(first.says("HubSpot connected."), "{}", first.body);
    let page = admin.get(PAGE).await;
    assert!(!page.says("HubSpot connected."), "a message is said once");
    let page = with_teammates(&mut admin, page).await;
    for words in [
        "acme-support.example",
        "North America (na1)",
        "ada@acme-support.example",
        "all 13 granted",
        "AI_SENDER_NOT_SET",
        "in 20 minutes",
        "Acme Assistant",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    assert!(!page.says("Gus Gone"), "archived");
    assert!(!page.says("Night queue"), "no person");
    assert!(admin.get("/console").await.says("choose an AI sender"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_is_thrown_and_thrown_back_and_audited() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    for (enabled, says, stored) in [
        ("false", "The AI is switched off.", "false"),
        ("true", "The AI is switched on.", "true"),
    ] {
        let path = format!("{PAGE}/ai-enabled");
        let done = admin.submit(PAGE, &path, &[("enabled", enabled)]).await;
        assert_eq!((done.status, done.location.as_str()), (303, PAGE));
        assert!(admin.get(PAGE).await.says(says));
        assert_eq!(world.texts("SELECT ai_enabled FROM portals"), [stored]);
    }
    let audit = "SELECT actor || ' ' || change FROM portal_changes WHERE change = 'ai_enabled'";
    assert_eq!(world.texts(audit), ["admin ai_enabled", "admin ai_enabled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_is_chosen_from_the_teammates_and_a_shared_one_is_warned_of() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    let path = format!("{PAGE}/ai-sender");
    let done = admin.submit(PAGE, &path, &[("user_id", "61000009")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(
        admin
            .get(PAGE)
            .await
            .says("Make sure that no person uses this user")
    );
    let own = [("user_id", "61000009"), ("is_own", "yes")];
    assert_eq!(admin.submit(PAGE, &path, &own).await.status, 303);
    let page = admin.get(PAGE).await;
    assert!(page.says("The AI may answer wherever"), "{}", page.body);
    assert!(!page.says("Make sure that no person"));
    // Whoever connected the portal is a person, whatever is left unticked.
    let installer = [("user_id", "61000001")];
    assert_eq!(admin.submit(PAGE, &path, &installer).await.status, 303);
    assert!(admin.get(PAGE).await.says("A person also uses this user"));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_hubspot_is_away_the_page_comes_all_the_same() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    world.hubspot.add_fault(Fault::always(Effect::Reset));
    let page = admin.get(PAGE).await;
    assert_eq!(page.status, 200);
    assert!(
        page.says("HubSpot did not name the teammates"),
        "{}",
        page.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_saved_as_the_form_shows_them_and_leave_what_others_saved_meanwhile() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    let path = format!("{PAGE}/settings");
    let seen = serde_json::to_string(&Policies::default()).unwrap();
    let usual = [
        ("seen", seen.as_str()),
        ("reply_window", "30"),
        ("human_grace", "10"),
        ("after_human_unassign", "request_handoff"),
        ("assigned_by_automation", "silences"),
        ("on_reopen_owned", "person"),
        ("target", "unassigned"),
        ("claim_timeout", "15"),
        ("unattended_after", "15"),
        ("hours", "always"),
        ("channels", "all"),
        ("loop_guard", "yes"),
        ("sweep_period", "5"),
        ("language", "en"),
        ("decisions_days", "400"),
        ("activity_days", "30"),
        ("receipts_days", "90"),
    ];
    let with = |changes: &[(&'static str, &'static str)]| {
        let kept = usual
            .iter()
            .filter(|(name, _)| changes.iter().all(|(n, _)| n != name));
        let mut fields: Vec<(&str, &str)> = kept.copied().collect();
        fields.extend_from_slice(changes);
        fields
    };
    let done = admin.submit(&path, &path, &with(&[])).await;
    assert_eq!(
        (done.status, done.location.as_str()),
        (303, path.as_str()),
        "{}",
        done.body
    );
    assert!(admin.get(&path).await.says("Nothing to save"));
    assert_eq!(world.texts("SELECT policies FROM portals"), ["{}"]);

    let meanwhile = "UPDATE portals SET policies = '{\"human_grace\": 120000}'";
    world.sql().batch_execute(meanwhile).unwrap();
    let changes = [
        ("reply_window", "45.5"),
        ("on_reopen_owned", "ai_after_days"),
        ("reopen_days", "3"),
        ("target", "team"),
        ("target_id", "4410001"),
        ("hours", "weekly"),
        ("time_zone", "America/St_Johns"),
        ("open", "Mon 09:00-17:00\r\nFri 22:00-02:00"),
        ("channels", "only"),
        ("channel_ids", "1000, 1001"),
        ("ai_app_ids", "77"),
        ("ignore_other_ai", "yes"),
    ];
    let done = admin.submit(&path, &path, &with(&changes)).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let shown = &world.view(PORTAL).await["settings"];
    let stored = Policies::default().patched(shown).unwrap();
    assert_eq!(
        stored.human_grace.as_millis(),
        120_000,
        "saved by somebody else"
    );
    assert_eq!(stored.reply_window.as_millis(), 2_730_000);
    let page = admin.get(&path).await;
    for words in [
        "45.5",
        "Fri 22:00-02:00",
        "America/St_Johns",
        "1000, 1001",
        "4410001",
    ] {
        assert!(page.says(words), "{words}");
    }

    for wrong in [
        ("reply_window", "1441"),
        ("unattended_after", "10081"),
        ("sweep_period", "61"),
        ("claim_timeout", "0"),
        ("language", "<script>"),
        ("hours", "never"),
        ("ai_app_ids", "0"),
        ("receipts_days", "89"),
    ] {
        let seen = admin.submit(&path, &path, &with(&[wrong])).await;
        assert_eq!(seen.status, 400, "{wrong:?}");
        assert!(seen.says("Nothing was changed"), "{}", seen.body);
        assert!(!seen.says("<script>"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_workflows_says_which_plan_is_needed() {
    let world = World::start().await;
    let mut admin = Browser::signed_in(&world).await;
    let consent = world
        .begin_at(&mut admin, "/hubspot/oauth/install?features=base")
        .await;
    let back = world.approved(&consent, STARTER);
    let end = admin.get(&back).await;
    let page = admin.get(&end.location).await;
    assert!(
        page.says("No workflow actions here; everything else works."),
        "{}",
        page.body
    );
    assert!(page.says("Professional or Enterprise"));
    let again = "href=\"/hubspot/oauth/install?portal=50002&amp;features=base\"";
    assert!(
        page.says(again),
        "asking for all would be refused: {}",
        page.body
    );
    let path = "/hubspot/oauth/install?portal=50002&features=base";
    let consent = world.begin_at(&mut admin, path).await;
    let back = world.approved(&consent, STARTER);
    assert_eq!(admin.get(&back).await.status, 303);
    assert!(admin.get(&end.location).await.says("HubSpot reconnected."));
}
