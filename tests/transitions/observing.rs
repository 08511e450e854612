//! Observe mode: everything is decided as if the portal were live, and binds nobody.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::{Ask, Reach, Subject, What};
use baton::domain::gate::{Connection, Gate, Mode};
use baton::domain::hold::{HandoffTarget, HoldName};
use baton::domain::hours::Hours;
use baton::domain::outcome::Outcome;
use baton::domain::policy::Channels;
use baton::domain::standing::{Standing, WouldHaveBeen};

fn observed() -> World {
    let mut world = World::with_sibling();
    world.portal.mode = Mode::Observe;
    world
}

fn standing(world: &World) -> Standing {
    Standing::of(&world.portal, world.view(THREAD), world.now())
}

fn would(ai_state: AiState) -> Option<WouldHaveBeen> {
    let ai_may_reply = ai_state == AiState::AiActive;
    Some(WouldHaveBeen {
        ai_state,
        ai_may_reply,
    })
}

#[test]
fn no_hold_binds_and_each_shows_what_it_would_have_been() {
    let holds = [
        (pause(), AiState::AiPaused),
        (handoff(), AiState::HandoffRequested),
        (What::Lock, AiState::AiLocked),
    ];
    for (what, state) in holds {
        on_ticket_thread_and_both(|world| {
            world.portal.mode = Mode::Observe;
            world.given(&admin(), &what);
            let standing = standing(world);
            assert_eq!(standing.state(), AiState::AiActive);
            assert!(standing.may_reply());
            assert_eq!(standing.silent_until(), None);
            assert_eq!(standing.would_have_been(), would(state));
        });
    }
}

#[test]
fn a_person_does_not_bind_either() {
    on_ticket_thread_and_both(|world| {
        world.portal.mode = Mode::Observe;
        world.anna_takes_it();
        world.anna_replies();
        assert!(standing(world).may_reply());
        assert_eq!(
            standing(world).would_have_been(),
            would(AiState::HumanActive)
        );
    });
}

#[test]
fn going_live_finds_what_was_decided_meanwhile() {
    let mut world = observed();
    world.workflow(pause());
    world.anna_takes_it();

    world.portal.mode = Mode::Live;

    assert_eq!(standing(&world).state(), AiState::HumanActive);
    assert_eq!(standing(&world).would_have_been(), None);
    assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Pause]);
}

#[test]
fn verdicts_versions_and_records_are_those_of_a_live_portal() {
    let (mut live, mut seen) = (World::with_sibling(), observed());
    let wishes = [
        pause(),
        handoff(),
        resume(),
        resume_and_cancel(),
        send(),
        pause_for(5),
    ];
    for what in wishes {
        assert_eq!(live.workflow(what.clone()), seen.workflow(what));
    }
    live.anna_takes_it();
    seen.anna_takes_it();
    assert_eq!(live.scope, seen.scope);
}

#[test]
fn the_gates_of_the_portal_still_bind() {
    type Shut = fn(&mut World);
    let gates: [(Gate, Shut); 4] = [
        (Gate::PortalKillSwitch, |world| {
            world.portal.ai_enabled = false
        }),
        (Gate::AiSenderNotSet, |world| world.portal.ai_sender = None),
        (Gate::NotConnected, |world| {
            world.portal.connection = Connection::NotConnected;
        }),
        (Gate::ConnectionUnavailable, |world| {
            world.portal.connection = Connection::Unavailable;
        }),
    ];
    for (gate, shut) in gates {
        let mut world = observed();
        shut(&mut world);
        assert_eq!(standing(&world).gates, [gate]);
        assert!(!standing(&world).may_reply(), "{gate:?}");
    }
}

#[test]
fn what_hubspot_says_of_the_conversation_still_binds() {
    let mut world = observed();
    world.closed(baton::domain::decide::Field::Thread(THREAD));
    assert_eq!(standing(&world).gates, [Gate::ConversationClosed]);
    assert!(!standing(&world).may_reply());
}

#[test]
fn the_gates_of_policies_do_not_bind() {
    let mut world = observed();
    world.portal.policies.channels = Channels::Only(vec![]);
    world.portal.policies.hours = Hours::Weekly {
        time_zone: chrono_tz::Tz::UTC,
        open: vec![],
    };
    let at = world.now();
    world.tell(baton::domain::decide::Fact::OtherAiWrote { thread: THREAD, at });

    let standing = standing(&world);

    let shut = [Gate::ChannelDisabled, Gate::OtherAi, Gate::OutsideHours];
    assert_eq!(standing.gates, shut);
    assert!(standing.may_reply());
    let free = WouldHaveBeen {
        ai_state: AiState::AiActive,
        ai_may_reply: false,
    };
    assert_eq!(standing.would_have_been(), Some(free));
}

#[test]
fn nothing_is_sent_assigned_or_asked_of_the_ai() {
    let mut world = observed();
    world.customer_writes();
    let wanted = handoff_with(|request| {
        request.target = Some(HandoffTarget::User(5));
        request.customer_message = Some("One moment, please.".to_owned());
    });
    let asked = world.ask_of(Reach::Originating, workflow(), wanted);
    let sent = world.ask_of(Reach::Originating, workflow(), send());
    assert_eq!((asked.verdict.0, asked.effects), (Outcome::Applied, vec![]));
    assert_eq!((sent.verdict.0, sent.effects), (Outcome::Applied, vec![]));
}

#[test]
fn an_answer_says_that_it_was_only_observed() {
    use baton::domain::answer::Answer;
    let mut world = observed();
    let ask = Ask::new(pause_for(15), Reach::Originating, workflow());
    let subject = Subject {
        ticket: Some(TICKET),
        thread: Some(THREAD),
    };
    let decided = world.try_ask(&ask, subject).expect("the thread is known");
    let answer = |world: &World| {
        let context = world.context(&world.portal);
        Answer::of(&decided, &world.scope, &ask, &context).output_fields()
    };

    let seen = answer(&world);
    let is = |name: &str, value: &str| assert_eq!(seen[name], value, "{name}");
    is("outcome", "applied");
    is("ai_state", "ai_active");
    is("previous_ai_state", "ai_active");
    is("ai_may_reply", "true");
    is("observed", "true");
    is("would_have_been", "ai_paused");
    assert!(!seen.contains_key("silent_until"));
    let explanation = &seen["explanation"];
    assert!(explanation.starts_with("Observed only: "), "{explanation}");
    assert!(
        explanation.contains("Paused by workflow 1 until"),
        "{explanation}"
    );

    world.portal.mode = Mode::Live;
    let live = answer(&world);
    assert_eq!(live["ai_state"], "ai_paused");
    assert!(!live.contains_key("observed") && !live.contains_key("would_have_been"));
}
