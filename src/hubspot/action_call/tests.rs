//! Bodies as they were captured, with invented ids, bodies with holes, and bodies that are none.

use super::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

/// Compact, as HubSpot sends it.
const CAPTURED: &str = concat!(
    r#"{"callbackId":"ap-50001-2384000000001-1-0","#,
    r#""origin":{"portalId":50001,"userId":null,"#,
    r#""actionDefinitionId":259000001,"actionDefinitionVersion":1,"#,
    r#""actionExecutionIndexIdentifier":{"enrollmentId":2384000000001,"actionExecutionIndex":0},"#,
    r#""extensionDefinitionVersionId":1,"extensionDefinitionId":259000001},"#,
    r#""context":{"workflowId":1791000001,"actionId":1,"actionExecutionIndexIdentifier":{"enrollmentId":2384000000001,"actionExecutionIndex":0},"source":"WORKFLOWS"},"#,
    r#""object":{"objectId":15384000001,"objectType":"TICKET","properties":{"hs_conversations_originating_thread_id":"7750001"}},"#,
    r#""fields":{"mode":"pause"},"inputFields":{"mode":"pause"},"#,
    r#""typedInputs":{"mode":{"value":"pause","type":"STRING"}}}"#,
);

fn parse(body: &Value) -> ActionCall {
    ActionCall::parse(body.to_string().as_bytes()).unwrap()
}

fn refusal(body: &[u8]) -> String {
    ActionCall::parse(body).unwrap_err().to_string()
}

fn expected() -> ActionCall {
    let values = [("mode".to_owned(), "pause".to_owned())].into();
    ActionCall {
        callback_id: CallbackId::new("ap-50001-2384000000001-1-0").unwrap(),
        portal: PortalId(50_001),
        definition_id: Some(259_000_001),
        definition_version: Some(1),
        source: CallSource::Workflows,
        workflow: Some(WorkflowId(1_791_000_001)),
        object: CalledObject::Ticket(TicketId(15_384_000_001)),
        originating_thread: Some(ThreadId(7_750_001)),
        inputs: ActionInputs {
            values,
            holding_nul: vec![],
        },
    }
}

/// The least that is an action call.
fn bare() -> ActionCall {
    ActionCall {
        definition_id: None,
        definition_version: None,
        source: CallSource::Unknown,
        workflow: None,
        object: CalledObject::None,
        originating_thread: None,
        inputs: ActionInputs::default(),
        ..expected()
    }
}

#[test]
fn the_captured_shape_is_read_in_full() {
    assert_eq!(ActionCall::parse(CAPTURED.as_bytes()).unwrap(), expected());
}

#[test]
fn ids_may_be_strings_integers_or_whole_floats() {
    let forms: [fn(i64) -> Value; 3] = [
        |id| json!(id),
        |id| json!(id.to_string()),
        |id| json!(id as f64),
    ];
    for form in forms {
        let body = json!({
            "callbackId": "ap-50001-2384000000001-1-0",
            "origin": {
                "portalId": form(50_001),
                "actionDefinitionId": form(259_000_001),
                "actionDefinitionVersion": form(1),
            },
            "context": {"workflowId": form(1_791_000_001), "source": "workflows"},
            "object": {
                "objectId": form(15_384_000_001),
                "objectType": "ticket",
                "properties": {"hs_conversations_originating_thread_id": form(7_750_001)},
            },
            "inputFields": {"mode": "pause"},
        });
        assert_eq!(parse(&body), expected());
    }
}

#[test]
fn a_test_run_without_a_context_is_read() {
    let body = json!({
        "callbackId": "3f1c9a52-7a55-4b0e-9a0e-2f6d1c0b7e11",
        "origin": {
            "portalId": 50_001,
            "actionDefinitionId": 259_000_001,
            "actionDefinitionVersion": 0,
            "actionExecutionIndexIdentifier": null,
        },
        "object": {"objectId": 15_384_000_001_i64, "objectType": "TICKET"},
        "inputFields": {},
    });

    let expected = ActionCall {
        callback_id: CallbackId::new("3f1c9a52-7a55-4b0e-9a0e-2f6d1c0b7e11").unwrap(),
        definition_id: Some(259_000_001),
        definition_version: Some(0),
        object: CalledObject::Ticket(TicketId(15_384_000_001)),
        ..bare()
    };
    assert_eq!(parse(&body), expected);
}

#[test]
fn all_but_callback_id_and_portal_may_be_missing_null_or_of_another_type() {
    let minimal =
        json!({"callbackId": "ap-50001-2384000000001-1-0", "origin": {"portalId": 50_001}});
    assert_eq!(parse(&minimal), bare());

    for wrong in [
        json!(null),
        json!([]),
        json!([{}]),
        json!("x"),
        json!(""),
        json!(true),
        json!(1.5),
    ] {
        let mut body = minimal.clone();
        for part in [
            "context",
            "object",
            "fields",
            "inputFields",
            "typedInputs",
            "unknown",
        ] {
            body[part] = wrong.clone();
        }
        assert_eq!(parse(&body), bare(), "{wrong}");

        let mut body = minimal.clone();
        for part in ["userId", "actionDefinitionId", "actionDefinitionVersion"] {
            body["origin"][part] = wrong.clone();
        }
        body["context"] = json!({"source": wrong, "workflowId": wrong});
        body["object"] = json!({"objectId": wrong, "objectType": "TICKET", "properties": wrong});
        assert_eq!(parse(&body), bare(), "{wrong}");
        body["object"] = json!({"objectId": 1, "properties": {
            "hs_conversations_originating_thread_id": wrong
        }});
        assert_eq!(parse(&body), bare(), "{wrong}");
    }
}

#[test]
fn objects_are_told_apart_by_name_or_by_type_id() {
    let object = |object_type: &str, id: Value| {
        let mut body: Value = serde_json::from_str(CAPTURED).unwrap();
        body["object"] = json!({"objectType": object_type, "objectId": id});
        parse(&body).object
    };
    let other = |object_type: &str, id: &str| CalledObject::Other {
        object_type: object_type.to_owned(),
        id: id.to_owned(),
    };

    for ticket in ["TICKET", "Ticket", "ticket", "0-5"] {
        assert_eq!(
            object(ticket, json!("7")),
            CalledObject::Ticket(TicketId(7))
        );
    }
    for contact in ["CONTACT", "contact", "0-1"] {
        assert_eq!(object(contact, json!(7)), CalledObject::Contact(7));
    }
    assert_eq!(object("2-123", json!(7)), other("2-123", "7"));
    assert_eq!(object("Deal", json!("x-7")), other("Deal", "x-7"));
    for unusable in [json!("x"), json!(0), json!(-1), json!("")] {
        assert_eq!(object("TICKET", unusable), CalledObject::None);
    }
}

#[test]
fn sources_are_told_apart() {
    let sources = [
        ("WORKFLOWS", CallSource::Workflows),
        ("AGENTS", CallSource::Agents),
        ("COPILOT", CallSource::Copilot),
        ("STANDALONE", CallSource::Standalone),
        ("TEST", CallSource::Test),
        ("SOMETHING_NEW", CallSource::Unknown),
    ];
    for (word, source) in sources {
        let body = CAPTURED.replace("WORKFLOWS", word);
        assert_eq!(ActionCall::parse(body.as_bytes()).unwrap().source, source);
    }
}

#[test]
fn a_key_given_twice_is_no_error() {
    let body = r#"{"callbackId":"a","callbackId":"b","origin":{"portalId":1,"portalId":2}}"#;

    let call = ActionCall::parse(body.as_bytes()).unwrap();

    assert_eq!((call.callback_id.as_str(), call.portal), ("b", PortalId(2)));
}

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

/// Mutated bodies per run.
const GARBLED_BODIES: usize = 20_000;

#[test]
fn no_garbled_body_makes_the_parser_panic() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
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
