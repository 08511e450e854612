//! Offers: our own assignment for a handoff comes back as an owner change, and makes nobody an
//! owner until that person takes it.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::{Decided, Effect, Fact, Field, OwnerField};
use baton::domain::explain::{Voice, silence};
use baton::domain::hold::{HoldId, HoldName, OnTimeout};
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::AfterHumanUnassign;
use baton::domain::time::{Span, Timestamp};

/// A handoff on the ticket that we assign to Anna now. Says which it is, and when our call left.
fn assigned(world: &mut World, on_timeout: OnTimeout) -> (HoldId, Timestamp) {
    let wanted = handoff_with(|request| request.on_timeout = on_timeout);
    world.given(&workflow(), &wanted);
    let hold = world.deadlines().first().expect("a handoff").hold;
    let at = world.now();
    sent(world, hold, at);
    (hold, at)
}

fn sent(world: &mut World, hold: HoldId, at: Timestamp) -> Decided {
    world.tell(Fact::AssignmentSent {
        field: Field::Ticket,
        hold,
        person: "A-anna".to_owned(),
        at,
    })
}

fn unclaimed(hold: HoldId, on_timeout: OnTimeout) -> Effect {
    Effect::TellUnclaimed { hold, on_timeout }
}

/// What takes our assignment of the ticket to Anna back.
fn taken_back(hold: HoldId) -> Effect {
    Effect::UndoAssignment {
        field: OwnerField::Ticket(TICKET),
        person: "A-anna".to_owned(),
        hold,
    }
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at + Span::from_secs(seconds)
}

/// The ticket's owner is somebody since then, as HubSpot reports what an app did.
fn changed(world: &mut World, owner: Owner, at: Timestamp) {
    world.owner_of(Field::Ticket, owner, AssignedBy::Automation, at);
}

fn offered_to(world: &World) -> Option<String> {
    let shown = world.live_hold(HoldName::Handoff)?;
    shown.handoff?.offered_to
}

fn offered() -> World {
    let mut world = World::new();
    let (_, at) = assigned(&mut world, OnTimeout::Notify);
    changed(&mut world, anna(), after(at, 3));
    world
}

#[test]
fn our_own_assignment_is_an_offer_and_claims_nothing() {
    for by in [AssignedBy::Baton, AssignedBy::Automation, AssignedBy::Hand] {
        // given
        let mut world = World::new();
        let (_, at) = assigned(&mut world, OnTimeout::Notify);
        let deadline = world
            .live_hold(HoldName::Handoff)
            .and_then(|hold| hold.handoff);
        let deadline = deadline.and_then(|handoff| handoff.claim_deadline);

        // when
        world.owner_of(Field::Ticket, anna(), by, after(at, 3));

        // then
        assert_eq!(world.live(), [HoldName::Handoff]);
        assert_eq!(offered_to(&world), Some("A-anna".to_owned()));
        let shown = world
            .live_hold(HoldName::Handoff)
            .and_then(|hold| hold.handoff);
        assert_eq!(shown.and_then(|handoff| handoff.claim_deadline), deadline);
        let facts = &world.scope.ticket_record().expect("a ticket").facts;
        assert_eq!(facts.last_person_owner_at, None);
        assert_eq!(facts.last_claim_at, None);
    }
}

#[test]
fn another_person_who_takes_it_claims_it() {
    // given
    let mut world = World::new();
    let (_, at) = assigned(&mut world, OnTimeout::Notify);
    let ben = Owner::Person("A-ben".to_owned());

    // when
    world.owner_of(Field::Ticket, ben, AssignedBy::Hand, after(at, 3));

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn a_change_before_our_call_or_long_after_it_is_no_offer() {
    for seconds in [-1, 601] {
        // given
        let mut world = World::new();
        let (_, at) = assigned(&mut world, OnTimeout::Notify);
        world.later(20);

        // when
        world.owner_of(Field::Ticket, anna(), AssignedBy::Hand, after(at, seconds));

        // then
        assert_eq!(world.state(), AiState::HumanActive, "{seconds}");
        assert_eq!(offered_to(&world), None);
    }
}

#[test]
fn a_change_of_the_other_field_is_no_offer() {
    // given
    let mut world = World::new();
    let (_, at) = assigned(&mut world, OnTimeout::Notify);

    // when
    let field = Field::Thread(THREAD);
    world.owner_of(field, anna(), AssignedBy::Hand, after(at, 3));

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn the_second_change_claims_in_whatever_order_they_arrive() {
    let mut ends = Vec::new();
    for order in [[3, 60, 60, 3], [60, 3, 3, 60], [60, 60, 3, 3]] {
        // given
        let mut world = World::new();
        let (_, at) = assigned(&mut world, OnTimeout::Notify);

        // when
        world.later(5);
        for seconds in order {
            changed(&mut world, anna(), after(at, seconds));
        }

        // then
        assert_eq!(world.live(), [HoldName::PersonOwns]);
        let facts = &mut world.scope.ticket.as_mut().expect("a ticket").record.facts;
        facts.owner_event_received_at = None;
        ends.push(facts.clone());
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
}

#[test]
fn an_assignment_told_twice_is_one() {
    // given
    let mut world = World::new();
    let (hold, at) = assigned(&mut world, OnTimeout::Notify);
    changed(&mut world, anna(), after(at, 3));

    // when
    sent(&mut world, hold, at);

    // then
    assert_eq!(offered_to(&world), Some("A-anna".to_owned()));
    let facts = &world.scope.ticket_record().expect("a ticket").facts;
    assert_eq!(facts.assignments.len(), 1);
}

#[test]
fn the_persons_reply_claims_what_was_offered_to_them() {
    // given
    let mut world = offered();

    // when
    world.anna_replies();

    // then
    assert_eq!(world.state(), AiState::HumanActive);
    assert!(world.live().contains(&HoldName::PersonOwns));
    assert_eq!(offered_to(&world), None);
    world.later(31);
    assert_eq!(
        world.state(),
        AiState::HumanActive,
        "owned, not only replied"
    );
}

#[test]
fn an_offer_counts_as_ownership_once_its_handoff_is_withdrawn() {
    // given
    let mut world = offered();

    // when
    world.workflow(resume_and_cancel());

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn an_offer_given_back_leaves_the_handoff_and_founds_no_other() {
    // given
    let mut world = World::new();
    world.portal.policies.after_human_unassign = AfterHumanUnassign::RequestHandoff;
    let (_, at) = assigned(&mut world, OnTimeout::ReturnToAi);
    changed(&mut world, anna(), after(at, 3));

    // when
    changed(&mut world, Owner::Nobody, after(at, 30));

    // then
    assert_eq!(world.live(), [HoldName::Handoff]);
    assert_eq!(offered_to(&world), None);
    world.later(16);
    world.claim_timers();
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn a_deadline_takes_the_assignment_back_before_the_ai_is_free() {
    // given
    let mut world = World::new();
    let (hold, at) = assigned(&mut world, OnTimeout::ReturnToAi);
    changed(&mut world, anna(), after(at, 3));

    // when
    world.later(16);
    let acted = world.claim_timers();

    // then
    let expected = [taken_back(hold), unclaimed(hold, OnTimeout::ReturnToAi)];
    assert_eq!(acted[0].effects, expected);
    assert_eq!(world.state(), AiState::HumanActive, "until it is undone");
    world.nobody_owns_it();
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn the_deadline_of_one_handoff_leaves_the_offer_of_another() {
    // given
    let mut world = World::new();
    let back = handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi);
    world.given(&workflow(), &back);
    world.later(1);
    world.given(&workflow(), &handoff());
    let timers = world.deadlines();
    let at = world.now();
    sent(&mut world, timers[1].hold, at);
    changed(&mut world, anna(), after(at, 3));

    // when
    world.later(14);
    let acted = world.claim_timer(timers[0]).expect("it is due");

    // then
    let told = unclaimed(timers[0].hold, OnTimeout::ReturnToAi);
    assert_eq!(acted.effects, [told]);
    assert_eq!(world.live(), [HoldName::Handoff]);
    assert_eq!(offered_to(&world), Some("A-anna".to_owned()));
}

#[test]
fn the_sentence_of_a_handoff_says_to_whom_it_is_offered() {
    let world = offered();
    let shown = world.live_hold(HoldName::Handoff).expect("a handoff");
    let sentence = silence(Voice::PLAIN, &shown, world.now());
    assert!(sentence.contains("offered to A-anna"), "{sentence}");
}

#[test]
fn a_notice_takes_nothing_back() {
    // given
    let mut world = offered();
    let hold = world.deadlines()[0].hold;

    // when
    world.later(16);
    let acted = world.claim_timers();

    // then
    assert_eq!(acted[0].effects, [unclaimed(hold, OnTimeout::Notify)]);
    assert_eq!(offered_to(&world), Some("A-anna".to_owned()));
}

#[test]
fn send_on_an_offer_is_queued_and_takes_the_assignment_back_first() {
    // given
    let mut world = offered();
    let hold = world.deadlines()[0].hold;
    world.customer_writes();

    // when
    let decided = world.ask_of(world.reach, workflow(), send());

    // then
    let queued = (Outcome::Queued, ReasonCode::HandoffWithdrawn);
    assert_eq!(decided.verdict, queued);
    assert_eq!(decided.effects, [taken_back(hold)]);
    assert_eq!(world.live(), [HoldName::Handoff], "still silent");
    world.nobody_owns_it();
    let verdict = world.workflow(send());
    assert_eq!(verdict, (Outcome::Applied, ReasonCode::HandoffWithdrawn));
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn force_on_an_offer_frees_the_ai_at_once_and_takes_the_assignment_back() {
    for placement in [Placement::Ticket, Placement::Thread] {
        // given
        let mut world = World::new();
        world.placement = placement;
        let (hold, at) = assigned(&mut world, OnTimeout::Notify);
        changed(&mut world, anna(), after(at, 3));

        // when
        let decided = world.ask_of(world.reach, admin(), send());

        // then
        let withdrawn = (Outcome::Applied, ReasonCode::HandoffWithdrawn);
        assert_eq!(decided.verdict, withdrawn);
        assert_eq!(decided.effects, [taken_back(hold)]);
        assert_eq!(world.live(), [], "{placement:?}");
        world.nobody_owns_it();
        assert_eq!(world.live(), []);
        world.anna_takes_it();
        assert_eq!(world.live(), [HoldName::PersonOwns], "by hand");
    }
}

#[test]
fn force_on_one_conversation_leaves_the_offer_of_the_ticket_to_its_sibling() {
    // given
    let mut world = World::with_sibling();
    let (_, at) = assigned(&mut world, OnTimeout::Notify);
    changed(&mut world, anna(), after(at, 3));

    // when
    world.admin(send());

    // then
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(
        world.state_of(SIBLING),
        AiState::HumanActive,
        "until it is undone"
    );
    world.nobody_owns_it();
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
}

#[test]
fn send_on_an_offer_under_an_admins_handoff_is_refused_and_takes_nothing_back() {
    // given
    let mut world = World::new();
    world.given(&admin(), &handoff());
    let hold = world.deadlines()[0].hold;
    let at = world.now();
    sent(&mut world, hold, at);
    changed(&mut world, anna(), after(at, 3));

    // when
    let decided = world.ask_of(world.reach, workflow(), send());

    // then
    assert_eq!(decided.verdict, refused(ReasonCode::AdminLock));
    assert_eq!(decided.effects, []);
}

#[test]
fn an_offer_undoes_no_earlier_release() {
    // given
    let mut world = World::new();
    world.given(&workflow(), &pause());
    world.workflow(send());
    let (_, at) = assigned(&mut world, OnTimeout::ReturnToAi);

    // when
    changed(&mut world, anna(), after(at, 3));

    // then
    assert_eq!(world.live(), [HoldName::Handoff]);
}

fn read(world: &mut World, owner: Owner, began_at: Timestamp) {
    let field = Field::Ticket;
    world.tell(Fact::OwnerRead {
        field,
        found: owner.into(),
        began_at,
    });
}

#[test]
fn a_reread_that_finds_our_own_assignment_claims_nothing_whenever_its_change_is_told() {
    for is_told_first in [true, false] {
        // given
        let mut world = World::new();
        let (_, at) = assigned(&mut world, OnTimeout::Notify);
        world.later(1);

        // when
        if is_told_first {
            changed(&mut world, anna(), after(at, 3));
        }
        read(&mut world, anna(), after(at, 30));
        assert_eq!(offered_to(&world), Some("A-anna".to_owned()));
        changed(&mut world, anna(), after(at, 3));

        // then
        assert_eq!(world.live(), [HoldName::Handoff]);
        assert_eq!(offered_to(&world), Some("A-anna".to_owned()));
    }
}

#[test]
fn a_reread_that_finds_another_person_claims() {
    // given
    let mut world = offered();
    world.later(1);

    // when
    let began_at = world.now();
    read(&mut world, Owner::Person("A-ben".to_owned()), began_at);

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn a_reread_that_finds_the_person_again_after_giving_it_back_claims() {
    // given
    let mut world = World::new();
    let (_, at) = assigned(&mut world, OnTimeout::Notify);
    changed(&mut world, anna(), after(at, 3));
    changed(&mut world, Owner::Nobody, after(at, 30));
    world.later(1);

    // when
    read(&mut world, anna(), after(at, 60));

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn a_change_told_before_its_assignment_counts_as_ownership() {
    // given
    let mut world = World::new();
    world.given(&workflow(), &handoff());
    let hold = world.deadlines()[0].hold;
    let at = world.now();
    world.owner_of(Field::Ticket, anna(), AssignedBy::Automation, after(at, 3));

    // when
    sent(&mut world, hold, at);

    // then
    assert_eq!(
        world.state(),
        AiState::HumanActive,
        "where in doubt, silent"
    );
}
