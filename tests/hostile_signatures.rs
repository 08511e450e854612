//! A hundred thousand requests that someone tampered with after HubSpot signed them: none is taken
//! for HubSpot's, and none makes the verifier panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "service/seeds.rs"]
mod seeds;
mod vectors;

use baton::domain::time::Span;
use baton::hubspot::signature::refusal::Refusal;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use vectors::{Case, Request, Vectors};

const TAMPERED_REQUESTS: usize = 100_000;

#[test]
fn no_tampered_request_is_accepted() {
    let mut rng = StdRng::seed_from_u64(seeds::seed());
    let vectors = Vectors::load();
    let secrets = vectors.client_secrets();
    let mut refusals: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tampered = 0;

    while tampered < TAMPERED_REQUESTS {
        let case = vectors.cases.choose(&mut rng).unwrap();
        let is_v3 = rng.random();
        let signed = if is_v3 {
            case.with_v3()
        } else {
            case.with_v2()
        };
        let mut request = signed.clone();
        let how = tamper(&mut request, &vectors.cases, is_v3, &mut rng);
        if means_the_same(&request, &signed, is_v3) {
            continue;
        }
        tampered += 1;

        match request.verify(&secrets) {
            Err(refusal) => *refusals.entry(refusal.label()).or_default() += 1,
            Ok(verified) => panic!(
                "{how} in {:?} is accepted: {verified:?} {request:?}",
                case.name
            ),
        }
    }

    println!("{refusals:?}");
    let compared: usize = refusals
        .iter()
        .filter(|(label, _)| label.starts_with("mismatch"))
        .map(|(_, n)| n)
        .sum();
    assert!(
        compared > TAMPERED_REQUESTS / 3,
        "too few reach the comparison: {refusals:?}"
    );
}

/// Changes one thing, and says which.
fn tamper(request: &mut Request, cases: &[Case], is_v3: bool, rng: &mut StdRng) -> &'static str {
    let other = cases.choose(rng).unwrap();
    match rng.random_range(0..13) {
        0 => {
            let value = header_of(request, 0);
            change_bytes(value, rng);
            "the signature changed"
        }
        1 => {
            // Keeps the form, so that the comparison itself is tried.
            let alphabet: &[u8] = if is_v3 {
                b"ABCDwxyz0189+/"
            } else {
                b"0123456789abcdef"
            };
            let value = header_of(request, 0);
            let at = rng.random_range(0..42);
            value[at] = *alphabet.choose(rng).unwrap();
            "one digit of the signature changed"
        }
        2 => {
            let value = header_of(request, 0);
            *value = if is_v3 {
                other.v3.clone()
            } else {
                other.v2.clone()
            }
            .into_bytes();
            request.body.push(b' ');
            "another request's signature"
        }
        3 => {
            *header_of(request, 0) = random_bytes(rng);
            "a random signature"
        }
        4 => {
            let index = rng.random_range(0..request.headers.len());
            let repeated = request.headers[index].clone();
            request
                .headers
                .insert(rng.random_range(0..=request.headers.len()), repeated);
            "a header given twice"
        }
        5 | 6 => {
            change_bytes(&mut request.body, rng);
            "the body changed"
        }
        7 | 8 => {
            let mut path = request.path_and_query.clone().into_bytes();
            change_bytes(&mut path, rng);
            request.path_and_query = String::from_utf8_lossy(&path).into_owned();
            "the URL changed"
        }
        9 => {
            request.path_and_query = other.path_and_query.clone();
            "another request's URL"
        }
        10 => {
            let methods = [
                "GET", "PUT", "post", "POS", "POSTh", "", "DELETE", "PATCH", "POST ",
            ];
            request.method = (*methods.choose(rng).unwrap()).to_owned();
            "another method"
        }
        11 => {
            let moved = rng
                .random_range(1..=request.body.len().max(1))
                .min(request.body.len());
            let moved: Vec<u8> = request.body.drain(..moved).collect();
            request
                .path_and_query
                .push_str(&String::from_utf8_lossy(&moved));
            "the body's beginning moved into the URL"
        }
        _ if is_v3 => tamper_with_time(request, rng),
        _ => {
            request.public_url = "https://another.example".to_owned();
            "another public URL"
        }
    }
}

fn tamper_with_time(request: &mut Request, rng: &mut StdRng) -> &'static str {
    match rng.random_range(0..4) {
        0 => {
            // Stays within the limits, so that only the signature can tell.
            let signed_at: i64 = text(header_of(request, 1)).parse().unwrap();
            let moved = signed_at + rng.random_range(-60_000..60_000);
            *header_of(request, 1) = moved.to_string().into_bytes();
            "a fresher timestamp"
        }
        1 => {
            change_bytes(header_of(request, 1), rng);
            "the timestamp changed"
        }
        2 => {
            request.headers.pop();
            "no timestamp"
        }
        _ => {
            let late = rng.random_range(300_001..100_000_000_000);
            request.now = request.now + Span::from_millis(late);
            "replayed later"
        }
    }
}

/// Whether the signature rightly fits the tampered request too: it is the same request, or v3
/// decodes both URLs to the same text. Written apart from the verifier's own table.
fn means_the_same(request: &Request, signed: &Request, is_v3: bool) -> bool {
    let canonical = |request: &Request| {
        let mut request = request.clone();
        if is_v3 {
            let codes = "3A: 2F/ 3F? 40@ 21! 24$ 27' 28( 29) 2A* 2C, 3B;".split(' ');
            for (code, character) in codes.map(|entry| entry.split_at(2)) {
                request.path_and_query = request
                    .path_and_query
                    .replace(&format!("%{code}"), character);
            }
        }
        // A prefix may be kept or stripped by the proxy.
        let prefix = request
            .public_url
            .trim_start_matches("https://baton.example");
        if let Some(stripped) = request.path_and_query.strip_prefix(prefix) {
            request.path_and_query = stripped.to_owned();
        }
        request
    };
    canonical(request) == canonical(signed)
}

fn change_bytes(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=bytes.len());
        let byte = *[rng.random(), b'0', b'a', b'%', b'/', b'?', b' ', b'"']
            .choose(rng)
            .unwrap();
        match rng.random_range(0..5) {
            0 => bytes.insert(at, byte),
            1 => bytes.truncate(at),
            _ if at == bytes.len() => bytes.push(byte),
            2 => _ = bytes.remove(at),
            3 => bytes[at] ^= 1 << rng.random_range(0..8),
            _ => bytes[at] = byte,
        }
    }
}

fn random_bytes(rng: &mut StdRng) -> Vec<u8> {
    (0..rng.random_range(0..80)).map(|_| rng.random()).collect()
}

fn header_of(request: &mut Request, index: usize) -> &mut Vec<u8> {
    &mut request.headers[index].1
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn every_untampered_request_is_accepted() {
    let vectors = Vectors::load();
    let secrets = vectors.client_secrets();
    for case in &vectors.cases {
        assert!(case.with_v2().verify(&secrets).is_ok(), "{}", case.name);
        assert!(!matches!(
            case.with_v3().verify(&secrets),
            Err(Refusal::Mismatch { .. })
        ));
    }
}
