//! What silenced a thread by a ticket that it left, judged as of its leaving, whenever what is told
//! of either arrives. What happened to the ticket later silences nobody who left; and whether it
//! hides a person who had the ticket before cannot be told, so then one did.

use super::carry::{PersonSilence, carry_holds, person_silence, stand_in_for};
use super::fact::{Fact, Field};
use super::judge::{Context, Decided, rows_of_changes};
use super::reread::counts_at;
use crate::domain::assess::View;
use crate::domain::facts::{Facts, raise};
use crate::domain::hold::{Hold, HoldKind};
use crate::domain::ids::ThreadId;
use crate::domain::lifted::Lifted;
use crate::domain::links::Leaving;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::owner::{Owner, OwnerReading};
use crate::domain::record::{Record, Scope, TicketRecord};
use crate::domain::time::Timestamp;

/// A ticket that a thread left.
#[derive(Clone, Copy, Debug)]
pub struct LeftTicket<'a> {
    /// Its record, as it is now.
    pub ticket: &'a TicketRecord,
    /// A person had it since then, as was just told.
    pub owned_at: Option<Timestamp>,
}

/// Which holds of a ticket go along with a thread that leaves it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum GoAlong {
    /// Those that silenced it until now.
    All,
    /// Those that were placed before it left, as it turned out.
    PlacedBefore,
}

impl Fact {
    /// Since when a person has the ticket that this is about, where it says that one has.
    pub fn ticket_owned_at(&self) -> Option<Timestamp> {
        match self {
            Self::OwnerChanged {
                field: Field::Ticket,
                owner: Owner::Person(_),
                at,
                ..
            } => Some(*at),
            Self::OwnerRead {
                field: Field::Ticket,
                found:
                    OwnerReading {
                        owner: Owner::Person(_),
                        change,
                        ..
                    },
                began_at,
            } => {
                let read_at = counts_at(*began_at);
                Some(change.map_or(read_at, |change| change.at.min(read_at)))
            }
            Self::OwnerChanged { .. }
            | Self::OwnerRead { .. }
            | Self::MessagesRead { .. }
            | Self::AssignmentSent { .. }
            | Self::PersonReplied { .. }
            | Self::OtherAiWrote { .. }
            | Self::CustomerWrote { .. }
            | Self::AiReplied { .. }
            | Self::Closed { .. }
            | Self::Opened { .. }
            | Self::StatusRead { .. }
            | Self::ChannelKnown { .. }
            | Self::SpamTold { .. }
            | Self::Linked { .. }
            | Self::HeardOfLeft { .. } => None,
        }
    }
}

/// Silences a thread of this scope by what it left, where that is news.
pub fn hear_of_left(
    scope: &mut Scope,
    id: ThreadId,
    left: LeftTicket<'_>,
    ctx: &Context<'_>,
) -> Decided {
    let before = scope.clone();
    leave_late(scope, id, left, ctx);
    let verdict = (Outcome::Applied, ReasonCode::Applied);
    Decided {
        verdict,
        shown: None,
        asked: Vec::new(),
        rows: rows_of_changes(&before, scope, verdict, ctx.now),
        ticket_changed: false,
        effects: Vec::new(),
        released_holds: 0,
    }
}

/// The same, without the lines of it.
pub(super) fn leave_late(scope: &mut Scope, id: ThreadId, left: LeftTicket<'_>, ctx: &Context<'_>) {
    let ticket = scope.ticket_record().cloned();
    if let Some(thread) = scope.thread_mut(id) {
        // What was lifted in the thread is now about its new ticket.
        let by = (left, Lifted::default(), GoAlong::PlacedBefore);
        leave(&mut thread.record, ticket.as_ref(), by, ctx);
    }
}

/// Takes along what silenced the thread when it left the ticket, each time that it did. `marks`
/// are what was lifted in the thread of the ticket's silences; `own` is its ticket now.
pub(super) fn leave(
    record: &mut Record,
    own: Option<&Record>,
    (left, marks, holds): (LeftTicket<'_>, Lifted, GoAlong),
    ctx: &Context<'_>,
) {
    for (ticket, left_at) in record.facts.left() {
        if ticket != left.ticket.id {
            continue;
        }
        let known = Known::of(record, &left, left_at);
        let owned = known.owned_through.max(left.owned_by(left_at));
        if known.is_complete && owned <= known.owned_through {
            continue;
        }
        let mut then = left.ticket.record.clone();
        match (known.holds_went_along, holds) {
            (true, _) => then.holds.clear(),
            (false, GoAlong::All) => {}
            (false, GoAlong::PlacedBefore) => then.holds.retain(|hold| {
                let placed_at = hold.decided_at.min(hold.placed_at);
                placed_at <= left_at
            }),
        }
        let placed_at = known.placed_at.unwrap_or(ctx.placed_at);
        let silence = silence_when_left(record, &then, (left_at, &marks), ctx.now);
        let is_news = known.shrunk_from.is_none_or(|later| {
            owned > known.owned_through
                || silence_when_left(record, &then, (later, &marks), ctx.now).is_none()
        });
        let carried = carried_holds(record, &then, ctx.now);
        carry_holds(record, own, carried, ctx);
        if let Some(PersonSilence { until }) = silence.filter(|_| is_news) {
            stand_in_for(record, own, (until, placed_at), ctx);
        }
        record.facts.note_leaving(Leaving {
            ticket,
            left_at,
            owned_through: owned,
            placed_at,
        });
    }
}

/// What was looked at before.
struct Known {
    is_complete: bool,
    holds_went_along: bool,
    owned_through: Option<Timestamp>,
    placed_at: Option<Timestamp>,
    /// It had seemed to have left only then.
    shrunk_from: Option<Timestamp>,
}

impl Known {
    fn of(record: &Record, left: &LeftTicket<'_>, left_at: Timestamp) -> Self {
        let leavings = record.facts.leavings.iter();
        let mut of_ticket = leavings.filter(|noted| noted.ticket == left.ticket.id);
        let same = of_ticket.clone().find(|noted| noted.left_at == left_at);
        let still_left = record.facts.left();
        let later = of_ticket.find(|noted| {
            noted.left_at > left_at && !still_left.contains(&(noted.ticket, noted.left_at))
        });
        let noted = same.or(later);
        Self {
            is_complete: same.is_some(),
            holds_went_along: noted.is_some(),
            owned_through: noted.and_then(|noted| noted.owned_through.filter(|at| *at <= left_at)),
            placed_at: noted.map(|noted| noted.placed_at),
            shrunk_from: match same {
                Some(_) => None,
                None => later.map(|noted| noted.left_at),
            },
        }
    }
}

impl LeftTicket<'_> {
    /// The newest ownership by a person that is known from before a thread left it.
    fn owned_by(&self, left_at: Timestamp) -> Option<Timestamp> {
        let known = self.ticket.record.facts.last_person_owner_at;
        let known = known.filter(|at| *at <= left_at);
        known.max(self.owned_at.filter(|at| *at <= left_at))
    }
}

/// The silence by a person that a thread had from the ticket alone when it left it.
fn silence_when_left(
    thread: &Record,
    ticket: &Record,
    (left_at, marks): (Timestamp, &Lifted),
    now: Timestamp,
) -> Option<PersonSilence> {
    let mut then = ticket.clone();
    forget_after(&mut then.facts, left_at);
    let replies = thread.facts.person_replies.iter().map(|reply| reply.at);
    if let Some(replied_at) = replies.filter(|at| *at <= left_at).max() {
        raise(&mut then.facts.last_person_reply_at, replied_at);
        then.facts.confirm_owners();
    }
    let named_later = then.facts.owner.take_if(|owner| owner.at > left_at);
    if named_later.is_some() {
        let Facts {
            last_person_owner_at,
            last_ai_owner_at,
            ..
        } = &then.facts;
        if last_person_owner_at.is_some() && last_ai_owner_at <= last_person_owner_at {
            return Some(PersonSilence { until: None });
        }
    }
    let nobodys = without_its_own(thread, left_at, marks);
    let view = View {
        thread: &nobodys,
        ticket: Some(&then),
    };
    person_silence(&view.assess(now))
}

/// Times that release count only if they are known from before.
fn forget_after(facts: &mut Facts, left_at: Timestamp) {
    let times = [
        &mut facts.last_ai_owner_at,
        &mut facts.last_claim_at,
        &mut facts.closed_at,
    ];
    for time in times {
        time.take_if(|at| *at > left_at);
    }
}

/// The thread with nothing that silences it by itself, and with what ends silences by its ticket.
fn without_its_own(thread: &Record, left_at: Timestamp, marks: &Lifted) -> Record {
    let mut facts = Facts {
        last_ai_owner_at: thread.facts.last_ai_owner_at,
        last_claim_at: thread.facts.last_claim_at,
        closed_at: thread.facts.closed_at,
        openings: thread.facts.openings.clone(),
        lifted: marks.clone(),
        ..Facts::default()
    };
    forget_after(&mut facts, left_at);
    facts.openings.retain(|opening| opening.at <= left_at);
    Record {
        facts,
        ..Record::default()
    }
}

/// A handoff stays with its ticket, whose claim clock runs there; another stands in for it.
fn carried_holds(thread: &Record, ticket: &Record, now: Timestamp) -> Vec<Hold> {
    let goes_along = |hold: &&Hold| match hold.kind {
        HoldKind::AdminLock | HoldKind::Damped | HoldKind::Pause => true,
        HoldKind::Handoff(_) => false,
    };
    let view = View {
        thread,
        ticket: Some(ticket),
    };
    let holds = view
        .live_holds(now)
        .filter(|hold| !thread.holds.contains(hold));
    holds.filter(goes_along).cloned().collect()
}
