//! Bodies that are no action calls, and what is said of them.

use super::*;

#[test]
fn all_that_is_missing_is_named() {
    assert_eq!(
        refusal(b"{}"),
        "callbackId is missing, origin.portalId is missing"
    );
    assert_eq!(
        refusal(br#"{"callbackId":"a","origin":{}}"#),
        "origin.portalId is missing"
    );
    assert_eq!(
        refusal(br#"{"origin":{"portalId":1}}"#),
        "callbackId is missing"
    );
    assert_eq!(
        refusal(br#"{"callbackId":null,"origin":[1]}"#),
        "callbackId is missing, origin.portalId is missing"
    );
}

#[test]
fn a_key_that_is_of_no_use_is_named() {
    let unusable = "callbackId is not a text of 1 to 512 bytes, \
                    origin.portalId is not a positive whole number";
    for (callback_id, portal) in [
        (json!(""), json!(0)),
        (json!("x".repeat(513)), json!(-1)),
        (json!(["a"]), json!("x")),
        (json!(true), json!(1.5)),
    ] {
        let body = json!({"callbackId": callback_id, "origin": {"portalId": portal}});
        assert_eq!(refusal(body.to_string().as_bytes()), unusable);
    }
}

#[test]
fn what_is_not_a_json_object_is_refused_with_what_was_expected() {
    let expected = "expected an action call as a JSON object";
    for body in [
        "",
        " ",
        "{",
        "not json",
        "{\"a\":}",
        "{}{}",
        "\u{FEFF}{}",
        "callbackId=a",
        "NaN",
    ] {
        assert_eq!(
            refusal(body.as_bytes()),
            format!("the body is not JSON: {expected}"),
            "{body}"
        );
    }
    let others = [
        ("null", "null"),
        ("true", "a boolean"),
        ("1", "a number"),
        ("\"{}\"", "a string"),
        ("[{}]", "an array"),
    ];
    for (body, found) in others {
        assert_eq!(
            refusal(body.as_bytes()),
            format!("the body is {found}: {expected}")
        );
    }
    for body in [&b"\xff"[..], b"{\"callbackId\":\"\xc3\"}"] {
        assert_eq!(
            refusal(body),
            "the body is not UTF-8: expected an action call as JSON"
        );
    }
}

#[test]
fn deep_nesting_is_refused_before_it_is_parsed() {
    let nested = |depth: usize| {
        let inner = format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        CAPTURED.replacen('{', &format!("{{\"unknown\":{inner},"), 1)
    };

    assert_eq!(
        ActionCall::parse(nested(nesting::MAX_DEPTH).as_bytes()).unwrap(),
        expected()
    );
    assert_eq!(
        refusal(nested(nesting::MAX_DEPTH + 1).as_bytes()),
        "the body nests deeper than 32 levels"
    );
    assert_eq!(
        refusal("[".repeat(65_536).as_bytes()),
        "the body nests deeper than 32 levels"
    );
}

#[test]
fn u0000_outside_the_inputs_is_an_error_that_names_the_place() {
    let places = [
        ("\"ap-50001", "callbackId"),
        ("\"WORKFLOWS", "context.source"),
        ("\"TICKET", "object.objectType"),
        (
            "\"7750001",
            "object.properties.hs_conversations_originating_thread_id",
        ),
    ];
    for (place, field) in places {
        let body = CAPTURED.replacen(place, &format!("{place}\\u0000"), 1);
        assert_eq!(refusal(body.as_bytes()), format!("{field} holds U+0000"));
    }

    let unread = [
        (r#""userId":"\u0000""#, "origin.userId"),
        (r#""userId":[{"x":"a\u0000"}]"#, "origin.userId.0.x"),
        (r#""userId":null,"x\u0000":1"#, "origin.x\u{FFFD}"),
    ];
    for (instead, field) in unread {
        let body = CAPTURED.replacen("\"userId\":null", instead, 1);
        assert_eq!(refusal(body.as_bytes()), format!("{field} holds U+0000"));
    }
}

#[test]
fn u0000_in_an_input_is_reported_with_the_call() {
    let body = CAPTURED.replace("pause", "pau\\u0000se");

    let call = ActionCall::parse(body.as_bytes()).unwrap();

    let inputs = ActionInputs {
        values: [].into(),
        holding_nul: vec!["mode".to_owned()],
    };
    assert_eq!(
        call,
        ActionCall {
            inputs,
            ..expected()
        }
    );
}

/// Mutated bodies, and where their sequence begins, so that a run that passed passes again.
const GARBLED_BODIES: usize = 20_000;
const SEED: u64 = 7;

#[test]
fn no_garbled_body_makes_the_parser_panic() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let splices = [
        &b"\\u0000"[..],
        b"\\ud800",
        b"null",
        b"{",
        b"[",
        b"\"",
        b"1e999",
        b"\xff",
        b"-0",
        b"",
    ];
    let mut understood = 0;

    for _ in 0..GARBLED_BODIES {
        let mut body = CAPTURED.as_bytes().to_vec();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..body.len());
            let end = (at + rng.random_range(0..8)).min(body.len());
            match rng.random_range(0..3) {
                0 => body[at] = rng.random(),
                1 => {
                    let splice = splices[rng.random_range(0..splices.len())];
                    body.splice(at..end, splice.iter().copied());
                }
                _ => body[at] ^= 1 << rng.random_range(0..8),
            }
        }
        if let Ok(call) = ActionCall::parse(&body) {
            understood += 1;
            let inputs = &call.inputs.values;
            assert!(!call.callback_id.as_str().contains('\0') && call.portal.0 > 0);
            assert!(
                !inputs
                    .iter()
                    .any(|(name, value)| name.contains('\0') || value.contains('\0'))
            );
        }
    }

    println!("{understood} of {GARBLED_BODIES} were still action calls");
    assert!(understood > 0 && understood < GARBLED_BODIES);
}
