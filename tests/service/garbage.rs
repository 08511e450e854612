//! Garbage against the running service, rightly signed and under a valid key, so that it reaches
//! what lies behind the door: none of it is answered as a failure of ours.

use crate::seeds::seed;
use crate::wire::{Response, now_ms, send, signer};
use crate::world::{ADMIN_KEY, SECRET, THREAD, TICKET, World, client, request, while_503};
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::Enrolled;
use baton::simulator::signing::Versions;
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;

/// Mutated calls of actions in each run: about half a minute of a debug build.
const ACTIONS: usize = 16_000;
/// Requests of the API in each run.
const API_REQUESTS: usize = 8_000;
/// On their way at once.
const AT_ONCE: usize = 16;

/// What is put in, and in the place of something.
const SPLICES: [&[u8]; 24] = [
    b"\\u0000",
    b"\0",
    b"\\ud800",
    b"\xff\xfe",
    b"null",
    b"true",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"1e999",
    b"-0",
    b"9223372036854775808",
    b"-1",
    b"99999999999999999999999999",
    "\u{1F980}\u{202E}".as_bytes(),
    b"'; DROP TABLE decisions; --",
    b"\"dry_run\":\"true\",",
    b"\"thread_id\":\"9223372036854775807\",",
    b"\"duration_minutes\":\"525600\",",
    b"",
];

fn mutate(mut bytes: Vec<u8>, rng: &mut StdRng) -> Vec<u8> {
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..=bytes.len());
        let end = (at + rng.random_range(0..12)).min(bytes.len());
        match rng.random_range(0..4) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes.truncate(at.max(1)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let splice = SPLICES.choose(rng).copied().unwrap_or_default();
                bytes.splice(at..end, splice.iter().copied());
            }
        }
    }
    bytes
}

/// An action's call with every input its author could have set, and a value from anywhere.
fn call(kind: ActionKind, rng: &mut StdRng) -> Vec<u8> {
    let names = [
        "conversations",
        "thread_id",
        "note",
        "reason_code",
        "dry_run",
        "duration",
        "replace",
        "duration_minutes",
        "cancel_pending_handoff",
        "response_mode",
        "message_text",
        "target",
        "instruction",
        "if_human_owned",
        "reopen",
        "priority",
        "claim_timeout_minutes",
        "on_timeout",
        "customer_message",
        "wait_for_claim",
    ];
    let values = [
        "",
        "true",
        "1h",
        "custom",
        "1",
        "525600",
        "-9223372036854775808",
        "latest",
        "all_open",
        "originating",
        "fixed_message",
        "user:9223372036854775807",
        "team:7",
        "A_1",
        "urgent",
        "\u{10FFFF}",
        "take_over",
        "7001",
        "escalate",
    ];
    let mut pairs = Vec::new();
    for _ in 0..rng.random_range(0..6) {
        pairs.extend(
            names
                .choose(rng)
                .zip(values.choose(rng))
                .map(|(name, value)| (*name, *value)),
        );
    }
    let thread = rng.random_bool(0.8).then_some(THREAD);
    request(kind, Enrolled::Ticket(TICKET, thread), &pairs).body()
}

/// Sends again while the service is busy, which no garbage is to blame for.
async fn send_until_answered(request: reqwest::RequestBuilder) -> Response {
    let send = async || send(request.try_clone().expect("a body in memory")).await;
    // What it says of a conversation that it does not know is an answer.
    let status = |answer: &Response| match answer.status {
        503 if answer.error_code() == "conversation_unknown" => 200,
        status => status,
    };
    while_503(send, status).await
}

/// Counts answers by status, and fails on any that says the service failed.
fn tally(seen: &mut BTreeMap<u16, usize>, status: u16, shown: &str) {
    assert!(status < 500, "{status} for {shown}");
    *seen.entry(status).or_default() += 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_signed_body_is_answered_as_a_failure_of_ours() {
    let world = World::start().await;
    // The ticket's conversation is known, so that Send to AI has no reason for 503.
    world.act(ActionKind::PauseAi, &[]).await;
    let mut rng = StdRng::seed_from_u64(seed());
    let (http, mut seen) = (client(), BTreeMap::new());

    for _ in 0..ACTIONS / AT_ONCE {
        let sent = (0..AT_ONCE).map(|_| {
            let kind = *ActionKind::ALL.choose(&mut rng).unwrap();
            let body = mutate(call(kind, &mut rng), &mut rng);
            let mut sent = http.post(format!("{}{}", world.url, kind.path()));
            let signer = signer(&world, SECRET, kind);
            for (name, value) in signer.headers(Versions::Both, &body, now_ms()) {
                sent = sent.header(name, value);
            }
            let shown = format!("{kind:?} {}", String::from_utf8_lossy(&body));
            async move { (kind, shown, send_until_answered(sent.body(body)).await) }
        });
        let sent: Vec<_> = sent.collect();
        for (kind, shown, answer) in join_all(sent).await {
            let is_unknown = || answer.error_code() == "conversation_unknown";
            if kind == ActionKind::SendToAi && answer.status == 503 && is_unknown() {
                *seen.entry(503).or_default() += 1;
                continue;
            }
            tally(&mut seen, answer.status, &shown);
            if answer.status == 200 {
                let outputs = &answer.json()["outputFields"];
                assert!(outputs["outcome"].is_string(), "{shown}");
            } else {
                answer.error();
            }
        }
    }

    println!("{seen:?}");
    let enough = |status| seen.get(&status).is_some_and(|count| *count > 50);
    assert!(enough(200) && enough(400), "{seen:?}");
    assert_eq!(world.read("/livez").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_of_the_api_is_answered_as_a_failure_of_ours() {
    let world = World::start().await;
    let mut rng = StdRng::seed_from_u64(seed());
    let (http, mut seen) = (client(), BTreeMap::new());
    let bodies: [&[u8]; 6] = [
        b"{\"duration\": \"1h\", \"note\": \"a note\", \"replace\": true}",
        b"{\"target\": \"user:7\", \"priority\": \"high\", \"claim_timeout_minutes\": 15}",
        b"{\"response_mode\": \"fixed_message\", \"message_text\": \"Hello\"}",
        b"{\"cancel_pending_handoff\": true, \"reason_code\": \"A_1\", \"dry_run\": false}",
        b"{\"note\": 1.5}",
        b"{}",
    ];
    let actions = [
        "pause",
        "resume",
        "send",
        "handoff",
        "lock",
        "unlock",
        "decisions",
        "x",
    ];
    let queries = [
        "",
        "?limit=9",
        "?cursor=9.1.2.3",
        "?cursor=-9223372036854775808",
        "?limit=-1",
    ];

    for _ in 0..API_REQUESTS / AT_ONCE {
        let sent = (0..AT_ONCE).map(|_| {
            let mut body = bodies
                .choose(&mut rng)
                .copied()
                .unwrap_or_default()
                .to_vec();
            if rng.random_bool(0.6) {
                body = mutate(body, &mut rng);
            }
            let id = [
                "7001",
                "7001",
                "7001",
                "9223372036854775807",
                "0",
                "%F0%9F%A6%80",
            ]
            .choose(&mut rng)
            .unwrap();
            let subject = ["conversations", "conversations", "conversations", "tickets"]
                .choose(&mut rng)
                .unwrap();
            let action = actions.choose(&mut rng).unwrap();
            let query = queries.choose(&mut rng).unwrap();
            let path = format!("/v1/portals/50001/{subject}/{id}/{action}{query}");
            let url = format!("{}{path}", world.url);
            let shown = format!("{path} {}", String::from_utf8_lossy(&body));
            let is_read = rng.random_bool(0.2);
            let mut sent = if is_read {
                http.get(url)
            } else {
                http.post(url).body(body)
            };
            if rng.random_bool(0.3) {
                let key = mutate(b"an idempotency key".to_vec(), &mut rng);
                let key = key.into_iter().filter(|byte| *byte >= b' ' && *byte != 127);
                sent = sent.header("idempotency-key", key.collect::<Vec<_>>());
            }

            async move {
                (
                    shown,
                    send_until_answered(sent.bearer_auth(ADMIN_KEY)).await,
                )
            }
        });
        let sent: Vec<_> = sent.collect();
        for (shown, answer) in join_all(sent).await {
            tally(&mut seen, answer.status, &shown);
            if answer.status != 200 {
                answer.error();
            }
        }
    }

    println!("{seen:?}");
    let enough = |status| seen.get(&status).is_some_and(|count| *count > 10);
    assert!(enough(200) && enough(400), "{seen:?}");
}
