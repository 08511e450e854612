//! Releases that a late fact undoes, and those that it does not.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::{Decided, Fact, Field};
use baton::domain::hold::{HoldName, OnTimeout};
use baton::domain::outcome::ReasonCode;
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::AssignedByAutomation;
use baton::domain::time::{Span, Timestamp};

fn is_voided(decided: &Decided) -> bool {
    decided.verdict.1 == ReasonCode::ReleaseVoidedLateHumanReply
}

fn ago(world: &World, minutes: i64) -> Timestamp {
    world.now() - Span::from_minutes(minutes)
}

fn anna_owned_at(world: &mut World, at: Timestamp) {
    for field in world.placement.fields() {
        world.owner_of(*field, anna(), AssignedBy::Hand, at);
    }
}

fn return_to_ai() -> baton::domain::command::What {
    handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi)
}

#[test]
fn a_late_reply_within_the_grace_undoes_a_send() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.later(60);
        world.workflow(send());
        world.later(1);

        let told = world.anna_replied_at(ago(world, 5));

        assert!(is_voided(&told));
        assert_eq!(world.live(), [HoldName::PersonReplied, HoldName::Pause]);
    });
}

#[test]
fn a_late_reply_older_than_the_grace_undoes_no_send() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.later(60);
        world.workflow(send());
        world.later(1);

        let told = world.anna_replied_at(ago(world, 15));

        assert!(!is_voided(&told));
        assert_eq!(world.live(), [HoldName::PersonReplied]);
    });
}

#[test]
fn a_reply_after_the_send_undoes_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.workflow(send());
        assert!(!is_voided(&world.anna_replies()));
        assert_eq!(world.live(), [HoldName::PersonReplied]);
    });
}

#[test]
fn a_late_reply_with_an_open_window_undoes_a_cancelled_handoff_but_not_the_resumed_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.given(&workflow(), &pause());
        world.later(60);
        world.workflow(resume_and_cancel());
        world.later(1);

        let told = world.anna_replied_at(ago(world, 20));

        assert!(is_voided(&told));
        assert_eq!(world.live(), [HoldName::PersonReplied, HoldName::Handoff]);
    });
}

#[test]
fn a_late_ownership_undoes_a_send() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.later(60);
        world.workflow(send());
        world.later(1);
        let field = world.placement.fields()[0];
        let at = ago(world, 2);

        let told = world.tell(Fact::OwnerChanged {
            field,
            owner: anna(),
            by: AssignedBy::Automation,
            at,
        });

        assert!(is_voided(&told));
        assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Handoff]);
    });
}

#[test]
fn a_late_ownership_older_than_the_known_owner_undoes_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.nobody_owns_it();
        world.workflow(send());
        world.later(1);

        anna_owned_at(world, ago(world, 30));

        assert_eq!(world.live(), [HoldName::Handoff], "given up, not undone");
    });
}

#[test]
fn a_late_reply_that_confirms_an_assignment_undoes_a_send() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.assigned_by_automation = AssignedByAutomation::WaitsForFirstReply;
        world.given(&workflow(), &handoff());
        world.owner_is(&anna(), AssignedBy::Automation);
        world.later(60);
        world.workflow(send());
        world.later(1);

        let told = world.anna_replied_at(ago(world, 40));

        assert!(is_voided(&told));
        assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Handoff]);
    });
}

#[test]
fn a_late_reply_that_would_have_claimed_undoes_a_claim_timer() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &return_to_ai());
        world.later(16);
        world.claim_timers();
        world.later(60);

        let told = world.anna_replied_at(ago(world, 70));

        assert!(is_voided(&told));
        assert_eq!(world.live(), [HoldName::Handoff]);
        assert_eq!(world.claim_timers(), [], "it is claimed");
    });
}

#[test]
fn a_late_ownership_of_either_field_undoes_a_claim_timer() {
    for field in [Field::Ticket, Field::Thread(THREAD)] {
        on_ticket_thread_and_both(|world| {
            world.given(&workflow(), &return_to_ai());
            world.later(16);
            world.claim_timers();
            world.later(1);
            let at = ago(world, 5);

            world.owner_of(field, anna(), AssignedBy::Automation, at);

            assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Handoff]);
        });
    }
}

#[test]
fn a_person_who_turns_out_to_have_owned_at_the_asking_undoes_a_claim_timer() {
    on_ticket_thread_and_both(|world| {
        let before = world.now();
        world.given(&workflow(), &return_to_ai());
        world.later(5);
        world.nobody_owns_it();
        world.later(11);
        world.claim_timers();
        assert_eq!(world.state(), AiState::AiActive);
        world.later(1);

        let automation = AssignedBy::Automation;
        for field in world.placement.fields() {
            world.owner_of(*field, anna(), automation, before);
        }

        let placed = world.live_hold(HoldName::Handoff);
        assert!(placed.is_some_and(|hold| hold.authority.is_some()));
    });
}

#[test]
fn what_an_admin_forced_stays_lifted() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.later(60);
        world.workflow(send());
        world.admin(send());
        world.later(1);

        assert!(!is_voided(&world.anna_replied_at(ago(world, 5))));
        assert_eq!(world.live(), [HoldName::PersonReplied]);
    });
}

#[test]
fn a_send_that_lifted_nothing_has_nothing_to_undo() {
    on_ticket_thread_and_both(|world| {
        world.workflow(send());
        world.later(1);
        assert!(!is_voided(&world.anna_replied_at(ago(world, 5))));
    });
}

#[test]
fn a_repeated_reply_undoes_nothing() {
    on_ticket_thread_and_both(|world| {
        world.anna_replies();
        let replied_at = world.now();
        world.assigned_to_ai();
        world.given(&workflow(), &pause());
        world.workflow(send());

        assert!(!is_voided(&world.anna_replied_at(replied_at)));
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_late_reply_from_before_the_ai_was_assigned_undoes_nothing() {
    on_ticket_thread_and_both(|world| {
        let replied_at = world.now();
        world.assigned_to_ai();
        world.given(&workflow(), &pause());
        world.workflow(send());

        assert!(!is_voided(&world.anna_replied_at(replied_at)));
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn what_comes_back_is_claimed_by_replies_that_came_meanwhile() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &return_to_ai());
        let asked_at = world.now();
        world.workflow(send());
        world.later(1);
        world.anna_replies();
        world.later(60);

        for field in world.placement.fields() {
            world.owner_of(*field, anna(), AssignedBy::Automation, asked_at);
        }

        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        assert!(shown.is_some_and(|shown| shown.is_claimed));
    });
}

#[test]
fn a_stale_owner_event_releases_nothing_placed_after_it() {
    on_ticket_thread_and_both(|world| {
        let before = world.now();
        world.given(&workflow(), &handoff());
        for field in world.placement.fields() {
            world.owner_of(*field, Owner::Ai, AssignedBy::Hand, before);
        }
        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}
