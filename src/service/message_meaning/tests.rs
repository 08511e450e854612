//! Every sender and every way of sending, and what it means.

use super::*;
use crate::hubspot::api::messages::Party;

const THREAD: ThreadId = ThreadId(7_001);
const OUR_APP: i64 = 2_438_001;
const LISTED_APP: i64 = 2_438_002;
const SENDER: i64 = 61_000_009;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn ai() -> AiSender {
    AiSender {
        user: Some(SENDER),
        apps: BTreeSet::from([OUR_APP, LISTED_APP]),
    }
}

fn sent(direction: Option<Direction>, actor: &str, client: Client) -> HistoryItem {
    HistoryItem {
        id: "m-1".to_owned(),
        created_at: Some(at(100)),
        created_by: None,
        client,
        senders: vec![Party {
            actor: ActorId::read(actor),
            name: None,
            field: None,
            address: None,
        }],
        recipients: Vec::new(),
        is_archived: false,
        content: Content::Message(Message {
            direction,
            text: "Hello".to_owned(),
            rich_text: None,
            subject: None,
            channel: None,
            channel_account: None,
            delivery: None,
            is_truncated: false,
        }),
    }
}

fn outgoing(actor: &str, client: Client) -> Option<Fact> {
    let item = sent(Some(Direction::Outgoing), actor, client);
    fact(THREAD, &item, at(90), &ai())
}

fn person(actor: &str) -> Option<Fact> {
    Some(Fact::PersonReplied {
        thread: THREAD,
        actor: actor.to_owned(),
        at: at(100),
    })
}

fn other_ai() -> Option<Fact> {
    Some(Fact::OtherAiWrote {
        thread: THREAD,
        at: at(100),
    })
}

#[test]
fn what_comes_in_is_the_customer_s_whoever_it_names() {
    for actor in ["V-7", "E-a@b.example", "A-3892001", "", "I-9"] {
        let item = sent(Some(Direction::Incoming), actor, Client::Unknown);
        let wrote = Fact::CustomerWrote {
            thread: THREAD,
            message_id: "m-1".to_owned(),
            at: at(100),
        };
        assert_eq!(fact(THREAD, &item, at(90), &ai()), Some(wrote), "{actor}");
    }
}

#[test]
fn a_teammate_who_types_is_a_person_and_so_is_the_ai_s_sender_in_the_inbox() {
    assert_eq!(outgoing("A-3892001", Client::HubSpot), person("A-3892001"));
    assert_eq!(outgoing("3892001", Client::HubSpot), person("A-3892001"));
    assert_eq!(
        outgoing("A-61000009", Client::HubSpot),
        person("A-61000009")
    );
    assert_eq!(
        outgoing("A-61000009", Client::Unknown),
        person("A-61000009")
    );
}

#[test]
fn the_ai_s_own_is_its_sender_s_through_our_app_or_one_that_the_portal_named() {
    for app in [OUR_APP, LISTED_APP] {
        let replied = Fact::AiReplied {
            thread: THREAD,
            at: at(100),
        };
        let client = Client::Integration(Some(app));
        assert_eq!(outgoing("A-61000009", client), Some(replied));
    }
}

#[test]
fn through_an_app_nobody_types_and_another_app_s_words_are_another_ai_s() {
    for (actor, app) in [
        ("A-61000009", Some(2_438_999)),
        ("A-61000009", None),
        ("A-3892001", Some(OUR_APP)),
        ("A-3892001", Some(2_438_999)),
    ] {
        let told = outgoing(actor, Client::Integration(app));
        assert_eq!(told, other_ai(), "{actor} {app:?}");
    }
}

#[test]
fn the_customer_agent_bots_and_unknown_kinds_are_another_ai() {
    for actor in ["L-12", "B-3", "I-2438999", "Z", "A-"] {
        for client in [Client::HubSpot, Client::System, Client::Unknown] {
            assert_eq!(
                outgoing(actor, client.clone()),
                other_ai(),
                "{actor} {client:?}"
            );
        }
    }
}

#[test]
fn an_answer_from_a_mail_program_or_of_nobody_in_particular_is_in_doubt_a_person_s() {
    assert_eq!(outgoing("E-9", Client::Unknown), person("E-9"));
    assert_eq!(outgoing("", Client::HubSpot), person("unknown"));
}

#[test]
fn notes_greetings_assignments_changes_and_the_system_tell_nothing() {
    assert_eq!(outgoing("S-hubspot", Client::HubSpot), None);
    assert_eq!(outgoing("A-3892001", Client::System), None);
    let text = || "a note".to_owned();
    for content in [
        Content::Comment { text: text() },
        Content::WelcomeMessage { text: text() },
        Content::Assignment {
            from: None,
            to: ActorId::read("A-3892001"),
        },
        Content::StatusChange(None),
        Content::InboxChange {
            from: None,
            to: None,
        },
        Content::Other("SOMETHING_NEW".to_owned()),
    ] {
        let mut item = sent(Some(Direction::Outgoing), "A-3892001", Client::HubSpot);
        item.content = content.clone();
        assert_eq!(fact(THREAD, &item, at(90), &ai()), None, "{content:?}");
    }
}

#[test]
fn an_item_without_a_time_or_a_direction_is_read_by_what_is_known() {
    let mut item = sent(None, "V-7", Client::Unknown);
    item.created_at = None;
    let wrote = Fact::CustomerWrote {
        thread: THREAD,
        message_id: "m-1".to_owned(),
        at: at(90),
    };
    assert_eq!(fact(THREAD, &item, at(90), &ai()), Some(wrote));
    let item = sent(None, "A-3892001", Client::HubSpot);
    assert_eq!(fact(THREAD, &item, at(90), &ai()), person("A-3892001"));
}
