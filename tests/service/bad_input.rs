//! Bad input at the door: too large, not JSON, no action call, wrong method, unknown path. Each is
//! told what would have been right, in the one shape of errors, and never as a failure of ours.

use crate::world::{AI_KEY, PATIENCE, SECRET, THREAD, TICKET, World, request};
use baton::simulator::action_kind::ActionKind::{self, PauseAi};
use baton::simulator::action_request::Enrolled;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const LIMIT: usize = 65_536;

/// A rightful call with some more members.
fn call_with(more: Value) -> Vec<u8> {
    let body = request(PauseAi, Enrolled::Ticket(TICKET, Some(THREAD)), &[]).body();
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    let object = body.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    serde_json::to_vec(&body).unwrap()
}

/// A rightful call of exactly this many bytes.
fn call_of(size: usize) -> Vec<u8> {
    let small = call_with(json!({"padding": ""}));
    let padding = "x".repeat(size - small.len());
    let body = String::from_utf8(small).unwrap();
    let body = body.replace(r#""padding":"""#, &format!(r#""padding":"{padding}""#));
    assert_eq!(body.len(), size);
    body.into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_64_kib_is_read_and_one_byte_more_is_413() {
    let world = World::start().await;

    let largest = world.signed(PauseAi, call_of(LIMIT)).await;
    let too_large = world.signed(PauseAi, call_of(LIMIT + 1)).await;

    assert_eq!(largest.status, 200, "{largest:?}");
    assert_eq!(
        (too_large.status, too_large.error_code().as_str()),
        (413, "body_too_large")
    );
    assert_eq!(
        too_large.error_message(),
        "the body may have at most 65536 bytes"
    );
    assert_eq!(world.row_counts().receipts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_has_the_same_limit() {
    let world = World::start().await;
    let sized = |size: usize| format!("{{{}}}", " ".repeat(size - 2));

    let largest = world.command(AI_KEY, "pause", sized(LIMIT), None).await;
    let too_large = world.command(AI_KEY, "pause", sized(LIMIT + 1), None).await;

    assert_eq!(largest.status, 200);
    assert_eq!(
        (too_large.status, too_large.error_code().as_str()),
        (413, "body_too_large")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_large_body_gets_413_and_costs_no_hashing() {
    let world = World::start().await;

    let answer = world.action_with(PauseAi, vec![], call_of(LIMIT + 1)).await;

    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (413, "body_too_large")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_far_too_much_still_hears_413() {
    let world = World::start().await;
    for size in [1_000_000, 8_000_000, 30_000_000] {
        for _ in 0..5 {
            let answer = world.action_with(PauseAi, vec![], vec![b'x'; size]).await;

            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                (413, "body_too_large")
            );
        }
    }
}

/// Sends a form in chunks of which the second is none, and gives back the whole answer.
async fn broken_form(world: &World) -> String {
    let mut connection = TcpStream::connect(world.service.address).await.unwrap();
    let request = "POST /console/sign-in HTTP/1.1\r\nhost: baton\r\n\
                   content-type: application/x-www-form-urlencoded\r\n\
                   transfer-encoding: chunked\r\n\r\n5\r\ncsrf=\r\nnone\r\n";
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = connection.read_to_end(&mut answer);
    timeout(PATIENCE, reading).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_breaks_off_is_told_so_and_not_that_it_is_too_large() {
    let world = World::start().await;

    let answer = broken_form(&world).await;

    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("the form did not arrive whole"), "{answer}");
    assert!(!answer.contains("too large"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_no_action_call_is_told_what_is_missing() {
    let world = World::start().await;
    let unusable = "callbackId is not a text of 1 to 512 bytes";
    let portal = "origin.portalId is not a positive whole number";
    let cases: Vec<(Vec<u8>, String)> = vec![
        (
            b"{}".into(),
            "callbackId is missing, origin.portalId is missing".into(),
        ),
        (
            br#"{"callbackId": "a"}"#.into(),
            "origin.portalId is missing".into(),
        ),
        (
            br#"{"origin": {"portalId": 50001}}"#.into(),
            "callbackId is missing".into(),
        ),
        (call_with(json!({"callbackId": ""})), unusable.into()),
        (
            call_with(json!({"callbackId": "x".repeat(513)})),
            unusable.into(),
        ),
        (call_with(json!({"callbackId": {}})), unusable.into()),
        (
            call_with(json!({"origin": {"portalId": "fifty"}})),
            portal.into(),
        ),
        (
            call_with(json!({"origin": {"portalId": -1}})),
            portal.into(),
        ),
        (
            call_with(json!({"callbackId": "a\0b"})),
            "callbackId holds U+0000".into(),
        ),
        (
            call_with(json!({"context": {"source": "\0"}})),
            "context.source holds U+0000".into(),
        ),
        (
            b"".into(),
            "the body is not JSON: expected an action call as a JSON object".into(),
        ),
        (
            b"callbackId=a&portalId=50001".into(),
            "the body is not JSON: expected an action call as a JSON object".into(),
        ),
        (
            b"[1, 2]".into(),
            "the body is an array: expected an action call as a JSON object".into(),
        ),
        (
            b"{\"callbackId\": \"\xff\"}".into(),
            "the body is not UTF-8: expected an action call as JSON".into(),
        ),
        (
            format!("{{\"a\": {}{}}}", "[".repeat(40), "]".repeat(40)).into_bytes(),
            "the body nests deeper than 32 levels".into(),
        ),
        (
            vec![b'['; LIMIT],
            "the body nests deeper than 32 levels".into(),
        ),
    ];
    for (body, message) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();

        let answer = world.signed(PauseAi, body).await;

        let code = answer.error_code();
        assert_eq!(
            (answer.status, code.as_str()),
            (400, "not_an_action_call"),
            "{shown}"
        );
        assert_eq!(answer.error_message(), message, "{shown}");
    }
    assert_eq!(world.row_counts().receipts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_missing_or_odd_do_not_matter() {
    let world = World::start().await;
    let odd = [json!(null), json!([]), json!("x"), json!(7), json!({})];
    for part in [
        "context",
        "object",
        "fields",
        "inputFields",
        "typedInputs",
        "whatever",
    ] {
        for value in &odd {
            let callback_id = format!("{part} {value}");
            let body = call_with(json!({"callbackId": callback_id, part: value}));

            let answer = world.signed(PauseAi, body).await;

            assert_eq!(answer.status, 200, "{part} {value}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_is_405_and_an_unknown_path_404() {
    let world = World::start().await;
    let conversation = "/v1/portals/50001/conversations/7001";
    let known = [
        ("/hubspot/actions/pause-ai", Method::GET),
        ("/hubspot/actions/request-handoff", Method::PUT),
        (conversation, Method::POST),
        ("/v1/portals/50001/conversations/7001/pause", Method::GET),
        (
            "/v1/portals/50001/conversations/7001/decisions",
            Method::DELETE,
        ),
        ("/v1/portals/50001/tickets/1", Method::PATCH),
        ("/livez", Method::POST),
        ("/readyz", Method::DELETE),
        ("/metrics", Method::POST),
    ];
    for (path, method) in known {
        let answer = world.request(method.clone(), path, Some(AI_KEY)).await;
        let code = answer.error_code();
        assert_eq!(
            (answer.status, code.as_str()),
            (405, "method_not_allowed"),
            "{method} {path}"
        );
    }
    let unknown = [
        "/",
        "/hubspot",
        "/hubspot/actions",
        "/hubspot/actions/",
        "/hubspot/actions/delete-ai",
        "/hubspot/actions/pause-ai/",
        "/hubspot/actions/PAUSE-AI",
        "/v1",
        "/v1/portals/50001/unknown",
        "/v1/portals/50001/conversations/7001/",
        "/v1/portals/50001/conversations//decisions",
        "/v2/portals/50001/conversations/7001",
        "/%00",
        "/%ff%fe",
        "/..%2f..%2fetc/passwd",
    ];
    for path in unknown {
        for method in [Method::GET, Method::POST] {
            let answer = world.request(method.clone(), path, Some(AI_KEY)).await;
            let code = answer.error_code();
            assert_eq!(
                (answer.status, code.as_str()),
                (404, "not_found"),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_has_an_id_of_its_own() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for kind in ActionKind::ALL {
        ids.push(world.signed(kind, call_with(json!({}))).await.request_id);
        ids.push(world.signed(kind, "{}").await.request_id);
        ids.push(world.action_with(kind, vec![], vec![]).await.request_id);
    }
    for path in [
        "/livez",
        "/readyz",
        "/metrics",
        "/nowhere",
        "/v1/portals/50001/tickets/1",
    ] {
        ids.push(world.read(path).await.request_id);
        ids.push(world.request(Method::DELETE, path, None).await.request_id);
    }

    let count = ids.len();
    assert!(ids.iter().all(Option::is_some), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "each has its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_own_request_id_is_not_taken_over() {
    let world = World::start().await;
    let own = vec![("x-request-id", "mine".to_owned())];

    let answer = world.action_with(PauseAi, own, vec![]).await;

    assert_ne!(answer.request_id.as_deref(), Some("mine"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_shows_a_secret_or_the_inside() {
    let world = World::start().await;
    world.execute("ALTER TABLE decisions RENAME TO hidden_decisions");

    let action = world.signed(PauseAi, call_with(json!({}))).await;
    let read = world
        .read("/v1/portals/50001/conversations/7001/decisions")
        .await;

    for answer in [action, read] {
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (500, "internal")
        );
        let shown = String::from_utf8_lossy(&answer.body).into_owned();
        for inside in [
            "decisions",
            "relation",
            "SELECT",
            SECRET,
            AI_KEY,
            "postgres",
        ] {
            assert!(!shown.contains(inside), "{shown}");
        }
    }
}
