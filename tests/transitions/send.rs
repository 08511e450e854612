//! Send to AI: the third row of the table.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::{Ask, Reach, ResponseMode, Subject, What};
use baton::domain::decide::{Effect, Fact, Field, NeedsThread, OwnerField};
use baton::domain::gate::Gate;
use baton::domain::hold::HoldName;
use baton::domain::outcome::{Outcome, ReasonCode};

fn withdrawn() -> (Outcome, ReasonCode) {
    (Outcome::Applied, ReasonCode::HandoffWithdrawn)
}

#[test]
fn send_to_an_active_ai_is_already_so_and_asks_for_an_answer_if_a_customer_waits() {
    on_ticket_thread_and_both(|world| {
        world.customer_writes();
        let version = world.version();

        let decided = world.ask_of(world.reach, workflow(), send());

        assert_eq!(decided.verdict, already());
        assert_eq!(
            decided.effects,
            [Effect::RequestReply { instruction: None }]
        );
        assert_eq!(world.version(), version);
    });
}

#[test]
fn send_asks_for_no_words_when_nobody_waits() {
    on_ticket_thread_and_both(|world| {
        let decided = world.ask_of(world.reach, workflow(), send());
        assert_eq!(decided.effects, []);
    });
}

#[test]
fn send_lifts_a_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());

        assert_eq!(world.workflow(send()), applied());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn send_withdraws_a_handoff_and_the_pause_beneath() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.given(&workflow(), &handoff());

        assert_eq!(world.workflow(send()), withdrawn());
        assert_eq!(world.live(), []);
    });
}

#[test]
fn send_withdraws_a_derived_handoff() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.nobody_owns_it();
        assert_eq!(world.state(), AiState::HandoffRequested);

        assert_eq!(world.workflow(send()), withdrawn());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn send_within_the_grace_of_a_reply_is_refused_and_lifts_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.anna_replies();
        world.later(9);

        let verdict = world.workflow(send());

        assert_eq!(verdict, refused(ReasonCode::HumanRecentlyReplied));
        assert_eq!(world.live(), [HoldName::PersonReplied, HoldName::Pause]);
    });
}

#[test]
fn send_after_the_grace_ends_the_window_of_a_reply() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.anna_replies();
        world.later(11);

        assert_eq!(world.workflow(send()), applied());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn send_under_an_owner_is_refused() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();

        let verdict = world.workflow(send());

        assert_eq!(verdict, refused(ReasonCode::HumanOwnsConversation));
        assert_eq!(world.state(), AiState::HumanActive);
    });
}

#[test]
fn take_over_needs_the_portals_permission() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();

        let verdict = world.workflow(send_with(|send| send.take_over = true));

        assert_eq!(verdict, refused(ReasonCode::TakeoverNotPermitted));
    });
}

#[test]
fn take_over_is_queued_until_the_owner_is_the_ai() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.allow_workflow_takeover = true;
        world.anna_takes_it();
        let take_over = send_with(|send| send.take_over = true);

        let decided = world.ask_of(world.reach, workflow(), take_over);

        let queued = (Outcome::Queued, ReasonCode::TakeoverRequested);
        assert_eq!(decided.verdict, queued);
        let thread = OwnerField::Thread(THREAD);
        let ticket = OwnerField::Ticket(TICKET);
        let owned = match world.placement {
            Placement::Ticket => vec![ticket],
            Placement::Thread => vec![thread],
            Placement::Both => vec![thread, ticket],
        };
        let to_ai = owned.into_iter().map(|field| Effect::AssignToAi { field });
        assert_eq!(decided.effects, to_ai.collect::<Vec<_>>());
        assert_eq!(world.state(), AiState::HumanActive);

        world.assigned_to_ai();

        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn send_under_a_lock_is_refused_and_lifts_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.given(&admin(), &What::Lock);

        let verdict = world.workflow(send());

        assert_eq!(verdict, refused(ReasonCode::AdminLock));
        assert_eq!(world.live(), [HoldName::AdminLock, HoldName::Pause]);
    });
}

#[test]
fn send_to_a_closed_conversation_lifts_behind_the_gate() {
    on_ticket_thread_and_both(|world| {
        world.closed(Field::Thread(THREAD));
        world.given(&workflow(), &pause());

        assert_eq!(world.workflow(send()), applied());
        assert_eq!(world.state(), AiState::AiActive);
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
    });
}

#[test]
fn send_with_reopen_is_queued_until_it_is_open() {
    on_ticket_thread_and_both(|world| {
        world.closed(Field::Thread(THREAD));
        world.given(&workflow(), &pause());
        let reopen = send_with(|send| send.reopen = true);

        let decided = world.ask_of(world.reach, workflow(), reopen);

        assert_eq!(
            decided.verdict,
            (Outcome::Queued, ReasonCode::ConversationClosed)
        );
        assert_eq!(decided.effects, [Effect::Reopen]);
    });
}

#[test]
fn the_latest_conversation_is_the_one_whose_customer_wrote_last() {
    let mut world = World::with_sibling();
    let writes = |world: &mut World, thread| {
        let at = world.now();
        let message_id = at.to_string();
        world.tell(Fact::CustomerWrote {
            thread,
            message_id,
            at,
        });
    };
    let latest = |world: &mut World| world.ask_of(Reach::Latest, workflow(), resume()).asked;
    writes(&mut world, SIBLING);
    writes(&mut world, THREAD);
    assert_eq!(latest(&mut world), [THREAD]);

    // Opened by somebody else than the customer.
    world.closed(Field::Thread(SIBLING));
    world.later(1);
    world.opened(Field::Thread(SIBLING));
    assert_eq!(latest(&mut world), [THREAD]);

    // Answered and closed, the customer has still written last.
    let at = world.now();
    let thread = THREAD;
    world.tell(Fact::AiReplied { thread, at });
    world.closed(Field::Thread(THREAD));
    assert_eq!(latest(&mut world), [THREAD]);

    world.later(1);
    writes(&mut world, SIBLING);
    assert_eq!(latest(&mut world), [SIBLING]);
}

#[test]
fn a_fixed_message_nobody_waits_for_is_stale_and_lifts_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        let text = "Hello".to_owned();
        let fixed = send_with(|send| send.mode = ResponseMode::FixedMessage { text });

        assert_eq!(world.workflow(fixed), refused(ReasonCode::StaleRequest));
        assert_eq!(world.state(), AiState::AiPaused);
    });
}

#[test]
fn send_without_a_known_thread_needs_one_and_changes_nothing() {
    // given
    let mut world = World::new();
    world.scope.threads.clear();
    let before = world.scope.clone();
    let ask = Ask::new(send(), Reach::Latest, workflow());
    let subject = Subject {
        ticket: Some(TICKET),
        thread: None,
    };

    // when
    let answer = world.try_ask(&ask, subject);

    // then
    assert_eq!(answer, Err(NeedsThread));
    assert_eq!(world.scope, before);
}
