//! Bodies that are read: in full, with holes, in older shapes.

use super::*;

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
