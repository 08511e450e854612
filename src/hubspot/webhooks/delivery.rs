//! The body of a delivery: an array of events, each read for itself, so that a bad one never
//! spoils the others. Not here: the signature and the body's size limit.

use super::event::{BadEvent, Event};
use super::fields::Unusable;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Events in one delivery, by HubSpot's word (page "Webhooks", read 2026-11-22).
pub const USUAL_EVENTS: usize = 100;

/// One event of a delivery.
#[derive(Debug)]
pub struct Delivered {
    /// Its JSON as received; what was not UTF-8 is U+FFFD.
    pub content: String,
    /// What it tells, or why it cannot be used.
    pub read: Result<Event, BadEvent>,
}

/// Reads a body. One that is no JSON is a single event that cannot be used; one object alone
/// counts as an array of one.
pub fn read(body: &[u8]) -> Vec<Delivered> {
    let text: Cow<'_, str> = String::from_utf8_lossy(body);
    // The parser leaves the events unread, whatever they hold, and does not recurse over them.
    let events: Result<Vec<&RawValue>, _> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(&text),
        false => serde_json::from_str(&text).map(|event: &RawValue| vec![event]),
    };
    let of_event = |json: &str| Delivered {
        content: json.to_owned(),
        read: Event::read(json),
    };
    match events {
        Ok(events) => events
            .into_iter()
            .map(|event| of_event(event.get()))
            .collect(),
        Err(error) => vec![Delivered {
            content: text.into_owned(),
            read: Err(BadEvent {
                portal: None,
                why: Unusable::NotJson(error.to_string()),
            }),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str =
        r#"{"portalId":1,"subscriptionType":"conversation.creation","objectId":7,"occurredAt":5}"#;

    fn whys(body: &[u8]) -> Vec<String> {
        let read = read(body).into_iter();
        let why = |one: Delivered| {
            one.read
                .err()
                .map_or("read".to_owned(), |bad| bad.why.to_string())
        };
        read.map(why).collect()
    }

    #[test]
    fn an_array_and_a_lone_event_are_read_alike() {
        assert_eq!(
            whys(format!(" [{EVENT} , {EVENT}]").as_bytes()),
            ["read", "read"]
        );
        assert_eq!(whys(EVENT.as_bytes()), ["read"]);
        assert!(read(b"[]").is_empty());
    }

    #[test]
    fn a_bad_event_does_not_spoil_its_neighbours() {
        let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
        let very_deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        for bad in [
            "1",
            "null",
            "\"text\"",
            "[]",
            "{}",
            r#""\ud800""#,
            r#"{"a":"\u0000"}"#,
            &deep,
            &very_deep,
        ] {
            let found = whys(format!("[{EVENT},{bad},{EVENT}]").as_bytes());
            let start = &bad[..bad.len().min(20)];
            assert_eq!(
                (found.len(), found[0].as_str(), found[2].as_str()),
                (3, "read", "read"),
                "{start}"
            );
            assert_ne!(found[1], "read", "{start}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_spoil_their_own_event_only() {
        let mut body = format!("[{EVENT},").into_bytes();
        body.extend_from_slice(b"{\"portalId\":1,\"x\":\"\xff\"},");
        body.extend_from_slice(format!("{EVENT}]").as_bytes());
        let found = whys(&body);
        assert_eq!((found[0].as_str(), found[2].as_str()), ("read", "read"));
        assert!(found[1].starts_with("it is not UTF-8"), "{}", found[1]);
    }

    #[test]
    fn what_is_no_json_is_one_event_that_cannot_be_used() {
        for body in ["", "{", "[1,", "hello", "[{]", "[1]]", "\0"] {
            let found = whys(body.as_bytes());
            assert_eq!(found.len(), 1, "{body:?}");
            assert!(
                found[0].starts_with("the body is not JSON"),
                "{body:?}: {}",
                found[0]
            );
        }
    }
}
