//! Signatures over HTTP: which are accepted, and that every refusal looks the same to the caller
//! while the metric knows the true reason. Forms and vectors have tests of their own.

use crate::wire::{Response, now_ms, signer};
use crate::world::{SECRET, Setup, THREAD, TICKET, World, request};
use baton::hubspot::signature::version::SignatureVersion;
use baton::simulator::action_kind::ActionKind::PauseAi;
use baton::simulator::action_request::Enrolled;
use baton::simulator::signing::{
    SIGNATURE, SIGNATURE_V3, SIGNATURE_VERSION, TIMESTAMP, UrlSigner, Versions,
};
use secrecy::SecretString;

type Headers = Vec<(&'static str, String)>;

fn pause_body() -> Vec<u8> {
    request(PauseAi, Enrolled::Ticket(TICKET, Some(THREAD)), &[]).body()
}

/// Signs a body for a world, some milliseconds from now.
fn sign(world: &World, secret: &str, versions: Versions, body: &[u8], later_ms: i64) -> Headers {
    signer(world, secret, PauseAi).headers(versions, body, now_ms() + later_ms)
}

fn with(mut headers: Headers, name: &'static str, value: &str) -> Headers {
    headers.retain(|(other, _)| *other != name);
    headers.push((name, value.to_owned()));
    headers
}

/// How often a reason was counted, by `/metrics`.
async fn counted(world: &World, reason: &str) -> u64 {
    let text = world.read("/metrics").await.body;
    let text = String::from_utf8(text).unwrap();
    let name = format!("baton_signature_failures_total{{reason=\"{reason}\"}} ");
    let count = text.lines().find_map(|line| line.strip_prefix(&name));
    count.map_or(0, |count| count.parse().unwrap())
}

async fn is_accepted(world: &World, headers: Headers, body: Vec<u8>) {
    let answer = world.action_with(PauseAi, headers, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn is_refused(world: &World, headers: Headers, body: Vec<u8>, reason: &str) -> Response {
    let before = counted(world, reason).await;
    let answer = world.action_with(PauseAi, headers, body).await;
    assert_eq!(answer.status, 401, "{reason}: {answer:?}");
    let code = answer.error_code();
    assert_eq!(code, "invalid_signature", "{reason}");
    assert!(
        counted(world, reason).await > before,
        "{reason} was not counted"
    );
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_alone_v3_alone_and_both_are_accepted() {
    let world = World::start().await;
    for versions in [Versions::V2, Versions::V3, Versions::Both] {
        let body = pause_body();
        let headers = sign(&world, SECRET, versions, &body, 0);
        is_accepted(&world, headers, body).await;
    }
    let body = pause_body();
    let unnamed = sign(&world, SECRET, Versions::V2, &body, 0);
    let unnamed = unnamed
        .into_iter()
        .filter(|(name, _)| *name != SIGNATURE_VERSION);
    is_accepted(&world, unnamed.collect(), body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_looks_the_same_and_is_counted_by_its_true_reason() {
    let world = World::start().await;
    let body = pause_body();
    let signed = |versions, later_ms| sign(&world, SECRET, versions, &body, later_ms);
    let (both, v2, v3) = (
        signed(Versions::Both, 0),
        signed(Versions::V2, 0),
        signed(Versions::V3, 0),
    );
    let wrong_v3 = signer(&world, "wrong", PauseAi).v3(&body, now_ms());
    let wrong_v2 = signer(&world, "wrong", PauseAi).v2(&body);
    let url = format!("{}{}", world.url, PauseAi.path());
    let v1_hash = UrlSigner::new(&SecretString::from(SECRET), "POST", &url).v1(&body);
    let as_v1 = |hash: &str| {
        vec![
            (SIGNATURE, hash.to_owned()),
            (SIGNATURE_VERSION, "v1".to_owned()),
        ]
    };
    let named = |headers: &Headers, name: &'static str| {
        let found = headers.iter().find(|(other, _)| *other == name);
        vec![found.unwrap().clone()]
    };
    let signed_at: i64 = named(&v3, TIMESTAMP)[0].1.parse().unwrap();
    let another_time = (signed_at - 1).to_string();
    let elsewhere = UrlSigner::new(
        &SecretString::from(SECRET),
        "POST",
        "https://baton.example/hubspot/actions/pause-ai",
    );
    let minute = 60_000;
    let cases: Vec<(Headers, &str)> = vec![
        (vec![], "no_signature"),
        (named(&both, TIMESTAMP), "no_signature"),
        (
            with(both.clone(), SIGNATURE_V3, &wrong_v3),
            "mismatch_v2_fits",
        ),
        (with(v2.clone(), SIGNATURE, &wrong_v2), "mismatch"),
        (sign(&world, "wrong", Versions::Both, &body, 0), "mismatch"),
        (as_v1(&v1_hash), "unexpected_version"),
        (as_v1(&wrong_v2), "unexpected_version"),
        (vec![(SIGNATURE, v1_hash.clone())], "mismatch_v1_fits"),
        (
            with(v2.clone(), SIGNATURE_VERSION, "v3"),
            "unexpected_version",
        ),
        (
            signed(Versions::V3, -5 * minute - 1_000),
            "timestamp_too_old",
        ),
        (signed(Versions::Both, -60 * minute), "timestamp_too_old"),
        (signed(Versions::V3, 10 * minute), "timestamp_ahead"),
        (named(&v3, SIGNATURE_V3), "missing_timestamp"),
        (with(v3.clone(), TIMESTAMP, "soon"), "malformed_timestamp"),
        (with(v3.clone(), TIMESTAMP, "-1"), "malformed_timestamp"),
        (with(v3.clone(), TIMESTAMP, &another_time), "mismatch"),
        (
            with(v3.clone(), SIGNATURE_V3, "AAAA"),
            "malformed_signature",
        ),
        (with(v2.clone(), SIGNATURE, "zz"), "malformed_signature"),
        (with(v2.clone(), SIGNATURE, ""), "malformed_header"),
        (
            [v2.clone(), named(&v2, SIGNATURE)].concat(),
            "duplicate_header",
        ),
        (
            [v3.clone(), named(&v3, SIGNATURE_V3)].concat(),
            "duplicate_header",
        ),
        (
            [v3.clone(), named(&v3, TIMESTAMP)].concat(),
            "duplicate_header",
        ),
        (elsewhere.headers(Versions::V2, &body, now_ms()), "mismatch"),
    ];
    let mut seen = Vec::new();
    for (headers, reason) in cases {
        let answer = is_refused(&world, headers, body.clone(), reason).await;
        seen.push(answer.but_request_id());
    }
    seen.dedup();

    assert_eq!(seen.len(), 1, "{seen:?}");
    let counts = world.row_counts();
    assert_eq!(
        (counts.tickets, counts.decisions, counts.receipts),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_within_five_minutes_or_slightly_ahead_is_accepted() {
    let world = World::start().await;
    for later_ms in [-4 * 60_000, 50_000] {
        let body = pause_body();
        let headers = sign(&world, SECRET, Versions::V3, &body, later_ms);
        is_accepted(&world, headers, body).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_or_a_path_that_was_changed_on_the_way_is_refused() {
    let world = World::start().await;
    let body = pause_body();
    let changed = [&body[..], b" "].concat();
    for versions in [Versions::V2, Versions::V3] {
        let headers = sign(&world, SECRET, versions, &body, 0);
        is_refused(&world, headers.clone(), changed.clone(), "mismatch").await;
        let elsewhere = baton::simulator::action_kind::ActionKind::ResumeAi;
        let answer = world.action_with(elsewhere, headers, body.clone()).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (401, "invalid_signature")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_checked_before_the_body_is_read_as_anything() {
    let world = World::start().await;
    for body in ["", "not json", "{\"callbackId\": 1"] {
        let answer = world.action_with(PauseAi, vec![], body.into()).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (401, "invalid_signature")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_v3_is_the_minimum_v2_is_refused() {
    let setup = Setup {
        minimum: SignatureVersion::V3,
        ..Setup::default()
    };
    let world = World::start_with(setup).await;
    let body = pause_body();

    let v2 = sign(&world, SECRET, Versions::V2, &body, 0);
    is_refused(&world, v2, body.clone(), "below_minimum").await;
    let v3 = sign(&world, SECRET, Versions::V3, &body, 0);
    is_accepted(&world, v3, body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_before_a_rotation_still_counts_and_an_older_one_does_not() {
    let previous_secret = Some("the secret before the rotation");
    let setup = Setup {
        previous_secret,
        ..Setup::default()
    };
    let world = World::start_with(setup).await;
    for versions in [Versions::V2, Versions::V3] {
        for secret in [SECRET, "the secret before the rotation"] {
            let body = pause_body();
            let headers = sign(&world, secret, versions, &body, 0);
            is_accepted(&world, headers, body).await;
        }
        let body = pause_body();
        let headers = sign(&world, "one older still", versions, &body, 0);
        is_refused(&world, headers, body, "mismatch").await;
    }
}
