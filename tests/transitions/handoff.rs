//! Request handoff: the fourth row of the table.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::{Effect, Field};
use baton::domain::gate::Gate;
use baton::domain::hold::{HandoffTarget, HoldName, Priority};
use baton::domain::outcome::{Outcome, ReasonCode};
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
        let words = Some("One moment".to_owned());
        let better = handoff_with(|request| {
            request.priority = Priority::Urgent;
            request.target = Some(HandoffTarget::Team(5));
            request.customer_message = words;
        });

        let decided = world.ask_of(world.reach, workflow(), better);

        let merged = (Outcome::Merged, ReasonCode::HandoffMerged);
        assert_eq!(decided.verdict, merged);
        assert_eq!(decided.effects, [], "no second message");
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
