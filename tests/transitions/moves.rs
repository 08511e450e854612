//! Threads that move to another ticket: judged over the new one, silent by what silenced them before.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::{Decided, Fact};
use baton::domain::facts::Link;
use baton::domain::hold::HoldName;
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::record::{ThreadRecord, TicketRecord};
use baton::domain::time::{Span, Timestamp};

/// The ticket that is left, with its thread.
const OTHER: TicketId = TicketId(8);
const THEIRS: ThreadId = ThreadId(81);

/// Lives through something on the ticket that will be left.
fn on_the_other(lived: impl FnOnce(&mut World)) -> World {
    let mut world = World::new();
    let ours = std::mem::take(&mut world.scope.threads);
    let ticket = world.scope.ticket.replace(TicketRecord::untouched(OTHER));
    world.scope.threads.push(ThreadRecord::untouched(THEIRS));
    let at = world.now();
    let (thread, ticket_id) = (THEIRS, OTHER);
    world.tell(Fact::Linked {
        thread,
        ticket: ticket_id,
        at,
    });
    lived(&mut world);
    world.other.ticket = std::mem::replace(&mut world.scope.ticket, ticket);
    world.other.threads = std::mem::replace(&mut world.scope.threads, ours);
    world
}

fn move_at(world: &mut World, at: Timestamp) -> Decided {
    world.move_thread(THEIRS, Link::told(TICKET, at))
}

fn moves(world: &mut World) -> Decided {
    let at = world.now();
    move_at(world, at)
}

#[test]
fn a_free_thread_stays_free_and_its_version_grows_by_one() {
    let mut world = on_the_other(|_| ());
    let version = world.other.threads[0].control_version;
    world.later(1);

    let decided = moves(&mut world);

    assert_eq!(world.state_of(THEIRS), AiState::AiActive);
    let thread = world.thread(THEIRS);
    assert_eq!(thread.control_version, version + 1);
    assert_eq!(thread.ticket(), Some(TICKET));
    let lines: Vec<_> = decided.rows.iter().map(|row| row.thread).collect();
    assert_eq!(lines, [Some(THEIRS)], "its new siblings are as they were");
}

#[test]
fn a_person_who_owns_the_new_ticket_silences_it_at_once() {
    let mut world = on_the_other(|_| ());
    world.owner_of(
        baton::domain::decide::Field::Ticket,
        anna(),
        AssignedBy::Hand,
        world.now(),
    );
    world.later(1);
    moves(&mut world);
    assert_eq!(world.state_of(THEIRS), AiState::HumanActive);
}

#[test]
fn leaving_a_persons_ticket_leaves_a_handoff_and_says_what_was_before() {
    for owner in [Owner::Nobody, Owner::Ai] {
        let mut world = on_the_other(|world| {
            world.placement = Placement::Ticket;
            world.anna_takes_it();
        });
        world.owner_is(&owner, AssignedBy::Hand);
        world.later(1);

        let decided = moves(&mut world);

        assert_eq!(
            world.state_of(THEIRS),
            AiState::HandoffRequested,
            "{owner:?}"
        );
        assert_eq!(world.state(), AiState::AiActive, "{owner:?}");
        let row = &decided.rows[0];
        assert_eq!(
            (row.before, row.after),
            (AiState::HumanActive, AiState::HandoffRequested)
        );
    }
}

#[test]
fn what_was_placed_on_the_ticket_that_is_left_goes_along() {
    let asks = [
        (workflow(), pause(), AiState::AiPaused, HoldName::Pause),
        (admin(), What::Lock, AiState::AiLocked, HoldName::AdminLock),
        (
            workflow(),
            handoff(),
            AiState::HandoffRequested,
            HoldName::Handoff,
        ),
    ];
    for (by, what, state, hold) in asks {
        let mut world = on_the_other(|world| {
            world.reach = baton::domain::command::Reach::AllOpen;
            world.given(&by, &what);
        });
        world.later(1);

        moves(&mut world);

        assert_eq!(world.state_of(THEIRS), state);
        let judged = world.view(THEIRS).assess(world.now());
        assert!(judged.find(hold).is_some(), "{hold:?}");
        assert_eq!(
            world.state(),
            AiState::AiActive,
            "nobody asked that of the others"
        );
    }
}

#[test]
fn a_link_that_is_not_newer_moves_nothing() {
    for seconds in [0, -60] {
        let mut world = on_the_other(World::anna_takes_it);
        let known = world.other.threads[0].record.facts.link.expect("a link").at;
        let before = world.scope.clone();

        let decided = move_at(&mut world, known + Span::from_secs(seconds));

        assert_eq!(decided.rows, []);
        assert_eq!(world.scope.threads, before.threads);
        assert_eq!(world.scope.ticket_record(), before.ticket_record());
    }
}
