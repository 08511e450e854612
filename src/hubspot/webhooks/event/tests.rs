//! Single events, right and wrong.

use super::*;
use crate::domain::ids::{ThreadId, TicketId};
use crate::hubspot::webhooks::assignee::{Assignee, TicketOwner};
use crate::hubspot::webhooks::changed_by::ChangedBy;
use serde_json::json;

/// An event with some fields changed; null takes one away.
fn event(changes: Value) -> Value {
    let mut event = json!({"eventId": 3_269_000_001_i64, "subscriptionId": 2_371_001,
        "portalId": 50_001, "appId": 2_438_001, "occurredAt": 1_763_700_000_123_i64,
        "subscriptionType": "conversation.propertyChange", "attemptNumber": 0,
        "objectId": 6_065_000_001_i64, "propertyName": "assignedTo",
        "propertyValue": "A-3892001", "changeSource": "USER"});
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn read(changes: Value) -> Result<Event, BadEvent> {
    Event::read(&event(changes).to_string())
}

fn happened(changes: Value) -> Happened {
    read(changes).unwrap().happened
}

fn why(changes: Value) -> String {
    read(changes).unwrap_err().why.to_string()
}

const THREAD: ThreadId = ThreadId(6_065_000_001);

fn of_ticket(changes: Value) -> Value {
    let mut all = json!({"subscriptionType": "ticket.propertyChange",
        "propertyName": "hubspot_owner_id", "propertyValue": "81538001", "objectId": 15_i64});
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

#[test]
fn the_captured_shape_of_an_assignment_is_read() {
    let read = read(json!({})).unwrap();
    assert_eq!(read.portal, PortalId(50_001));
    assert_eq!(read.occurred_at, Timestamp::from_millis(1_763_700_000_123));
    let expected = Happened::ThreadAssigned {
        thread: THREAD,
        to: Assignee::User(3_892_001),
        by: ChangedBy::Hand,
    };
    assert_eq!(read.happened, expected);
}

#[test]
fn ids_may_be_texts_and_the_type_may_go_by_its_other_name() {
    let as_text = json!({"portalId": "50001", "objectId": "6065000001",
        "occurredAt": "1763700000123", "eventId": "3269000001", "subscriptionType": null,
        "eventType": "conversation.propertyChange"});
    assert_eq!(read(as_text).unwrap(), read(json!({})).unwrap());
}

#[test]
fn a_ticket_s_owner_is_read_from_both_kinds_of_subscription() {
    let expected = Happened::TicketAssigned {
        ticket: TicketId(15),
        to: TicketOwner::Owner(81_538_001),
        by: ChangedBy::Automation,
    };
    let by_workflow = json!({"changeSource": "AUTOMATION_PLATFORM"});
    assert_eq!(happened(of_ticket(by_workflow)), expected);
    let generic = json!({"changeSource": "AUTOMATION_PLATFORM", "objectTypeId": "0-5",
        "subscriptionType": "object.propertyChange"});
    assert_eq!(happened(of_ticket(generic)), expected);
}

#[test]
fn a_change_of_another_object_or_property_is_of_no_use() {
    for changes in [
        of_ticket(json!({"subscriptionType": "object.propertyChange", "objectTypeId": "0-1"})),
        of_ticket(json!({"subscriptionType": "object.propertyChange"})),
        of_ticket(json!({"propertyName": "subject"})),
        of_ticket(json!({"propertyName": null})),
        json!({"propertyName": "channel"}),
        json!({"subscriptionType": "deal.creation"}),
        json!({"subscriptionType": "conversation"}),
        json!({"subscriptionType": "contact.propertyChange"}),
        json!({"subscriptionType": "conversation.newMessage", "messageType": "COMMENT"}),
        json!({"subscriptionType": "conversation.newMessage", "messageType": "WELCOME_MESSAGE"}),
    ] {
        assert_eq!(
            happened(changes.clone()),
            Happened::NothingOfUse,
            "{changes}"
        );
    }
}

#[test]
fn status_and_archiving_open_and_close() {
    let status = |value: &str| happened(json!({"propertyName": "status", "propertyValue": value}));
    assert_eq!(status("OPEN"), Happened::ThreadOpened(THREAD));
    assert_eq!(status("closed"), Happened::ThreadClosed(THREAD));
    let archived = json!({"propertyName": "isArchived", "propertyValue": true});
    assert_eq!(happened(archived), Happened::ThreadArchived(THREAD));
    let deleted = json!({"subscriptionType": "conversation.deletion"});
    assert_eq!(happened(deleted), Happened::ThreadArchived(THREAD));
    for value in [json!(false), json!("false")] {
        let restored = json!({"propertyName": "isArchived", "propertyValue": value});
        assert_eq!(happened(restored), Happened::ThreadRestored(THREAD));
    }
    for value in [json!("SNOOZED"), json!(null), json!(""), json!(true)] {
        let why = why(json!({"propertyName": "status", "propertyValue": value}));
        assert!(why.starts_with("propertyValue is of no use"), "{why}");
    }
}

#[test]
fn a_new_message_names_itself_and_nothing_more() {
    let message = |changes: Value| {
        let mut all = json!({"subscriptionType": "conversation.newMessage", "propertyName": null,
            "messageId": "9b38dc6d5b5744a788931a9cf3a7b225", "messageType": "MESSAGE"});
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        all
    };
    let expected = Happened::MessageAdded {
        thread: THREAD,
        message_id: "9b38dc6d5b5744a788931a9cf3a7b225".to_owned(),
    };
    assert_eq!(happened(message(json!({}))), expected);
    assert_eq!(happened(message(json!({"messageType": null}))), expected);
    assert_eq!(happened(message(json!({"messageType": "VOICE"}))), expected);
    assert_eq!(
        why(message(json!({"messageId": null}))),
        "messageId is missing"
    );
    for id in [json!(""), json!("x".repeat(256)), json!([])] {
        assert!(why(message(json!({"messageId": id}))).contains("1 to 255 bytes"));
    }
}

#[test]
fn links_are_read_from_either_end_and_never_taken_away() {
    let link = |changes: Value| {
        let mut all = json!({"subscriptionType": "ticket.associationChange", "objectId": null,
            "associationType": "TICKET_TO_THREAD", "fromObjectId": 15, "toObjectId": "7001",
            "associationRemoved": false});
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        all
    };
    let (ticket, thread) = (TicketId(15), ThreadId(7_001));
    let expected = Happened::TicketLinked { ticket, thread };
    assert_eq!(happened(link(json!({}))), expected);
    let other_way = json!({"associationType": "CONVERSATION_TO_TICKET", "fromObjectId": 7001,
        "toObjectId": 15});
    assert_eq!(happened(link(other_way)), expected);
    let stamped = of_ticket(json!({"propertyValue": "7001",
        "propertyName": "hs_conversations_originating_thread_id"}));
    assert_eq!(happened(stamped), expected);
    for changes in [
        json!({"associationRemoved": true}),
        json!({"associationRemoved": "true"}),
        json!({"associationType": "TICKET_TO_CONTACT"}),
        json!({"associationType": "TICKET_TO_CONVERSATION_SESSION"}),
        json!({"associationType": "TICKET_TO_TICKET"}),
        json!({"associationType": null}),
    ] {
        assert_eq!(
            happened(link(changes.clone())),
            Happened::NothingOfUse,
            "{changes}"
        );
    }
    assert_eq!(
        why(link(json!({"toObjectId": null}))),
        "toObjectId is missing"
    );
    assert!(why(link(json!({"fromObjectId": -1}))).starts_with("fromObjectId is of no use"));
}

#[test]
fn a_merge_names_the_ticket_that_is_left_and_those_that_are_not() {
    let merge = |changes: Value| {
        let mut all = json!({"subscriptionType": "ticket.merge", "objectId": null,
            "primaryObjectId": 15, "mergedObjectIds": [16, "17", 16]});
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        all
    };
    let merged = |into, merged: &[i64]| Happened::TicketsMerged {
        into: TicketId(into),
        merged: merged.iter().copied().map(TicketId).collect(),
    };
    assert_eq!(happened(merge(json!({}))), merged(15, &[16, 17]));
    assert_eq!(
        happened(merge(json!({"newObjectId": 18}))),
        merged(18, &[15, 16, 17])
    );
    assert_eq!(
        happened(merge(json!({"mergedObjectIds": 15}))),
        merged(15, &[])
    );
    assert_eq!(
        why(merge(json!({"mergedObjectIds": null}))),
        "mergedObjectIds is missing"
    );
    assert!(why(merge(json!({"mergedObjectIds": [16, "x"]}))).contains("whole numbers"));
    assert_eq!(
        why(merge(json!({"primaryObjectId": null}))),
        "primaryObjectId is missing"
    );
}

#[test]
fn what_an_event_cannot_do_without_is_named() {
    for (changes, expected) in [
        (json!({"portalId": null}), "portalId is missing"),
        (json!({"objectId": null}), "objectId is missing"),
        (json!({"occurredAt": null}), "occurredAt is missing"),
        (
            json!({"subscriptionType": null}),
            "subscriptionType is missing",
        ),
        (
            json!({"subscriptionType": ["x"]}),
            "subscriptionType is missing",
        ),
        (
            json!({"portalId": 0}),
            "portalId is of no use: expected a positive whole number",
        ),
        (
            json!({"objectId": "x"}),
            "objectId is of no use: expected a positive whole number",
        ),
        (
            json!({"objectId": 1e40}),
            "objectId is of no use: expected a positive whole number",
        ),
        (json!({"a\u{0}": 1}), "a\u{FFFD} holds U+0000"),
        (
            json!({"sourceId": {"x": ["\u{0}"]}}),
            "sourceId.x.0 holds U+0000",
        ),
    ] {
        assert_eq!(why(changes.clone()), expected, "{changes}");
    }
    for moment in [
        json!(0),
        json!(-5),
        json!(1.5),
        json!("soon"),
        json!(i64::MAX),
    ] {
        assert!(why(json!({"occurredAt": moment})).starts_with("occurredAt is of no use"));
    }
}

#[test]
fn the_portal_of_a_bad_event_is_told_where_it_can_be_read() {
    let portal = |changes| read(changes).unwrap_err().portal;
    assert_eq!(portal(json!({"objectId": null})), Some(PortalId(50_001)));
    assert_eq!(portal(json!({"portalId": "fifty"})), None);
}

#[test]
fn an_attempt_makes_no_other_event_and_everything_else_does() {
    let key = |changes| read(changes).unwrap().key;
    assert_eq!(
        key(json!({"attemptNumber": 9, "subscriptionId": 1})),
        key(json!({}))
    );
    assert_eq!(key(json!({"objectId": "6065000001"})), key(json!({})));
    for changes in [
        json!({"subscriptionType": "object.propertyChange"}),
        json!({"objectId": 1}),
        json!({"propertyName": "status", "propertyValue": "OPEN"}),
        json!({"propertyValue": "A-3892002"}),
        json!({"propertyValue": ""}),
        json!({"propertyValue": null}),
        json!({"occurredAt": 1_763_700_000_124_i64}),
        json!({"eventId": 3_269_000_002_i64}),
    ] {
        assert_ne!(key(changes.clone()), key(json!({})), "{changes}");
    }
}
