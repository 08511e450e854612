//! The console's pages about conversations: the list, one conversation, a ticket, and what an
//! admin does by hand.

use crate::browsing::{Browser, Seen};
use crate::delivering::{ANN, assigned, event, moved, owned, status};
use crate::world::{AI_KEY, World};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff};
use baton::simulator::action_request::{Enrolled, Shape};
use baton::simulator::signing::Versions;
use baton::simulator::webhook_event::{Change, delivery};
use serde_json::json;

/// 22 November 2026, 14:02 UTC, in milliseconds.
const NOW: i64 = 1_795_356_120_000;
const LIST: &str = "/console/portals/50001/conversations";
const ONE: &str = "/console/portals/50001/conversations/7001";
const TICKET: &str = "/console/portals/50001/tickets/15384000001";

/// The field that makes a form count once.
fn once(page: &Seen) -> String {
    let (_, rest) = page.body.split_once("name=\"once\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Presses a button of the conversation's page.
async fn press(browser: &mut Browser, command: &str, fields: &[(&str, &str)]) -> Seen {
    let page = browser.get(ONE).await;
    let (csrf, once) = (page.csrf(), once(&page));
    let mut all = vec![("csrf", csrf.as_str()), ("once", once.as_str())];
    all.extend_from_slice(fields);
    browser.post(&format!("{ONE}/{command}"), &all).await
}

/// Names the teammate Ann.
fn know_ann(world: &World) {
    world.execute(
        "INSERT INTO owners (portal_id, owner_id, user_id, first_name, last_name, kind, \
         is_archived, read_at) VALUES (50001, 81538001, 3892001, 'Ann', 'Agent', 'PERSON', false, now())",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_says_how_the_first_conversation_comes() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;

    let page = browser.get(LIST).await;

    assert_eq!(page.status, 200);
    assert!(page.says("No conversations yet"), "{}", page.body);
    assert!(page.says("<noscript><meta http-equiv=\"refresh\""));
    let narrowed = browser.get(&format!("{LIST}?state=ai_paused")).await;
    assert!(narrowed.says("No conversation fits"));
    assert!(browser.get("/console/portals/50001").await.says(LIST));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_who_silences_each_conversation_and_since_when() {
    let world = World::start().await;
    know_ann(&world);
    world.deliver(&[assigned(ANN)]).await;
    world.post(AI_KEY, "pause", json!({"duration": "1h"})).await;
    let mut browser = Browser::signed_in(&world).await;

    let page = browser.get(LIST).await;

    for words in [
        "Conversation 7001",
        "Person active",
        "Ann Agent has owned it for",
        "+ 1 more reason",
        "last decision",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    world.execute("UPDATE portals SET ai_enabled = false");
    let page = browser.get(LIST).await;
    assert!(page.says("The AI is silent in every conversation of this portal."));
    assert!(page.says("The AI is switched off for this portal"));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_and_pages_follow_one_another_without_gap_or_repeat() {
    let world = World::start().await;
    world.execute(
        "INSERT INTO conversations (portal_id, thread_id, ticket_id, state, facts) \
         SELECT 50001, 9000 + n, 600 + n % 3, \
            CASE WHEN n % 2 = 0 THEN 'ai_paused' ELSE 'ai_active' END, \
            CASE WHEN n % 10 = 0 THEN '{\"waiting\": {\"message_id\": \"m\", \"newest_at\": 1, \"since\": 1}}'::jsonb ELSE '{}' END \
         FROM generate_series(1, 120) AS n; \
         INSERT INTO conversations (portal_id, thread_id) VALUES (50002, 9999), (50003, 601)",
    );
    let mut browser = Browser::signed_in(&world).await;
    let links = |page: &Seen| -> Vec<i64> {
        let parts = page.body.split("<a id=\"c").skip(1);
        parts
            .map(|part| part.split('"').next().unwrap().parse().unwrap())
            .collect()
    };
    for (filter, expected) in [
        ("", (9001..=9120).rev().collect::<Vec<i64>>()),
        (
            "state=ai_paused&",
            (9001..=9120).rev().filter(|n| n % 2 == 0).collect(),
        ),
        (
            "waiting=yes&",
            (9001..=9120).rev().filter(|n| n % 10 == 0).collect(),
        ),
        (
            "id=601&",
            (9001..=9120).rev().filter(|n| n % 3 == 1).collect(),
        ),
        ("id=%239007&", vec![9007]),
        ("id=9999&", vec![]),
        ("state=ai_active&waiting=yes&", vec![]),
    ] {
        let (mut seen, mut query) = (Vec::new(), filter.to_owned());
        for _ in 0..10 {
            let page = browser.get(&format!("{LIST}?{query}")).await;
            assert_eq!(page.status, 200, "{query}");
            seen.extend(links(&page));
            let Some((before, _)) = page.body.split_once("\">Older conversations") else {
                break;
            };
            let (_, next) = before.rsplit_once("conversations?").unwrap();
            query = next.replace("&amp;", "&");
        }
        assert_eq!(seen, expected, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_filters_are_refused_in_words_and_come_back_harmless() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    for query in [
        "state=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "state=' OR 1=1 --",
        "state=AI_PAUSED",
        "id=%22%3E%3Cscript%3E",
        "id=-1",
        "id=1;DROP TABLE conversations",
        "id=99999999999999999999",
        "id=%00",
        "id=%D9%A1%D9%A2",
        "before=x",
        "before=0",
        "before=-5",
    ] {
        let page = browser.get(&format!("{LIST}?{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.says("role=\"alert\""), "{query}: {}", page.body);
        assert!(!page.says("<script>"), "{query}");
    }
    for query in [
        "x=%3Cscript%3E",
        "waiting=%00",
        "state=&id=&before=",
        "&&=%zz",
        "id=1&id=2",
    ] {
        let page = browser.get(&format!("{LIST}?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_shows_every_reason_and_a_timeline_of_sentences() {
    let world = World::start().await;
    know_ann(&world);
    world.link().await;
    world
        .act(PauseAi, &[("duration", "1h"), ("note", "a <b>VIP</b>")])
        .await;
    world.deliver(&[assigned(ANN), status("CLOSED")]).await;
    world.deliver(&[owned("81538001")]).await;
    let mut browser = Browser::signed_in(&world).await;

    let page = browser.get(ONE).await;

    for words in [
        "A person owns it",
        "PERSON_OWNS",
        "Ann Agent",
        "CONVERSATION_CLOSED",
        "the customer writes, or somebody opens it",
        "Workflow 1791000001 asked to pause the AI for 1 hour",
        "a &lt;b&gt;VIP&lt;/b&gt;",
        "Ann Agent took the conversation",
        "Ann Agent took the ticket",
        "The conversation was closed or archived",
        "after it happened in HubSpot",
        "Baton asks HubSpot every 5 minutes",
        "AI paused → Person active",
        "A person (Ann Agent) has owned this conversation",
        "15384000001",
        "version 1",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    assert!(!page.says("A-3892001"), "people are called by their names");
    assert!(!page.says("<b>VIP"));

    let ticket = browser.get(TICKET).await;
    assert_eq!(ticket.status, 200);
    for words in [
        "Ticket 15384000001",
        "Conversation 7001",
        "Ann Agent took the ticket",
        "conversation 7001",
    ] {
        assert!(ticket.says(words), "{words}: {}", ticket.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_shows_a_conversation_says_that_a_message_of_it_is_not_read_yet() {
    let world = World::start().await;
    world.deliver(&[assigned("")]).await;
    world.link().await;
    let mut browser = Browser::signed_in(&world).await;
    let page = browser.get(ONE).await;
    assert!(page.says("not yet: what is known of it comes from webhooks alone"));
    assert!(!page.says("A message is not read yet"));
    for path in [ONE, LIST, TICKET] {
        let page = browser.get(path).await;
        assert!(page.says("pill good"), "{path}: {}", page.body);
    }

    world.execute(
        "INSERT INTO unread_messages (portal_id, thread_id, message_id, occurred_at, next_attempt_at) \
         VALUES (50001, 7001, 'm', now() - interval '3 minutes', 'infinity'), \
            (50001, 7002, 'n', now() - interval '9 minutes', 'infinity'), \
            (50002, 7001, 'o', now() - interval '9 minutes', 'infinity')",
    );

    let page = browser.get(ONE).await;
    assert!(page.says("A message is not read yet"), "{}", page.body);
    assert!(page.says("3 minutes ago"));
    assert!(!page.says("9 minutes ago"), "that is another conversation");
    for path in [ONE, LIST, TICKET] {
        let page = browser.get(path).await;
        assert!(page.says("AI silent"), "{path}: {}", page.body);
        assert!(page.says("A message has arrived that Baton has not read yet"));
        assert!(!page.says("pill good"), "{path}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_without_a_conversation_shows_what_waits_for_one() {
    let world = World::start().await;
    world.act_on_ticket_alone(RequestHandoff).await;
    let mut browser = Browser::signed_in(&world).await;

    let page = browser.get(TICKET).await;

    assert!(
        page.says("No conversation of this ticket is known yet"),
        "{}",
        page.body
    );
    assert!(page.says("A handoff was requested"));
    assert!(page.says("Workflow 1791000001 requested a handoff"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_pauses_resumes_sends_locks_and_unlocks_by_hand() {
    let world = World::start().await;
    world.deliver(&[assigned("")]).await;
    world
        .post(AI_KEY, "pause", json!({"duration": "15m"}))
        .await;
    let mut browser = Browser::signed_in(&world).await;
    for (command, fields, says, state) in [
        (
            "pause",
            vec![("duration", "4h"), ("note", "on a call")],
            "extended",
            "ai_paused",
        ),
        ("resume", vec![], "Resumed.", "ai_active"),
        ("resume", vec![], "Nothing changed", "ai_active"),
        ("lock", vec![("note", "legal")], "Locked.", "ai_locked"),
        (
            "pause",
            vec![("duration", "1d")],
            "beneath a stronger silence",
            "ai_locked",
        ),
        ("send", vec![], "Not done.", "ai_locked"),
        ("unlock", vec![], "Unlocked.", "ai_paused"),
        ("send", vec![], "Sent to the AI.", "ai_active"),
    ] {
        let done = press(&mut browser, command, &fields).await;
        assert_eq!(
            (done.status, done.location.as_str()),
            (303, ONE),
            "{command}: {}",
            done.body
        );
        let page = browser.get(ONE).await;
        assert!(page.says(says), "{command}: {}", page.body);
        assert_eq!(world.state().await, state, "{command}");
        assert!(
            !browser.get(ONE).await.says("<p class=\"toast"),
            "said once"
        );
    }
    let page = browser.get(ONE).await;
    assert!(
        page.says("An admin (admin) asked to pause the AI for 4 hours"),
        "{}",
        page.body
    );
    assert!(page.says("“on a call”"));
    let by = world.texts("SELECT DISTINCT command->'by'->>'authority' FROM decisions WHERE command->'by'->>'name' = 'admin'");
    assert_eq!(by, ["admin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_counts_once_and_with_other_values_not_at_all() {
    let world = World::start().await;
    world.deliver(&[assigned("")]).await;
    world.post(AI_KEY, "lock", json!({})).await;
    let mut browser = Browser::signed_in(&world).await;
    let page = browser.get(ONE).await;
    let (csrf, once) = (page.csrf(), once(&page));
    let form = |duration| {
        vec![
            ("csrf", csrf.as_str()),
            ("once", once.as_str()),
            ("duration", duration),
        ]
    };
    let path = format!("{ONE}/pause");
    assert_eq!(browser.post(&path, &form("1h")).await.status, 303);
    let lines = world.count("decisions");

    for (duration, says) in [
        ("1h", "it counted once"),
        ("3d", "already used for something else"),
    ] {
        assert_eq!(browser.post(&path, &form(duration)).await.status, 303);
        assert!(browser.get(ONE).await.says(says), "{duration}");
    }

    let holds = world.texts("SELECT count(*) FROM conversations, jsonb_array_elements(holds) AS h WHERE h->>'kind' = 'pause'");
    assert_eq!(holds, ["1"]);
    let since = world.count("decisions") - lines;
    assert!(since <= 1, "{since} lines for what was not done");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_that_are_not_whole_change_nothing() {
    let world = World::start().await;
    world.deliver(&[assigned("")]).await;
    world.post(AI_KEY, "pause", json!({})).await;
    let mut browser = Browser::signed_in(&world).await;
    let page = browser.get(ONE).await;
    let (csrf, once) = (page.csrf(), once(&page));
    let before = world.texts("SELECT c FROM conversations c ORDER BY 1");
    let ok = [("csrf", csrf.as_str()), ("once", once.as_str())];
    for (path, fields, expected) in [
        (format!("{ONE}/lock"), vec![ok[1]], 403),
        (format!("{ONE}/lock"), vec![("csrf", "x"), ok[1]], 403),
        (format!("{ONE}/lock"), vec![ok[0]], 400),
        (format!("{ONE}/lock"), vec![ok[0], ("once", "x")], 400),
        (format!("{ONE}/lock"), vec![ok[0], ok[1], ok[1]], 400),
        (
            format!("{ONE}/pause"),
            vec![ok[0], ok[1], ("duration", "for ever")],
            400,
        ),
        (
            format!("{ONE}/pause"),
            vec![ok[0], ok[1], ("duration", "<script>")],
            400,
        ),
        (format!("{ONE}/handoff"), ok.to_vec(), 404),
        (format!("{ONE}/delete"), ok.to_vec(), 404),
        (format!("{LIST}/7002/lock"), ok.to_vec(), 404),
        (format!("{LIST}/x/lock"), ok.to_vec(), 404),
        (
            "/console/portals/50002/conversations/7001/lock".to_owned(),
            ok.to_vec(),
            404,
        ),
    ] {
        let seen = browser.post(&path, &fields).await;
        assert_eq!(seen.status, expected, "{path} {fields:?}: {}", seen.body);
        assert!(!seen.says("<script>"));
    }
    let mut stranger = Browser::new(&world);
    assert_eq!(stranger.post(&format!("{ONE}/lock"), &ok).await.status, 303);
    assert_eq!(browser.get(&format!("{ONE}/lock")).await.status, 405);
    assert_eq!(
        world.texts("SELECT c FROM conversations c ORDER BY 1"),
        before
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_portals_conversations_are_not_found() {
    let world = World::start().await;
    world.deliver(&[assigned("")]).await;
    world.execute(
        "INSERT INTO conversations (portal_id, thread_id, ticket_id, state) VALUES (50002, 8001, 81, 'ai_paused'); \
         INSERT INTO tickets (portal_id, ticket_id, revision) VALUES (50002, 81, 1)",
    );
    let mut browser = Browser::signed_in(&world).await;
    for path in [
        "/console/portals/50002/conversations",
        "/console/portals/50002/conversations/8001",
        "/console/portals/50002/tickets/81",
        "/console/portals/50001/conversations/8001",
        "/console/portals/50001/tickets/81",
        "/console/portals/50001/conversations/0",
        "/console/portals/50001/conversations/x",
        "/console/portals/50001/tickets/-1",
        "/console/portals/50001/conversations/7001?cursor=x",
        "/console/portals/50001/conversations/7001?cursor=1.2",
        "/console/portals/50001/tickets/15384000001?cursor=1",
    ] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    let mut stranger = Browser::new(&world);
    for path in [LIST, ONE, TICKET] {
        let seen = stranger.get(path).await;
        assert_eq!(seen.status, 303, "{path}");
        assert!(seen.location.starts_with("/console/sign-in?next="));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn timelines_are_read_by_pages() {
    let world = World::start().await;
    world.link().await;
    for n in 0..60 {
        let owner = if n % 2 == 0 { ANN } else { "" };
        world.deliver(&[moved(assigned(owner), n - 100)]).await;
    }
    let mut browser = Browser::signed_in(&world).await;
    for first in [ONE, TICKET] {
        let (mut lines, mut path) = (0, first.to_owned());
        for _ in 0..5 {
            let page = browser.get(&path).await;
            assert_eq!(page.status, 200);
            lines += page.body.matches(" · version ").count();
            let Some((before, _)) = page.body.split_once("\">Older<") else {
                break;
            };
            let (_, next) = before.rsplit_once("href=\"").unwrap();
            path = next.to_owned();
        }
        assert!(path.contains("?cursor="), "{path}");
        assert!(lines >= 60, "{lines} lines");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_gets_the_moving_parts_alone_and_uses_no_message_up() {
    let world = World::start().await;
    world.deliver(&[assigned("")]).await;
    world.post(AI_KEY, "pause", json!({})).await;
    let mut browser = Browser::signed_in(&world).await;
    assert_eq!(press(&mut browser, "resume", &[]).await.status, 303);
    let http = crate::world::client();
    for (path, parts) in [(LIST, vec!["list"]), (ONE, vec!["now", "decisions"])] {
        let request = http
            .get(format!("{}{path}", world.url))
            .header("baton-live", "1");
        let seen = browser.send(request).await;
        assert_eq!(seen.status, 200);
        assert!(!seen.says("<html"), "{}", seen.body);
        assert!(!seen.says("csrf"), "forms stay where they are");
        for part in parts {
            assert!(seen.says(&format!("id=\"{part}\"")), "{part}");
        }
        assert!(seen.headers["content-security-policy"].contains("script-src 'self';"));
        assert_eq!(seen.headers["cache-control"], "no-store");
    }
    assert!(browser.get(ONE).await.says("Resumed."));
    let script = browser.get("/console/live.js").await;
    assert_eq!(
        script.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
    let policy = &script.headers["content-security-policy"];
    assert!(
        !policy.contains("unsafe") && !policy.contains('*'),
        "{policy}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_webhooks_and_those_of_no_use_are_said_on_the_portals_page() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    let portal = "/console/portals/50001";
    let quiet = browser.get(portal).await;
    assert!(!quiet.says("webhooks were refused") && !quiet.says("Webhooks of no use"));

    let body = delivery(&[assigned(ANN)]);
    let now = crate::wire::now_ms();
    let headers = world
        .webhook_signer(crate::world::SECRET)
        .headers(Versions::V1, &body, now);
    assert_eq!(world.deliver_with(headers, body).await.status, 401);
    world
        .deliver_bytes(r#"[{"portalId": 50001, "subscriptionType": "conversation.propertyChange", "objectId": "<script>x"}]"#)
        .await;
    world.execute(
        "INSERT INTO kept_events (portal_id, content_sha256, reason, content) VALUES (50002, sha256('a'), 'of another portal', 'x')",
    );

    let page = browser.get(portal).await;
    for words in [
        "HubSpot&#39;s webhooks were refused",
        "HUBSPOT_WEBHOOKS_ACCEPT_V1=true",
        "Webhooks of no use",
        "&lt;script&gt;x",
    ] {
        assert!(
            page.says(words) || page.says(&words.replace("&#39;", "'")),
            "{words}: {}",
            page.body
        );
    }
    assert!(!page.says("of another portal"));
    assert!(!page.says("<script>x"));
    world.execute("UPDATE webhook_refusals SET last_refused_at = now() - interval '25 hours'");
    assert!(!browser.get(portal).await.says("HUBSPOT_WEBHOOKS_ACCEPT_V1"));
}

impl World {
    /// A workflow acts on a ticket whose conversation is not known.
    pub async fn act_on_ticket_alone(&self, kind: baton::simulator::action_kind::ActionKind) {
        let ticket = Enrolled::Ticket(TicketId(15_384_000_001), None);
        let request = crate::world::request(kind, ticket, &[]);
        let answer = self.insist(&request).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_thread_of_the_ticket_was_told_stays_in_its_own_timeline() {
    let world = World::start().await;
    let other = ThreadId(7_002);
    world.link().await;
    world.link_to(TicketId(15_384_000_001), other).await;
    world
        .deliver(&[event(Change::Status(other, "CLOSED".to_owned()))])
        .await;
    let mut browser = Browser::signed_in(&world).await;

    assert!(!browser.get(ONE).await.says("The conversation was closed"));
    assert!(
        browser
            .get(&format!("{LIST}/{other}"))
            .await
            .says("The conversation was closed")
    );
    assert!(
        browser
            .get(TICKET)
            .await
            .says("The conversation was closed")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_by_asking_claims_no_speed() {
    let world = World::start().await;
    know_ann(&world);
    world.link().await;
    world.deliver(&[assigned(ANN)]).await;
    let asked = [
        json!({"fact": "owner_read", "field": {"thread": 7001}, "owner": {"kind": "nobody"}, "began_at": NOW}),
        json!({"fact": "status_read", "thread": 7001, "status": "closed", "began_at": NOW}),
        json!({"fact": "messages_read", "thread": 7001, "up_to": NOW}),
        json!({"fact": "channel_known", "thread": 7001, "channel": 1002, "at": NOW}),
        json!({"fact": "spam_told", "thread": 7001, "is_spam": true, "at": NOW}),
    ];
    for (place, fact) in asked.iter().enumerate() {
        world.execute(&format!(
            "INSERT INTO decisions SELECT portal_id, subject, subject_id, position + 10 + {place}, \
             control_version, false, decision_id, ticket_id, to_timestamp({NOW} / 1000.0 + 1), \
             '{fact}', outcome, reason_code, state_before, state_after, explanation, facts_after, \
             holds_after FROM decisions WHERE subject_id = 7001 AND command->>'fact' = 'owner_changed'"
        ));
    }
    let mut browser = Browser::signed_in(&world).await;

    let page = browser.get(ONE).await;

    for words in [
        "HubSpot was asked who owns the conversation: nobody",
        "it is closed, archived or gone",
        "HubSpot was asked what was written meanwhile",
        "The conversation is on channel 1002",
        "HubSpot files the conversation as spam",
        "Ann Agent took the conversation",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    let timed = page.body.matches("after it happened in HubSpot").count();
    assert_eq!(timed, 1, "only the webhook's: {}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_decision_in_a_list_is_the_newest_line_of_the_timeline() {
    let world = World::start().await;
    world.link().await;
    world.deliver(&[assigned(ANN)]).await;
    world.deliver(&[assigned("")]).await;
    world.execute(
        "UPDATE decisions SET decided_at = now() - interval '3 hours' WHERE position = 1; \
         UPDATE decisions SET decided_at = now() - interval '2 hours' WHERE position > 1; \
         UPDATE conversations SET decided_at = now(); UPDATE tickets SET decided_at = now()",
    );
    let mut browser = Browser::signed_in(&world).await;

    for path in [LIST, TICKET] {
        let page = browser.get(path).await;
        let (_, last) = page.body.split_once("last decision").unwrap();
        let said = last.split("</li>").next().unwrap();
        assert!(said.contains("(2 hours ago)"), "{path}: {said}");
    }
    world.execute("DELETE FROM decisions");
    assert!(browser.get(LIST).await.says("no decision is kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_run_is_marked_on_its_line_and_other_runs_are_not() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "1h")]).await;
    let mut browser = Browser::signed_in(&world).await;
    assert!(!browser.get(ONE).await.says("test run"));
    let mut request = crate::world::request(
        PauseAi,
        Enrolled::Ticket(TicketId(15_384_000_001), Some(ThreadId(7_001))),
        &[("duration", "4h")],
    );
    request.shape = Shape::TestRun(uuid::Uuid::new_v4());
    world.insist(&request).await;

    let page = browser.get(ONE).await;

    assert_eq!(page.body.matches(">test run</span>").count(), 1);
    assert!(
        page.says("A workflow's test run asked to pause the AI for 4 hours"),
        "{}",
        page.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sentences_and_lines_of_a_page_have_one_time_zone() {
    let world = World::start().await;
    world.execute("UPDATE portals SET time_zone = 'Asia/Tokyo'");
    world.act(PauseAi, &[("duration", "1h")]).await;
    let mut browser = Browser::signed_in(&world).await;

    for path in [ONE, LIST, TICKET] {
        let page = browser.get(path).await;
        assert!(page.says(" JST"), "{path}: {}", page.body);
        assert!(!page.says(" UTC"), "{path}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_before_the_portal_was_connected_claims_no_speed() {
    let world = World::start().await;
    world.link().await;
    world.execute("UPDATE portals SET connected_at = now() - interval '1 minute'");
    world
        .deliver(&[moved(assigned(ANN), -600), moved(assigned("L-1"), -1)])
        .await;
    let mut browser = Browser::signed_in(&world).await;

    let page = browser.get(ONE).await;

    assert!(
        page.says("The conversation was given to HubSpot's Customer Agent"),
        "{}",
        page.body
    );
    let timed = page.body.matches("after it happened in HubSpot").count();
    assert_eq!(timed, 1, "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_fact_raised_a_handoff_says_so_also_beneath_a_lock() {
    let world = World::start().await;
    world.know_owners();
    world.link().await;
    world.deliver(&[moved(owned("81538001"), -50)]).await;
    world.post(AI_KEY, "lock", json!({})).await;
    world.deliver(&[moved(owned("81538100"), -30)]).await;
    world.deliver(&[moved(owned(""), -20)]).await;
    let mut browser = Browser::signed_in(&world).await;

    let page = browser.get(ONE).await;

    assert!(
        page.says("The ticket was unassigned or given to a queue"),
        "{}",
        page.body
    );
    assert_eq!(
        page.body.matches("a handoff began").count(),
        1,
        "{}",
        page.body
    );
}
