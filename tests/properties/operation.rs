//! What can happen to a ticket with two threads, and random sequences of it.

use baton::domain::actor::Authority;
use baton::domain::hold::OnTimeout;
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::{AfterHumanUnassign, AssignedByAutomation, OnReopenOwned};
use baton::domain::time::Span;
use proptest::collection::vec;
use proptest::prelude::*;

/// A record: the ticket or one of its threads.
pub type Place = usize;
pub const TICKET: Place = 0;
/// Linked to the ticket from the beginning.
pub const FIRST: Place = 1;
/// Linked when something links it.
pub const SECOND: Place = 2;

pub const SECOND_MS: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND_MS;
pub const HOUR: i64 = 60 * MINUTE;

/// One step: some time passes, then something happens.
#[derive(Clone, Debug)]
pub struct Step {
    pub wait: i64,
    pub op: Op,
}

#[derive(Clone, Debug)]
pub enum Op {
    Ask(Asking),
    Tell(Telling),
    /// An event of the same source time as the one told last.
    AtOnce(News),
    /// HubSpot delivers one of the earlier events again.
    Repeat(usize),
    /// The second thread turns out to belong to the ticket.
    Link,
    /// The clock of one of the handoffs placed so far runs out, or of another epoch of it.
    Timer {
        handoff: usize,
        other_epoch: bool,
    },
    /// A timer looks at everything and does what is due.
    Look,
    /// The portal changes a policy.
    Policy(Change),
}

#[derive(Clone, Debug)]
pub struct Asking {
    pub by: Authority,
    /// The ticket's place stands for all its threads.
    pub of: Place,
    /// An action on the second thread that names the ticket too links it.
    pub names_ticket: bool,
    pub what: Wish,
    pub dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Pause { minutes: Option<i64>, replace: bool },
    Resume { cancel: bool },
    Send { take_over: bool },
    Handoff { on_timeout: OnTimeout },
    Lock,
    Unlock,
}

/// An event, with its source time as a delay: negative is the future.
#[derive(Clone, Debug)]
pub struct Telling {
    pub news: News,
    pub late: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Owner(Place, Owner, AssignedBy),
    Reply(Place),
    OtherAi(Place),
    Customer(Place),
    AiReply(Place),
    Closed(Place),
    Opened(Place),
}

#[derive(Clone, Copy, Debug)]
pub enum Change {
    Takeover(bool),
    Window(Span),
    Grace(Span),
    Unassign(AfterHumanUnassign),
    Automation(AssignedByAutomation),
    Reopen(OnReopenOwned),
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![3 => Just(TICKET), 4 => Just(FIRST), 2 => Just(SECOND)]
}

fn thread() -> impl Strategy<Value = Place> {
    prop_oneof![3 => Just(FIRST), 2 => Just(SECOND)]
}

fn wait() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 1..5 * SECOND_MS,
        6 => (1..9i64).prop_map(|minutes| minutes * MINUTE),
        4 => (10..17i64).prop_map(|minutes| minutes * MINUTE),
        2 => (25..35i64).prop_map(|minutes| minutes * MINUTE),
        1 => (1..5i64).prop_map(|hours| hours * HOUR),
    ]
}

fn late() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => Just(0),
        3 => 0..2 * MINUTE,
        3 => 2 * MINUTE..35 * MINUTE,
        1 => HOUR..5 * HOUR,
        1 => -(90 * SECOND_MS)..0,
    ]
}

pub fn owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        3 => Just(Owner::Ai),
        3 => Just(Owner::Nobody),
        1 => Just(Owner::OtherAi("L-1".to_owned())),
        4 => Just(Owner::Person("A-1".to_owned())),
        2 => Just(Owner::Person("A-2".to_owned())),
    ]
}

pub fn assigned_by() -> impl Strategy<Value = AssignedBy> {
    prop_oneof![3 => Just(AssignedBy::Hand), 2 => Just(AssignedBy::Automation)]
}

pub fn news() -> impl Strategy<Value = News> {
    prop_oneof![
        8 => (place(), owner(), assigned_by()).prop_map(|(at, owner, by)| News::Owner(at, owner, by)),
        6 => thread().prop_map(News::Reply),
        1 => thread().prop_map(News::OtherAi),
        2 => thread().prop_map(News::Customer),
        1 => thread().prop_map(News::AiReply),
        2 => place().prop_map(News::Closed),
        2 => place().prop_map(News::Opened),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    let minutes = prop_oneof![Just(None), (1..60i64).prop_map(Some)];
    let on_timeout = prop_oneof![
        Just(OnTimeout::Notify),
        Just(OnTimeout::ReturnToAi),
        Just(OnTimeout::ReturnToAi),
        Just(OnTimeout::Escalate),
    ];
    prop_oneof![
        5 => (minutes, prop::bool::weighted(0.25))
            .prop_map(|(minutes, replace)| Wish::Pause { minutes, replace }),
        5 => any::<bool>().prop_map(|cancel| Wish::Resume { cancel }),
        5 => prop::bool::weighted(0.2).prop_map(|take_over| Wish::Send { take_over }),
        5 => on_timeout.prop_map(|on_timeout| Wish::Handoff { on_timeout }),
        1 => Just(Wish::Lock),
        1 => Just(Wish::Unlock),
    ]
}

pub fn asking() -> impl Strategy<Value = Asking> {
    let by = prop_oneof![
        6 => Just(Authority::Workflow),
        1 => Just(Authority::Ai),
        2 => Just(Authority::Admin),
    ];
    let dry_run = prop::bool::weighted(0.05);
    let parts = (by, place(), prop::bool::weighted(0.2), wish(), dry_run);
    parts.prop_map(|(by, of, names_ticket, what, dry_run)| Asking {
        by,
        of,
        names_ticket,
        what,
        dry_run,
    })
}

pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<bool>().prop_map(Change::Takeover),
        (5..60i64).prop_map(|minutes| Change::Window(Span::from_minutes(minutes))),
        (1..30i64).prop_map(|minutes| Change::Grace(Span::from_minutes(minutes))),
        prop_oneof![
            Just(AfterHumanUnassign::RequestHandoff),
            Just(AfterHumanUnassign::AiAfterGrace),
            Just(AfterHumanUnassign::AiNow),
        ]
        .prop_map(Change::Unassign),
        prop_oneof![
            Just(AssignedByAutomation::Silences),
            Just(AssignedByAutomation::WaitsForFirstReply),
        ]
        .prop_map(Change::Automation),
        prop_oneof![
            Just(OnReopenOwned::Person),
            Just(OnReopenOwned::Ai),
            Just(OnReopenOwned::AiAfterDays(0)),
            Just(OnReopenOwned::AiAfterDays(1)),
        ]
        .prop_map(Change::Reopen),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let telling = (news(), late()).prop_map(|(news, late)| Op::Tell(Telling { news, late }));
    let timer =
        (0..8usize, prop::bool::weighted(0.2)).prop_map(|(handoff, other_epoch)| Op::Timer {
            handoff,
            other_epoch,
        });
    let op = prop_oneof![
        18 => asking().prop_map(Op::Ask),
        18 => telling,
        2 => news().prop_map(Op::AtOnce),
        2 => (0..40usize).prop_map(Op::Repeat),
        1 => Just(Op::Link),
        6 => timer,
        4 => Just(Op::Look),
        2 => change().prop_map(Op::Policy),
    ];
    (wait(), op).prop_map(|(wait, op)| Step { wait, op })
}

/// A clock offset and up to forty steps: of everything, or one of the stories that mixed
/// sequences hardly ever tell.
pub fn sequence() -> impl Strategy<Value = (i64, Vec<Step>)> {
    let offset = prop_oneof![Just(0), Just(30 * SECOND_MS), Just(2 * MINUTE)];
    let story = prop_oneof![
        6 => vec(step(), 1..=40),
        2 => followed_by_anything(quarrel().boxed()),
        2 => followed_by_anything(unclaimed().boxed()),
        2 => followed_by_anything(late_news().boxed()),
    ];
    (offset, story)
}

fn followed_by_anything(story: BoxedStrategy<Vec<Step>>) -> impl Strategy<Value = Vec<Step>> {
    (story, vec(step(), 1..=16)).prop_map(|(mut story, rest)| {
        story.extend(rest);
        story
    })
}

fn by_workflow(of: Place, what: Wish) -> Op {
    Op::Ask(Asking {
        by: Authority::Workflow,
        of,
        names_ticket: true,
        what,
        dry_run: false,
    })
}

/// Workflows contradict one another: for the loop guard.
fn quarrel() -> impl Strategy<Value = Vec<Step>> {
    let of = prop_oneof![4 => Just(TICKET), 2 => Just(FIRST), 1 => Just(SECOND)];
    let attempt = (1..50 * SECOND_MS, any::<bool>(), of).prop_map(|(wait, is_speech, of)| {
        let silence = Wish::Pause {
            minutes: Some(1),
            replace: false,
        };
        let speech = Wish::Resume { cancel: false };
        let op = by_workflow(of, if is_speech { speech } else { silence });
        Step { wait, op }
    });
    vec(attempt, 16..=24)
}

fn by_admin(what: Wish) -> Step {
    let op = Op::Ask(Asking {
        by: Authority::Admin,
        of: TICKET,
        names_ticket: false,
        what,
        dry_run: false,
    });
    let wait = MINUTE;
    Step { wait, op }
}

fn returning_handoff(of: Place) -> Step {
    let on_timeout = OnTimeout::ReturnToAi;
    Step {
        wait: MINUTE,
        op: by_workflow(of, Wish::Handoff { on_timeout }),
    }
}

/// The clock of a handoff runs out, perhaps again, while other things happen.
fn unclaimed() -> impl Strategy<Value = Vec<Step>> {
    let timer = prop::bool::weighted(0.2).prop_map(|other_epoch| Step {
        wait: 16 * MINUTE,
        op: Op::Timer {
            handoff: 0,
            other_epoch,
        },
    });
    let meanwhile = prop_oneof![
        3 => (vec(step(), 0..=2), vec(step(), 0..=3)),
        1 => Just((vec![by_admin(Wish::Lock)], vec![by_admin(Wish::Unlock)])),
    ];
    let parts = (place(), meanwhile, timer.clone(), timer);
    parts.prop_map(|(of, (early, between), first, second)| {
        let mut steps = vec![returning_handoff(of)];
        steps.extend(early);
        steps.push(first);
        steps.extend(between);
        steps.push(second);
        steps
    })
}

/// Something is released, and news from before it arrives after it.
fn late_news() -> impl Strategy<Value = Vec<Step>> {
    let release = prop_oneof![
        Just(Wish::Send { take_over: false }),
        Just(Wish::Resume { cancel: true }),
    ];
    let late = (news(), MINUTE..45 * MINUTE).prop_map(|(news, late)| Step {
        wait: 30 * SECOND_MS,
        op: Op::Tell(Telling { news, late }),
    });
    let parts = (
        place(),
        place(),
        vec(step(), 0..=2),
        release,
        vec(late, 1..=4),
    );
    parts.prop_map(|(of, released, between, release, late)| {
        let mut steps = vec![returning_handoff(of)];
        steps.extend(between);
        steps.push(Step {
            wait: 12 * MINUTE,
            op: by_workflow(released, release),
        });
        steps.extend(late);
        steps
    })
}
