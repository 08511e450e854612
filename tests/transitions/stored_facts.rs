//! Facts as rows keep them: what older rows do not have has its default, and what is not known is
//! left out.

use crate::requests::*;
use crate::world::*;
use baton::domain::decide::{Fact, Field};
use baton::domain::facts::Facts;
use baton::domain::hold::HoldId;
use baton::domain::ids::{ChannelId, TicketId};
use baton::domain::owner::Owner;
use baton::domain::record::TicketRecord;

#[test]
fn an_empty_row_has_no_facts_and_no_facts_are_an_empty_row() {
    let none: Facts = serde_json::from_str("{}").expect("an older row");
    assert_eq!(none, Facts::default());
    assert_eq!(serde_json::to_string(&none).expect("json"), "{}");
}

#[test]
fn every_fact_is_read_as_it_was_written() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    world.later(1);
    let at = world.now();
    for fact in [
        Fact::OwnerRead {
            field: Field::Ticket,
            found: Owner::Nobody.into(),
            began_at: at,
        },
        Fact::MessagesRead {
            thread: THREAD,
            up_to: at,
        },
        Fact::AssignmentSent {
            field: Field::Ticket,
            hold: HoldId(uuid::Uuid::from_u128(1)),
            person: "A-anna".to_owned(),
            at,
        },
        Fact::SpamTold {
            thread: THREAD,
            is_spam: true,
            at,
        },
        Fact::ChannelKnown {
            thread: THREAD,
            channel: ChannelId(1000),
            at,
        },
    ] {
        let written = serde_json::to_string(&fact).expect("json");
        let read: Fact = serde_json::from_str(&written).expect("the same");
        assert_eq!(read, fact);
        world.tell(fact);
    }
    world.other.ticket = Some(TicketRecord::untouched(TicketId(8)));
    world.merge_tickets();
    world.workflow(pause());

    // when
    let ticket = world.scope.ticket_record().expect("a ticket");
    let facts = [&ticket.facts, &world.thread(THREAD).record.facts];

    // then
    assert!(ticket.facts.owner_doubt.is_some());
    assert_eq!(ticket.facts.absorbed_tickets, [TicketId(8)]);
    for facts in facts {
        let written = serde_json::to_string(facts).expect("json");
        let read: Facts = serde_json::from_str(&written).expect("the same");
        assert_eq!(&read, facts);
    }
}
