//! Who is a person, and what that makes of an event.

use super::*;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::owner::Owner;
use crate::domain::time::Timestamp;
use crate::hubspot::webhooks::assignee::{Assignee, TicketOwner};
use crate::hubspot::webhooks::people::KnownOwner;

const AI: i64 = 9;

fn people() -> People {
    let owners = [
        (81, KnownOwner::User(1)),
        (82, KnownOwner::Queue),
        (83, KnownOwner::User(AI)),
        (84, KnownOwner::Archived),
    ];
    People {
        ai_sender: Some(AI),
        owners: owners.into_iter().collect(),
    }
}

fn told(happened: Happened) -> Option<(Subject, Fact)> {
    let event = Event {
        portal: PortalId(1),
        occurred_at: Timestamp::from_millis(5),
        key: [0; 32],
        happened,
    };
    fact(&event, &people())
}

fn owner_of(happened: Happened) -> Owner {
    match told(happened) {
        Some((_, Fact::OwnerChanged { owner, .. })) => owner,
        other => panic!("{other:?}"),
    }
}

fn person(name: &str) -> Owner {
    Owner::Person(name.to_owned())
}

#[test]
fn only_the_ai_sender_s_user_is_the_ai() {
    let owner = |to| {
        owner_of(Happened::ThreadAssigned {
            thread: ThreadId(7),
            to,
            by: ChangedBy::Hand,
        })
    };
    assert_eq!(owner(Assignee::User(AI)), Owner::Ai);
    assert_eq!(owner(Assignee::User(1)), person("A-1"));
    assert_eq!(
        owner(Assignee::UnknownAgent("A-x".to_owned())),
        person("A-x")
    );
    assert_eq!(owner(Assignee::Nobody), Owner::Nobody);
    assert_eq!(owner(Assignee::System), Owner::Nobody);
    let other = Owner::OtherAi("L-1".to_owned());
    assert_eq!(owner(Assignee::OtherAi("L-1".to_owned())), other);
}

#[test]
fn an_owner_that_is_not_known_is_a_person_and_a_queue_is_nobody() {
    let owner = |to| {
        owner_of(Happened::TicketAssigned {
            ticket: TicketId(15),
            to,
            by: ChangedBy::Hand,
        })
    };
    assert_eq!(owner(TicketOwner::Owner(81)), person("A-1"));
    assert_eq!(owner(TicketOwner::Owner(82)), Owner::Nobody);
    assert_eq!(owner(TicketOwner::Owner(83)), Owner::Ai);
    assert_eq!(owner(TicketOwner::Owner(84)), person("owner 84"));
    assert_eq!(owner(TicketOwner::Owner(85)), person("owner 85"));
    // An owner id that equals the sender's user id is somebody else's.
    assert_eq!(owner(TicketOwner::Owner(AI)), person("owner 9"));
    let redacted = TicketOwner::Unreadable("REDACTED".to_owned());
    assert_eq!(owner(redacted), person("owner REDACTED"));
    assert_eq!(owner(TicketOwner::Nobody), Owner::Nobody);
}

#[test]
fn without_a_sender_nobody_is_the_ai() {
    let people = People::default();
    assert_eq!(people.assignee(&Assignee::User(AI)), person("A-9"));
}

#[test]
fn who_changed_it_and_when_is_passed_on() {
    for (by, expected) in [
        (ChangedBy::Hand, AssignedBy::Hand),
        (ChangedBy::Automation, AssignedBy::Automation),
        (ChangedBy::ThisApp, AssignedBy::Baton),
    ] {
        let thread = ThreadId(7);
        let told = told(Happened::ThreadAssigned {
            thread,
            to: Assignee::User(1),
            by,
        });
        let fact = Fact::OwnerChanged {
            field: Field::Thread(thread),
            owner: person("A-1"),
            by: expected,
            at: Timestamp::from_millis(5),
        };
        let subject = Subject {
            ticket: None,
            thread: Some(thread),
        };
        assert_eq!(told, Some((subject, fact)));
    }
}

#[test]
fn a_link_is_about_the_ticket_and_the_thread() {
    let (ticket, thread) = (TicketId(15), ThreadId(7));
    let (subject, fact) = told(Happened::TicketLinked { ticket, thread }).unwrap();
    assert_eq!(
        (subject.ticket, subject.thread),
        (Some(ticket), Some(thread))
    );
    let at = Timestamp::from_millis(5);
    assert_eq!(fact, Fact::Linked { thread, ticket, at });
}

#[test]
fn what_has_to_be_read_erased_or_merged_first_tells_no_fact() {
    let (ticket, thread) = (TicketId(15), ThreadId(7));
    for happened in [
        Happened::MessageAdded {
            thread,
            message_id: "m".to_owned(),
        },
        Happened::ThreadErased(thread),
        Happened::ContactErased(3),
        Happened::TicketsMerged {
            into: ticket,
            merged: vec![TicketId(16)],
        },
        Happened::ThreadCreated(thread),
        Happened::NothingOfUse,
    ] {
        assert_eq!(told(happened.clone()), None, "{happened:?}");
    }
}
