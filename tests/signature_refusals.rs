//! Each reason for which the verifier refuses a request, and what the log is told about it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod vectors;

use baton::domain::time::{Span, Timestamp};
use baton::hubspot::action_call::ActionCall;
use baton::hubspot::signature::headers::{
    REQUEST_TIMESTAMP, SIGNATURE, SIGNATURE_V3, SIGNATURE_VERSION,
};
use baton::hubspot::signature::refusal::{Hint, Refusal};
use baton::hubspot::signature::secrets::ClientSecrets;
use baton::hubspot::signature::verify::Verified;
use baton::hubspot::signature::version::SignatureVersion::{V2, V3};
use vectors::{Case, Request, Vectors, header};

fn plain_case() -> (ClientSecrets, Case) {
    let vectors = Vectors::load();
    (
        vectors.client_secrets(),
        vectors.case("a plain action call").clone(),
    )
}

fn refusal(request: &Request, secrets: &ClientSecrets) -> Refusal {
    request.verify(secrets).unwrap_err()
}

#[test]
fn a_request_without_a_signature_is_refused() {
    let (secrets, case) = plain_case();
    let only_others = vec![
        header(SIGNATURE_VERSION, "v2"),
        header(REQUEST_TIMESTAMP, "1"),
    ];

    for headers in [vec![], only_others] {
        assert_eq!(
            refusal(&case.with_headers(headers), &secrets),
            Refusal::NoSignature
        );
    }
}

#[test]
fn a_header_given_twice_is_refused_even_with_equal_values() {
    let (secrets, case) = plain_case();
    for mut request in [case.with_v2(), case.with_v3()] {
        for i in 0..request.headers.len() {
            let repeated = request.headers[i].clone();
            let name = repeated.0;
            request.headers.push(repeated);

            assert_eq!(refusal(&request, &secrets), Refusal::DuplicateHeader(name));
            request.headers.pop();
        }
    }
}

#[test]
fn a_header_that_is_not_visible_ascii_is_refused() {
    let (secrets, case) = plain_case();
    let names = [
        SIGNATURE,
        SIGNATURE_VERSION,
        SIGNATURE_V3,
        REQUEST_TIMESTAMP,
    ];
    for name in names {
        for value in [
            &b""[..],
            b" ",
            b"a b",
            b"a\0",
            b"a\n",
            b"\xc3\xa9",
            b"\xff",
            b"\x7f",
        ] {
            let request = case.with_headers(vec![(name, value.to_vec())]);

            assert_eq!(
                refusal(&request, &secrets),
                Refusal::MalformedHeader(name),
                "{value:?}"
            );
        }
    }
}

/// Forms that are no v3 signature.
fn not_v3(case: &Case) -> [String; 4] {
    [
        "v3".to_owned(),
        case.v3.trim_end_matches('=').to_owned(),
        format!("{}=", case.v3),
        case.v2.clone(),
    ]
}

/// Forms that are no timestamp.
fn no_timestamps(case: &Case) -> [String; 6] {
    let others = ["now", "-1", "1.5", "0"].map(str::to_owned);
    let [a, b, c, d] = others;
    [a, b, c, d, format!("0{}", case.timestamp), "9".repeat(30)]
}

fn malformed_v3(hint: Option<Hint>) -> Refusal {
    let version = V3;
    Refusal::MalformedSignature { version, hint }
}

#[test]
fn a_signature_of_the_wrong_form_is_refused() {
    let (secrets, case) = plain_case();
    for text in [
        "v2",
        &case.v2.to_uppercase(),
        &case.v2[1..],
        &format!("{}0", case.v2),
        &case.v3,
    ] {
        let request = case.with_headers(vec![header(SIGNATURE, text)]);
        let malformed = Refusal::MalformedSignature {
            version: V2,
            hint: None,
        };
        assert_eq!(refusal(&request, &secrets), malformed, "{text}");
    }
    for text in not_v3(&case) {
        let mut request = case.with_v3();
        request.headers[0] = header(SIGNATURE_V3, &text);
        assert_eq!(refusal(&request, &secrets), malformed_v3(None), "{text}");
    }
}

#[test]
fn a_v3_signature_needs_a_plain_timestamp() {
    let (secrets, case) = plain_case();
    let without = case.with_headers(vec![header(SIGNATURE_V3, &case.v3)]);
    let missing = Refusal::MissingTimestamp { hint: None };
    assert_eq!(refusal(&without, &secrets), missing);

    for text in no_timestamps(&case) {
        let mut request = case.with_v3();
        request.headers[1] = header(REQUEST_TIMESTAMP, &text);
        let malformed = Refusal::MalformedTimestamp { hint: None };
        assert_eq!(refusal(&request, &secrets), malformed, "{text}");
    }
}

#[test]
fn a_v3_signature_or_timestamp_of_the_wrong_form_still_says_whether_v2_would_have_matched() {
    let (secrets, case) = plain_case();
    let wrong = "0".repeat(64);
    for (v2, hint) in [(&case.v2, Some(Hint::V2Fits)), (&wrong, None)] {
        let refused = |signature: &str, timestamp: Option<&str>| {
            let mut headers = vec![header(SIGNATURE_V3, signature), header(SIGNATURE, v2)];
            headers.extend(timestamp.map(|text| header(REQUEST_TIMESTAMP, text)));
            refusal(&case.with_headers(headers), &secrets)
        };
        for text in not_v3(&case) {
            let refused = refused(&text, Some(&case.timestamp));
            assert_eq!(refused, malformed_v3(hint.clone()), "{text}");
        }
        for text in no_timestamps(&case) {
            let refused = refused(&case.v3, Some(&text));
            let hint = hint.clone();
            assert_eq!(refused, Refusal::MalformedTimestamp { hint }, "{text}");
        }
        let refused = refused(&case.v3, None);
        let is_ours = hint.is_some();
        assert_eq!(refused.is_of_hubspot(), is_ours);
        assert_eq!(
            refused
                .to_string()
                .contains("v2 signature beside it matches"),
            is_ours
        );
        let hint = hint.clone();
        assert_eq!(refused, Refusal::MissingTimestamp { hint });
    }
}

#[test]
fn a_timestamp_is_accepted_up_to_five_minutes_old_and_one_minute_ahead() {
    let (secrets, case) = plain_case();
    let signature_fits = true;
    let at = |offset: i64| {
        let now = case.signed_at() + Span::from_millis(offset);
        Request {
            now,
            ..case.with_v3()
        }
        .verify(&secrets)
    };

    for accepted in [0, 300_000, -60_000] {
        assert!(at(accepted).is_ok(), "{accepted}");
    }
    let age = Span::from_millis(300_001);
    assert_eq!(
        at(300_001),
        Err(Refusal::TimestampTooOld {
            age,
            signature_fits
        })
    );
    let ahead = Span::from_millis(60_001);
    assert_eq!(
        at(-60_001),
        Err(Refusal::TimestampAhead {
            ahead,
            signature_fits
        })
    );
}

#[test]
fn no_moment_makes_the_age_overflow() {
    let (secrets, case) = plain_case();
    for now in [i64::MIN, 0, i64::MAX] {
        for timestamp in ["1", "9223372036854775807"] {
            let mut request = Request {
                now: Timestamp::from_millis(now),
                ..case.with_v3()
            };
            request.headers[1] = header(REQUEST_TIMESTAMP, timestamp);

            assert!(request.verify(&secrets).is_err());
        }
    }
}

#[test]
fn a_refused_timestamp_says_whether_the_signature_is_right() {
    let (secrets, case) = plain_case();
    let mut request = case.with_v3();
    request.now = request.now + Span::from_hours(1);
    assert!(
        refusal(&request, &secrets)
            .to_string()
            .contains("the signature itself matches")
    );

    request.body.push(b' ');
    let refusal = refusal(&request, &secrets);
    assert!(matches!(
        refusal,
        Refusal::TimestampTooOld {
            signature_fits: false,
            ..
        }
    ));
}

#[test]
fn with_a_wrong_v3_signature_a_right_v2_signature_does_not_count() {
    let (secrets, case) = plain_case();
    let mut request = case.with_v3();
    request.headers[0] = header(SIGNATURE_V3, &format!("{}A=", "A".repeat(42)));
    request.headers.extend(case.with_v2().headers);

    let refusal = refusal(&request, &secrets);

    assert_eq!(
        refusal,
        Refusal::Mismatch {
            version: V3,
            hint: Some(Hint::V2Fits)
        }
    );
    assert_eq!(refusal.label(), "mismatch_v2_fits");
}

#[test]
fn with_a_right_v3_signature_the_older_header_does_not_matter() {
    let (secrets, case) = plain_case();
    for (version, older) in [("v1", &case.v1), ("v2", &case.v2), ("v2", &case.v1)] {
        let mut request = case.with_v3();
        request
            .headers
            .extend([header(SIGNATURE, older), header(SIGNATURE_VERSION, version)]);

        assert_eq!(
            request.verify(&secrets).map(|verified| verified.version),
            Ok(V3)
        );
    }
}

#[test]
fn the_version_header_may_be_missing_but_not_name_another_version() {
    let (secrets, case) = plain_case();
    let missing = case.with_headers(vec![header(SIGNATURE, &case.v2)]);
    assert_eq!(
        missing.verify(&secrets).map(|verified| verified.version),
        Ok(V2)
    );

    for other in ["v1", "v3", "V2", "2", "v2,v2"] {
        let mut request = case.with_v2();
        request.headers[1] = header(SIGNATURE_VERSION, other);
        assert_eq!(
            refusal(&request, &secrets),
            Refusal::UnexpectedVersion { v1_fits: false }
        );
    }
}

#[test]
fn v1_is_refused_and_named() {
    let (secrets, case) = plain_case();
    let named = vec![header(SIGNATURE, &case.v1), header(SIGNATURE_VERSION, "v1")];
    let unnamed = vec![header(SIGNATURE, &case.v1)];

    let refused = refusal(&case.with_headers(named), &secrets);
    assert_eq!(refused, Refusal::UnexpectedVersion { v1_fits: true });
    assert!(refused.to_string().contains("as v1"));
    let refused = refusal(&case.with_headers(unnamed), &secrets);
    assert_eq!(
        refused,
        Refusal::Mismatch {
            version: V2,
            hint: Some(Hint::V1Fits)
        }
    );
}

#[test]
fn with_v3_as_the_minimum_v2_is_refused() {
    let (secrets, case) = plain_case();
    let v2 = Request {
        minimum: V3,
        ..case.with_v2()
    };
    let v3 = Request {
        minimum: V3,
        ..case.with_v3()
    };

    assert_eq!(
        refusal(&v2, &secrets),
        Refusal::BelowMinimum { v2_fits: true }
    );
    assert_eq!(v3.verify(&secrets).map(|verified| verified.version), Ok(V3));
}

#[test]
fn a_previous_secret_counts_only_while_it_is_configured() {
    let vectors = Vectors::load();
    let case = vectors.case("the previous secret");
    let without = ClientSecrets::new(vectors.secrets.current.as_str().into(), None).unwrap();

    for request in [case.with_v2(), case.with_v3()] {
        let Verified { secret, .. } = request.verify(&vectors.client_secrets()).unwrap();
        assert_eq!(secret, case.secret());
        assert!(matches!(
            refusal(&request, &without),
            Refusal::Mismatch { hint: None, .. }
        ));
    }
}

#[test]
fn no_refusal_shows_a_signature_or_a_secret() {
    let vectors = Vectors::load();
    let secrets = vectors.client_secrets();
    let case = vectors.case("a plain action call");
    let mut stale = case.with_v3();
    stale.now = stale.now + Span::from_hours(1);
    let elsewhere = |request| Request {
        public_url: "http://x.example".to_owned(),
        ..request
    };
    let requests = [
        stale,
        elsewhere(case.with_v2()),
        elsewhere(case.with_v3()),
        Request {
            minimum: V3,
            ..case.with_v2()
        },
        Request {
            path_and_query: "no-slash".to_owned(),
            ..case.with_v2()
        },
    ];
    for request in requests {
        let refusal = refusal(&request, &secrets);
        let shown = format!("{refusal} {refusal:?} {}", refusal.label());

        for hidden in [&case.v1, &case.v2, &case.v3, &vectors.secrets.current] {
            assert!(!shown.contains(hidden.as_str()), "{shown}");
        }
    }
}

#[test]
fn a_body_can_not_slide_into_the_url() {
    let (secrets, case) = plain_case();
    for mut request in [case.with_v2(), case.with_v3()] {
        let moved = request.body.remove(0);
        request.path_and_query.push(char::from(moved));

        assert_eq!(refusal(&request, &secrets), Refusal::MalformedTarget);
    }
}

#[test]
fn a_url_that_slides_into_the_body_leaves_no_action_call() {
    let (secrets, case) = plain_case();
    let path = case.path_and_query.clone();
    for kept in 1..path.len() {
        for mut request in [case.with_v2(), case.with_v3()] {
            request.path_and_query = path[..kept].to_owned();
            request.body.splice(..0, path[kept..].bytes());

            // The signature can not tell, since the parts are joined without separators.
            assert!(request.verify(&secrets).is_ok());
            assert!(ActionCall::parse(&request.body).is_err());
        }
    }
}
