//! What the console says of following HubSpot: webhooks that do not come, the first import, and
//! how the newest tickets got their owners.

use crate::world::{PORTAL, World};
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use std::time::{Duration, Instant};

const PAGE: &str = "/console/portals/50001";
const MISSING: &str = "HubSpot's webhooks do not arrive";
/// Calls of the import are 2 s apart.
const IMPORTED_WITHIN: Duration = Duration::from_secs(60);

impl World {
    fn move_clocks(&self, sql: &str) {
        self.sql().batch_execute(sql).unwrap();
    }

    /// The import has ended, and no round follows it: no worker writes these numbers any more.
    async fn imported(&self) {
        let deadline = Instant::now() + IMPORTED_WITHIN;
        // A round that is under way is claimed for minutes.
        let end = "UPDATE followed_portals SET claimed_until = 'infinity' \
                   WHERE import_ended_at IS NOT NULL \
                   AND claimed_until < clock_timestamp() + interval '10 seconds'";
        let has_ended = || diesel::sql_query(end).execute(&mut self.sql()).unwrap() > 0;
        while !has_ended() {
            assert!(Instant::now() < deadline, "not imported in time");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_webhooks_though_conversations_changed_is_said_until_one_comes() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    world.imported().await;
    assert!(!admin.get(PAGE).await.says(MISSING));
    world.move_clocks(
        "UPDATE portals SET connected_at = now() - interval '3 hours'; \
         UPDATE followed_portals SET import_of = now() - interval '3 hours', \
            missed_since = now() - interval '30 minutes'",
    );

    let page = admin.get(PAGE).await;

    assert!(page.says(MISSING), "{}", page.body);
    for words in [
        "None of this portal came since it was connected",
        "30 minutes ago",
        &format!("{}/hubspot/webhooks", world.url),
        "conversations.read",
        "every 5 minutes",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    world.move_clocks("UPDATE followed_portals SET heard_at = now() - interval '2 hours'");
    let page = admin.get(PAGE).await;
    assert!(
        page.says("The last one of this portal came"),
        "{}",
        page.body
    );
    assert!(page.says("2 hours ago"));
    world.move_clocks("UPDATE followed_portals SET heard_at = now()");
    assert!(!admin.get(PAGE).await.says(MISSING), "a webhook came");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_how_far_the_import_is_and_moves_by_itself() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    assert!(admin.get(PAGE).await.says("Open conversations"));
    world.imported().await;
    let page = admin.get(PAGE).await;
    for words in ["All read", "Finished", "live.js"] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    world.move_clocks(
        "UPDATE followed_portals SET claimed_until = now() + interval '1 hour', \
            import_ended_at = NULL, threads_read = 1500, threads_open = 412",
    );
    let page = admin.get(PAGE).await;
    assert!(page.says("1,500 read so far"), "{}", page.body);
    assert!(page.says(", 412 of them open"));
    world.move_clocks(
        "UPDATE followed_portals SET failing_since = now() - interval '4 minutes', \
            failure = 'HubSpot misses a scope, one of conversations.read: <b>threads</b>'",
    );
    let page = admin.get(PAGE).await;
    for words in [
        "Reading fails since",
        "4 minutes ago",
        "one of conversations.read: &lt;b&gt;",
        "tries again by itself",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_says_what_automatic_assignment_means_here_and_leads_to_the_setting() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    world.imported().await;
    let sampled = |tickets, assigned, by_automation| {
        format!(
            "UPDATE followed_portals SET tickets_sampled = {tickets}, \
             tickets_assigned = {assigned}, tickets_assigned_by_automation = {by_automation}"
        )
    };
    let page = admin.get(PAGE).await;
    let of_the_demo = "9 of 28 newest tickets were assigned automatically";
    assert!(page.says(of_the_demo), "{}", page.body);
    world.move_clocks(&sampled(100, 90, 83));
    let page = admin.get(PAGE).await;
    for words in [
        "83 of 100",
        "were assigned automatically",
        "The AI will be silent on those.",
        "href=\"/console/portals/50001/settings#assigned_by_automation\"",
        "Change?",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    let settings = admin.get(&format!("{PAGE}/settings")).await;
    assert!(settings.says("id=\"assigned_by_automation\""));
    world.move_clocks(
        "UPDATE portals SET policies = '{\"assigned_by_automation\": \"waits_for_first_reply\"}'",
    );
    let page = admin.get(PAGE).await;
    for words in [
        "The AI goes on answering what is assigned like that until the person replies.",
        "silent where this was chosen later",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    world.move_clocks(
        "INSERT INTO skipped_readings VALUES (50001, 'ticket', 1, now() + interval '1 hour')",
    );
    let said = "did not tell the owners of 1 conversations and tickets";
    assert!(admin.get(PAGE).await.says(said));
    world.move_clocks(&sampled(0, 0, 0));
    let page = admin.get(PAGE).await;
    assert!(!page.says("assigned automatically"), "nothing was sampled");
}
