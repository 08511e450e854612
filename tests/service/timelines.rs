//! `GET .../decisions`: the timelines of a conversation and of a ticket, by pages.

use crate::delivering::{ANN, assigned, moved, status};
use crate::world::{ADMIN_KEY, AI_KEY, TICKET, World};
use baton::domain::ids::ThreadId;
use baton::simulator::action_kind::ActionKind::{PauseAi, ResumeAi};
use baton::simulator::action_request::Enrolled;
use serde_json::{Value, json};

const OF_THREAD: &str = "/v1/portals/50001/conversations/7001/decisions";
const OF_TICKET: &str = "/v1/portals/50001/tickets/15384000001/decisions";

/// Reads a whole timeline in pages of this size, and counts the pages.
async fn read_in_pages(world: &World, path: &str, limit: usize) -> (Vec<Value>, usize) {
    let (mut lines, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = world
            .read(&format!("{path}?limit={limit}{cursor}"))
            .await
            .json();
        let on_page = page["decisions"].as_array().unwrap();
        assert!(on_page.len() <= limit);
        lines.extend(on_page.iter().cloned());
        pages += 1;
        let Some(next) = page.get("next_cursor") else {
            return (lines, pages);
        };
        cursor = format!("&cursor={}", next.as_str().unwrap());
    }
}

fn fields<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().map(|line| &line[name]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_never_says_that_the_ai_may_answer_while_a_gate_is_shut() {
    let world = World::start().await;
    let newest = async || {
        let page = world.read(OF_THREAD).await.json();
        page["decisions"][0]["explanation"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    world.deliver(&[status("CLOSED")]).await;
    let said = newest().await;
    assert!(said.contains("is closed"), "{said}");

    world.deliver(&[moved(status("OPEN"), 1)]).await;
    assert_eq!(newest().await, "The AI may answer.");
    world.execute("UPDATE portals SET ai_enabled = false");
    world
        .deliver(&[moved(assigned(ANN), 2), moved(assigned("A-61000009"), 3)])
        .await;
    let said = newest().await;
    assert!(said.contains("switched off"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_what_was_asked_by_whom_and_what_came_of_it() {
    let world = World::start().await;
    let paused = world
        .act(PauseAi, &[("duration", "1h"), ("note", "a VIP")])
        .await;

    let mut page = world.read(OF_THREAD).await.json();

    let line = &mut page["decisions"][0];
    assert!(line["decided_at"].take().as_str().unwrap().ends_with('Z'));
    let command = line["command"].take();
    assert_eq!(
        (&command["note"], &command["reach"]),
        (&json!("a VIP"), &json!("all_open"))
    );
    assert_eq!(
        command["what"],
        json!({"action": "pause", "lasts": 3_600_000})
    );
    let expected = json!({
        "action": "pause", "by": {"authority": "workflow", "workflow": 1_791_000_001},
        "changed": true, "command": null, "control_version": 1, "decided_at": null,
        "decision_id": paused.get("decision_id"), "explanation": paused.get("explanation"),
        "outcome": "applied", "reason_code": "APPLIED", "state_before": "ai_active",
        "state_after": "ai_paused", "thread_id": "7001", "ticket_id": "15384000001",
    });
    assert_eq!(page, json!({"decisions": [expected]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversations_timeline_is_read_newest_first_in_pages_of_any_size() {
    let world = World::start().await;
    for n in 0..7 {
        let key = if n % 2 == 0 { AI_KEY } else { ADMIN_KEY };
        world
            .post(key, if n % 2 == 0 { "pause" } else { "resume" }, json!({}))
            .await;
    }

    let (whole, pages) = read_in_pages(&world, OF_THREAD, 200).await;

    assert_eq!(pages, 1);
    let versions = [7, 6, 5, 4, 3, 2, 1].map(Value::from);
    assert_eq!(
        fields(&whole, "control_version"),
        versions.iter().collect::<Vec<_>>()
    );
    assert_eq!(
        whole[0]["by"],
        json!({"authority": "ai", "name": "bootstrap key"})
    );
    for (limit, expected) in [(1, 7), (2, 4), (6, 2), (7, 1)] {
        let (lines, pages) = read_in_pages(&world, OF_THREAD, limit).await;
        assert_eq!(
            (lines, pages),
            (whole.clone(), expected),
            "in pages of {limit}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tickets_timeline_joins_its_own_lines_and_those_of_its_conversations() {
    let world = World::start().await;
    world
        .act_on(PauseAi, Enrolled::Ticket(TICKET, None), &[])
        .await;
    world.act(ResumeAi, &[]).await;
    world
        .act_on(
            PauseAi,
            Enrolled::Ticket(TICKET, Some(ThreadId(7_002))),
            &[],
        )
        .await;
    world
        .act_on(
            ResumeAi,
            Enrolled::Ticket(TICKET, Some(ThreadId(7_003))),
            &[],
        )
        .await;

    let (whole, _) = read_in_pages(&world, OF_TICKET, 200).await;

    let threads: Vec<_> = whole
        .iter()
        .map(|line| line["thread_id"].as_str())
        .collect();
    let (one, two, three) = (Some("7001"), Some("7002"), Some("7003"));
    assert_eq!(threads, [three, two, one, two, one, one, None]);
    assert_eq!(whole[6]["control_version"], Value::Null);
    let times = fields(&whole, "decided_at");
    assert!(times.is_sorted_by_key(|time| std::cmp::Reverse(time.as_str().unwrap())));
    for limit in 1..=7 {
        let (lines, _) = read_in_pages(&world, OF_TICKET, limit).await;
        assert_eq!(lines, whole, "in pages of {limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_neither_lost_nor_doubled_by_what_is_decided_meanwhile() {
    let world = World::start().await;
    for _ in 0..3 {
        world.act(PauseAi, &[]).await;
    }
    let first = world.read(&format!("{OF_THREAD}?limit=2")).await.json();
    world.act(PauseAi, &[]).await;

    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = world
        .read(&format!("{OF_THREAD}?limit=2&cursor={cursor}"))
        .await
        .json();

    assert_eq!(rest["decisions"].as_array().unwrap().len(), 1);
    assert_eq!(
        rest["decisions"][0]["outcome"], "applied",
        "the first of all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_decided_about_has_an_empty_timeline() {
    let world = World::start().await;
    for path in [OF_THREAD, OF_TICKET] {
        let answer = world.read(path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"decisions": []}))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_says_what_is_wrong() {
    let world = World::start().await;
    let cursor = "expected a cursor from an earlier page of the same timeline";
    let cases = [
        (OF_THREAD, "cursor=abc", cursor),
        (OF_THREAD, "cursor=", cursor),
        (OF_THREAD, "cursor=1.2.3.4", cursor),
        (OF_THREAD, "cursor=0", cursor),
        (OF_THREAD, "cursor=-1", cursor),
        (OF_THREAD, "cursor=-9223372036854775808", cursor),
        (OF_THREAD, "cursor=9223372036854775808", cursor),
        (OF_TICKET, "cursor=1", cursor),
        (OF_TICKET, "cursor=1.2.3.4.5", cursor),
        (OF_TICKET, "cursor=1.99999999999.3.4", cursor),
        (
            OF_THREAD,
            "limit=many",
            "query field limit does not fit: 'many'; expected a whole number",
        ),
        (OF_TICKET, "limit=", "limit does not fit: ''"),
        (OF_TICKET, "limit=2147483648", "expected a whole number"),
        (
            OF_THREAD,
            "cursor=abc",
            "query field cursor does not fit: 'abc'",
        ),
        (
            OF_THREAD,
            "page=2",
            "unknown query field 'page'; expected cursor, limit",
        ),
        (
            OF_TICKET,
            "limit=1&limit=2",
            "limit is given more than once",
        ),
    ];
    for (path, query, expected) in cases {
        let answer = world.read(&format!("{path}?{query}")).await;

        let code = answer.error_code();
        assert_eq!(
            (answer.status, code.as_str()),
            (400, "invalid_request"),
            "{query}"
        );
        assert!(
            answer.error_message().contains(expected),
            "{}",
            answer.error_message()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_holds_at_least_one_line_and_at_most_two_hundred() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    let line = "INSERT INTO decisions SELECT portal_id, subject, subject_id, n, control_version, \
                false, decision_id, ticket_id, decided_at, command, outcome, reason_code, \
                state_before, state_after, explanation, facts_after, holds_after, ticket_revision, \
                ticket_after FROM decisions, generate_series(2, 250) AS each (n)";
    world.execute(line);
    for (limit, expected) in [("-3", 1), ("0", 1), ("201", 200), ("2147483647", 200)] {
        for path in [OF_THREAD, OF_TICKET] {
            let page = world.read(&format!("{path}?limit={limit}")).await.json();
            assert_eq!(
                page["decisions"].as_array().unwrap().len(),
                expected,
                "{path} {limit}"
            );
        }
    }
    let usual = world.read(OF_THREAD).await.json();
    assert_eq!(usual["decisions"].as_array().unwrap().len(), 50);
}
