//! Events of `trigger` beside a demo: its simulated HubSpot agrees with what Baton was told.

use crate::baton_process::{Running, baton, demo, outcome};
use crate::machine::{DEADLINE, shared};
use crate::private_postgres::place;
use crate::world::client;
use std::process::Command;

const PASSWORD: &str = "twelve characters or more";

struct Demo {
    running: Running,
    url: String,
    hubspot: String,
}

impl Demo {
    fn start(data_dir: &std::path::Path) -> Self {
        Self::started(demo(data_dir))
    }

    fn started(command: Command) -> Self {
        let (running, url) = Running::start(command).unwrap();
        let hubspot = running.address_in_line("  HubSpot  ");
        running.printed("stop with Ctrl-C");
        Self {
            running,
            url,
            hubspot,
        }
    }

    /// Runs `trigger`, which has to end with this code, and answers what it printed.
    fn trigger(&self, line: &str, expected: i32) -> String {
        let mut command = baton(&["trigger"]);
        command.args(["--url", &self.url, "--hubspot", &self.hubspot]);
        // Quotes keep a name of two words together.
        for (place, part) in line.split('"').enumerate() {
            match place % 2 {
                0 => command.args(part.split_whitespace()),
                _ => command.arg(part),
            };
        }
        let (code, out, err) = outcome(command);
        assert_eq!(code, Some(expected), "{line}: {out}{err}");
        out + &err
    }

    async fn inbox(&self, thread: &str) -> String {
        let url = format!("{}/inbox/50001/{thread}/live", self.hubspot);
        let page = client().get(url).send().await.unwrap();
        page.text().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_triggered_has_happened_in_the_simulated_hubspot_as_well() {
    let _machine = shared().await;
    let place = place();
    let demo = Demo::start(place.path());

    let taken = demo.trigger("owner-change --thread 7005 --person \"Nia North\"", 0);
    assert!(taken.contains("conversation  7005"), "{taken}");
    assert!(taken.contains("ticket        15384000005"), "{taken}");
    assert!(taken.contains("human_active"), "{taken}");
    assert!(
        taken.contains("/console/portals/50001/conversations/7005"),
        "{taken}"
    );
    assert!(!taken.contains("may undo it"), "{taken}");
    let inbox = demo.inbox("7005").await;
    assert!(inbox.contains("Conversation: Nia North"), "{inbox}");

    // Baton finds the message where it looks for it, so that nothing waits to be read.
    let text = "Where is my parcel?";
    let written = demo.trigger(&format!("message --thread 7006 --text \"{text}\""), 0);
    assert!(written.contains("ai_may_reply  true"), "{written}");
    let inbox = demo.inbox("7006").await;
    assert!(inbox.contains(text), "{inbox}");

    let closed = demo.trigger("status closed --thread 7006", 0);
    assert!(closed.contains("CONVERSATION_CLOSED"), "{closed}");

    // A ticket's field of the conversation that was named, and of no other.
    let owned = demo.trigger("owner-change --field ticket --thread 7007 --person sam", 0);
    assert!(owned.contains("ticket        15384000007"), "{owned}");
    assert!(owned.contains("human_active"), "{owned}");
    let inbox = demo.inbox("7007").await;
    assert!(inbox.contains("Ticket: Sam Service"), "{inbox}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hubspot_is_not_told_says_so_and_a_wrong_signature_changes_nothing_there() {
    let _machine = shared().await;
    let place = place();
    let demo = Demo::start(place.path());

    let unknown = demo.trigger("owner-change --thread 99999999 --value A-3892001", 0);
    assert!(
        unknown.contains("there is no conversation 99999999"),
        "{unknown}"
    );
    assert!(unknown.contains("may undo it"), "{unknown}");
    let elsewhere = "status open --thread 7005 --hubspot http://127.0.0.1:1";
    let alone = demo.trigger(elsewhere, 0);
    assert!(
        alone.contains("no simulated HubSpot answers at http://127.0.0.1:1"),
        "{alone}"
    );

    let nobodys = demo.inbox("7005").await;
    for fault in ["--signature v1", "--secret wrong"] {
        let refused = demo.trigger(
            &format!("owner-change --thread 7005 --person \"Nia North\" {fault}"),
            1,
        );
        assert!(refused.contains("401"), "{refused}");
        assert!(!refused.contains("may undo it"), "{refused}");
    }
    assert_eq!(demo.inbox("7005").await, nobodys);

    let banana = demo.trigger("owner-change --thread 7005 --value banana", 2);
    assert!(
        banana.contains("expected an actor id such as A-3892001"),
        "{banana}"
    );
    let no_ticket = demo.trigger("owner-change --field ticket --thread 99999999 --nobody", 2);
    assert!(no_ticket.contains("say it with --ticket"), "{no_ticket}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_says_how_to_get_in_again_and_reads_what_it_says_to_set() {
    let _machine = shared().await;
    let place = place();
    let page = async |demo: &Demo, path: &str| {
        let url = format!("{}{path}", demo.url);
        client()
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let demo_alone = Demo::start(place.path());
    for path in ["/console/sign-in", "/console?once=used"] {
        let shown = page(&demo_alone, path).await.to_lowercase();
        assert!(shown.contains("start"), "{shown}");
        assert!(shown.contains("the new link that it prints"), "{shown}");
    }
    drop(demo_alone);

    let other = crate::private_postgres::place();
    let mut command = demo(other.path());
    command
        .env("BATON_ADMIN_PASSWORD", PASSWORD)
        .env("HUBSPOT_WEBHOOKS_ACCEPT_V1", "true");
    let set = Demo::started(command);

    assert!(
        page(&set, "/console/sign-in")
            .await
            .contains("type=\"password\"")
    );
    let accepted = set.trigger("owner-change --thread 7005 --person sam --signature v1", 0);
    assert!(accepted.contains("may undo it"), "{accepted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_demo_says_that_its_inbox_begins_anew_and_reuses_no_number() {
    let _machine = shared().await;
    let place = place();
    let imported = async |demo: &Demo, thread: i64| {
        let url = format!("{}/v1/portals/50001/conversations/{thread}", demo.url);
        let asked = client()
            .get(url)
            .bearer_auth(baton::simulator::demo_world::API_KEY);
        let answer: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
        !answer["ticket_id"].is_null()
    };
    let first = Demo::start(place.path());
    let deadline = std::time::Instant::now() + DEADLINE;
    while !imported(&first, 9_000_002).await {
        assert!(std::time::Instant::now() < deadline, "never imported");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(first);

    let second = Demo::start(place.path());

    second.running.printed("inbox begins anew");
    assert!(
        second
            .inbox("9000002")
            .await
            .contains("No such conversation")
    );
    assert!(second.inbox("9010002").await.contains("Riley Refund"));
}
