//! Request handoff: the fourth row of the table.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::{Ask, Reach, Subject, What};
use baton::domain::decide::reach::Side;
use baton::domain::decide::{Effect, Fact, Field, OwnerField};
use baton::domain::gate::Gate;
use baton::domain::hold::{HandoffTarget, HoldName, Priority};
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::time::Span;

#[test]
fn a_handoff_is_requested_of_an_active_ai() {
    on_ticket_thread_and_both(|world| {
        assert_eq!(world.workflow(handoff()), applied());
        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn a_handoff_covers_a_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());

        assert_eq!(world.workflow(handoff()), applied());
        assert_eq!(world.live(), [HoldName::Handoff, HoldName::Pause]);
    });
}

#[test]
fn a_second_handoff_merges_with_the_higher_priority_and_better_target() {
    on_ticket_thread_and_both(|world| {
        world.customer_writes();
        world.given(&workflow(), &handoff());
        let better = handoff_with(|request| {
            request.priority = Priority::Urgent;
            request.target = Some(HandoffTarget::Team(5));
        });

        let decided = world.ask_of(world.reach, workflow(), better);

        let merged = (Outcome::Merged, ReasonCode::HandoffMerged);
        assert_eq!(decided.verdict, merged);
        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        let shown = shown.expect("a handoff is live");
        assert_eq!(shown.priority, Priority::Urgent);
        assert_eq!(shown.target, HandoffTarget::Team(5));
    });
}

#[test]
fn a_handoff_says_its_words_only_if_a_customer_waits() {
    on_ticket_thread_and_both(|world| {
        let text = "One moment".to_owned();
        let words = Some(text.clone());
        let with_words = handoff_with(|request| request.customer_message = words);

        let early = world.ask_of(world.reach, workflow(), with_words.clone());
        world.workflow(resume_and_cancel());
        world.customer_writes();
        let due = world.ask_of(world.reach, workflow(), with_words);

        assert_eq!(early.effects, []);
        assert_eq!(due.effects, [Effect::SendMessage { text }]);
    });
}

#[test]
fn a_handoff_under_an_owner_has_no_clock_and_is_pending_when_they_leave() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();

        let verdict = world.workflow(handoff());

        assert_eq!(verdict, shadowed(ReasonCode::HumanAlreadyActive));
        assert_eq!(world.state(), AiState::HumanActive);
        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        assert_eq!(shown.and_then(|it| it.claim_deadline), None);

        world.nobody_owns_it();

        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn a_handoff_under_a_reply_is_claimed_and_pending_when_the_window_ends() {
    on_ticket_thread_and_both(|world| {
        world.anna_replies();

        let verdict = world.workflow(handoff());

        assert_eq!(verdict, shadowed(ReasonCode::HumanAlreadyActive));
        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        let shown = shown.expect("kept beneath");
        assert!(shown.is_claimed);
        assert_eq!(shown.claim_deadline, None);

        world.later(31);

        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn a_handoff_under_a_lock_is_kept_beneath_it() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &What::Lock);

        assert_eq!(world.workflow(handoff()), shadowed(ReasonCode::AdminLock));
        assert_eq!(world.live(), [HoldName::AdminLock, HoldName::Handoff]);
    });
}

#[test]
fn a_handoff_under_a_lock_and_an_owner_has_no_clock() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &What::Lock);
        world.anna_takes_it();

        world.workflow(handoff());

        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        assert_eq!(shown.and_then(|it| it.claim_deadline), None);
    });
}

#[test]
fn a_handoff_of_a_closed_conversation_applies_behind_the_gate() {
    on_ticket_thread_and_both(|world| {
        world.closed(Field::Thread(THREAD));

        assert_eq!(world.workflow(handoff()), applied());
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
    });
}

#[test]
fn a_handoff_has_the_portals_claim_clock() {
    on_ticket_thread_and_both(|world| {
        world.workflow(handoff());

        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        let deadline = shown.and_then(|it| it.claim_deadline);
        assert_eq!(deadline, Some(world.now() + Span::from_minutes(15)));
    });
}

/// A handoff to the owner with this id, with words for the customer.
fn to_user(id: i64) -> What {
    handoff_with(|request| {
        request.target = Some(HandoffTarget::User(id));
        request.customer_message = Some("One moment".to_owned());
    })
}

fn asked(world: &mut World, what: What) -> Vec<Effect> {
    world.ask_of(world.reach, workflow(), what).effects
}

/// The owner with this id is assigned for the handoff placed last.
fn assigned_to(world: &World, id: i64) -> Effect {
    let placed = world.deadlines();
    let newest = placed.iter().max_by_key(|it| it.hold).expect("a handoff");
    let field = match newest.side {
        Side::Ticket => OwnerField::Ticket(TICKET),
        Side::Thread(thread) => OwnerField::Thread(thread),
    };
    Effect::Assign {
        field,
        target: HandoffTarget::User(id),
        hold: newest.hold,
    }
}

fn one_moment() -> Effect {
    let text = "One moment".to_owned();
    Effect::SendMessage { text }
}

#[test]
fn a_handoff_that_joins_one_a_person_left_behind_assigns_and_tells_the_customer() {
    on_ticket_thread_and_both(|world| {
        world.customer_writes();
        world.anna_takes_it();
        world.nobody_owns_it();
        assert_eq!(world.live(), [HoldName::Handoff], "nobody placed it");

        let first = asked(world, to_user(7));

        assert_eq!(first, [assigned_to(world, 7), one_moment()]);
    });
}

#[test]
fn only_the_second_message_to_the_customer_is_left_out() {
    on_ticket_thread_and_both(|world| {
        world.customer_writes();

        let silent = asked(world, handoff());
        let first = asked(world, to_user(7));
        let second = asked(world, to_user(7));
        world.workflow(resume_and_cancel());
        let anew = asked(world, to_user(8));

        assert_eq!(silent, []);
        assert_eq!(first.last(), Some(&one_moment()));
        assert_eq!(second, [], "assigned already, and told");
        assert_eq!(anew, [assigned_to(world, 8), one_moment()]);
    });
}

#[test]
fn a_handoff_that_joins_another_assigns_only_whom_it_names_more_precisely() {
    on_ticket_thread_and_both(|world| {
        let to_team = || handoff_with(|it| it.target = Some(HandoffTarget::Team(5)));
        world.workflow(to_team());

        let better = asked(world, to_user(7));
        let expected = assigned_to(world, 7);
        let worse = asked(world, to_team());
        let alike = asked(world, to_user(8));

        assert_eq!(better, [expected]);
        assert_eq!((worse, alike), (vec![], vec![]));
    });
}

#[test]
fn a_note_is_left_whatever_stands_before_the_handoff() {
    for owned in [false, true] {
        let mut world = World::new();
        world.given(&workflow(), &handoff());
        if owned {
            world.anna_takes_it();
        }
        let text = "call back".to_owned();
        let ask = Ask {
            note: Some(text.clone()),
            ..Ask::new(handoff(), world.reach, workflow())
        };
        let (ticket, thread) = (Some(TICKET), Some(THREAD));

        let decided = world.try_ask(&ask, Subject { ticket, thread });

        let effects = decided.expect("the thread is known").effects;
        assert_eq!(effects, [Effect::AddNote { text }]);
    }
}

#[test]
fn a_handoff_under_a_lock_alone_is_assigned_at_once_and_says_nothing() {
    on_ticket_thread_and_both(|world| {
        world.customer_writes();
        world.given(&admin(), &What::Lock);

        assert_eq!(asked(world, to_user(7)), [assigned_to(world, 7)]);
    });
}

#[test]
fn a_handoff_under_an_owner_is_assigned_once_they_leave() {
    for placement in [Placement::Ticket, Placement::Thread] {
        for reach in [Reach::AllOpen, Reach::Originating] {
            for is_locked in [false, true] {
                // given
                let mut world = World::new();
                (world.placement, world.reach) = (placement, reach);
                world.customer_writes();
                world.anna_takes_it();
                world.anna_replies();
                world.customer_writes();
                if is_locked {
                    world.given(&admin(), &What::Lock);
                }

                // when
                let asked = asked(&mut world, to_user(7));
                world.later(31);
                let kept = world.look();
                let at = world.now() + Span::from_secs(1);
                let left = world.tell(Fact::OwnerChanged {
                    field: placement.fields()[0],
                    owner: Owner::Nobody,
                    by: AssignedBy::Hand,
                    at,
                });
                let heard_again = world.tell(Fact::OwnerChanged {
                    field: placement.fields()[0],
                    owner: Owner::Nobody,
                    by: AssignedBy::Hand,
                    at: at + Span::from_secs(1),
                });

                // then
                assert_eq!(asked, [], "neither assigned nor told under Anna");
                let assigns = |it: &Effect| matches!(it, Effect::Assign { .. });
                assert!(!kept.iter().flat_map(|it| &it.effects).any(assigns));
                assert_eq!(left.effects, [assigned_to(&world, 7)]);
                assert_eq!(heard_again.effects, []);
            }
        }
    }
}

#[test]
fn a_handoff_under_a_reply_is_assigned_when_the_window_ends() {
    for reach in [Reach::AllOpen, Reach::Originating] {
        // given
        let mut world = World::new();
        world.reach = reach;
        world.anna_replies();
        let asked = asked(&mut world, to_user(7));

        // when
        world.later(31);
        let lapsed = world.look();

        // then
        assert_eq!(asked, []);
        let effects: Vec<Effect> = lapsed.into_iter().flat_map(|it| it.effects).collect();
        assert!(effects.contains(&assigned_to(&world, 7)), "{effects:?}");
        assert_eq!(world.look(), []);
    }
}

#[test]
fn a_handoff_under_an_owner_that_somebody_else_takes_assigns_nobody() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    world.workflow(to_user(7));

    // when
    let at = world.now() + Span::from_secs(1);
    let (field, by) = (Field::Ticket, AssignedBy::Hand);
    let ben = Owner::Person("A-ben".to_owned());
    let changed = |owner, at| Fact::OwnerChanged {
        field,
        owner,
        by,
        at,
    };
    let taken = world.tell(changed(ben, at));
    let left = world.tell(changed(Owner::Nobody, at + Span::from_secs(9)));

    // then
    assert_eq!((taken.effects, left.effects), (vec![], vec![]));
}

#[test]
fn a_team_is_given_the_ticket_and_a_person_what_the_handoff_is_about() {
    let cases = [
        (
            Reach::Originating,
            HandoffTarget::User(7),
            OwnerField::Thread(THREAD),
        ),
        (
            Reach::Originating,
            HandoffTarget::Team(5),
            OwnerField::Ticket(TICKET),
        ),
        (
            Reach::AllOpen,
            HandoffTarget::User(7),
            OwnerField::Ticket(TICKET),
        ),
        (
            Reach::AllOpen,
            HandoffTarget::Team(5),
            OwnerField::Ticket(TICKET),
        ),
    ];
    for (reach, wanted, expected) in cases {
        let mut world = World::new();
        let asked = handoff_with(|request| request.target = Some(wanted.clone()));

        let decided = world.ask_of(reach, workflow(), asked);

        let hold = world.deadlines()[0].hold;
        let assigned = Effect::Assign {
            field: expected,
            target: wanted,
            hold,
        };
        assert_eq!(decided.effects, [assigned]);
    }
}
