//! Before and after: which threads a command reached, whether anything that matters changed for
//! each, and its next version.

use super::effect::Effect;
use super::reach::Side;
use crate::domain::actor::Authority;
use crate::domain::assess::{AiState, Assessment, View};
use crate::domain::facts::Facts;
use crate::domain::gate::Portal;
use crate::domain::hold::HoldName;
use crate::domain::ids::ThreadId;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::{Record, Scope, ThreadRecord};
use crate::domain::time::Timestamp;
use uuid::Uuid;

/// What a decision is made with.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The decision's id, and the epoch of what it places.
    pub decision: Uuid,
    /// The database's clock, never behind the newest decision about these records.
    pub now: Timestamp,
    /// The same moment on HubSpot's clock, erring towards later.
    pub placed_at: Timestamp,
    /// The portal's policies and gates.
    pub portal: &'a Portal,
}

impl Context<'_> {
    /// The same for what counts as placed at an earlier time of HubSpot's clock.
    pub fn as_of(&self, at: Timestamp) -> Self {
        Self {
            placed_at: self.placed_at.min(at),
            ..*self
        }
    }
}

/// A word to branch on, and why.
pub type Verdict = (Outcome, ReasonCode);

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The verdict for the most silent of the conversations asked for.
    pub verdict: Verdict,
    /// That conversation; none where no conversation was asked for.
    pub shown: Option<ThreadId>,
    /// The conversations asked for.
    pub asked: Vec<ThreadId>,
    /// One for each thread that was reached; for a command that reached none, the ticket's own.
    pub rows: Vec<Row>,
    /// The ticket's record is another than before.
    pub ticket_changed: bool,
    /// What HubSpot or the AI platform is to be told or asked to do.
    pub effects: Vec<Effect>,
    /// How many holds were lifted.
    pub released_holds: usize,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The thread; none for the ticket's own line.
    pub thread: Option<ThreadId>,
    /// Something that matters changed, so the version grew.
    pub changed: bool,
    /// The verdict for this thread.
    pub verdict: Verdict,
    /// What it was shown as just before.
    pub before: AiState,
    /// What it is shown as now.
    pub after: AiState,
}

impl Row {
    /// True if something changed for a thread.
    pub const fn affects_thread(&self) -> bool {
        self.changed && self.thread.is_some()
    }
}

/// An empty record: stands in for the thread where none is known.
pub static NOTHING: std::sync::LazyLock<Record> = std::sync::LazyLock::new(Record::default);

/// The views of these threads; of the ticket alone where there are none.
pub fn views<'a>(scope: &'a Scope, asked: &[ThreadId]) -> Vec<View<'a>> {
    let ticket = scope.ticket_record();
    let threads = asked.iter().filter_map(|id| scope.thread(*id));
    let views: Vec<View<'a>> = threads
        .map(|thread| View {
            thread: &thread.record,
            ticket,
        })
        .collect();
    if views.is_empty() {
        vec![View {
            thread: &NOTHING,
            ticket,
        }]
    } else {
        views
    }
}

/// The threads that a hold in this record concerns.
pub fn concerned(scope: &Scope, side: Side) -> Vec<ThreadId> {
    match side {
        Side::Thread(id) => vec![id],
        Side::Ticket => scope.threads.iter().map(|thread| thread.id).collect(),
    }
}

/// The judgements of these threads; of the ticket alone where there are none.
pub fn assess_all(scope: &Scope, asked: &[ThreadId], now: Timestamp) -> Vec<Assessment> {
    views(scope, asked)
        .into_iter()
        .map(|view| view.assess(now))
        .collect()
}

/// The lines of a request. It leaves one with every thread asked for and every sibling it
/// changed; one that reached no thread leaves its line on the ticket.
pub fn rows(
    before: &Scope,
    scope: &mut Scope,
    asked: &[ThreadId],
    verdicts: &[Verdict],
    now: Timestamp,
) -> Vec<Row> {
    let mut rows = thread_rows(before, scope, asked, verdicts, now);
    if rows.is_empty() {
        rows.extend(ticket_row(before, scope, verdicts, now));
    }
    rows
}

/// The lines of a fact: only of threads that it changed, or of a ticket without threads.
pub fn rows_of_changes(
    before: &Scope,
    scope: &mut Scope,
    verdict: Verdict,
    now: Timestamp,
) -> Vec<Row> {
    let mut rows = thread_rows(before, scope, &[], &[verdict], now);
    if scope.threads.is_empty() && before.ticket_record() != scope.ticket_record() {
        rows.extend(ticket_row(before, scope, &[verdict], now));
    }
    rows
}

/// Compares a scope with what it was, moves versions on and writes the lines of the threads.
/// `verdicts` are those of the threads asked for, in their order, or the ticket's alone.
fn thread_rows(
    before: &Scope,
    scope: &mut Scope,
    asked: &[ThreadId],
    verdicts: &[Verdict],
    now: Timestamp,
) -> Vec<Row> {
    let Scope { ticket, threads } = scope;
    let ticket_after = ticket.as_ref().map(|ticket| &ticket.record);
    let ticket = ticket.as_ref().map(|ticket| ticket.id);
    let mut rows = Vec::new();
    for thread in threads {
        let earlier = before.thread(thread.id);
        let was_asked = asked.iter().position(|id| *id == thread.id);
        // A thread is judged with the ticket from its link on: not before, and not in a dry run.
        let is_linked = |thread: Option<&ThreadRecord>| {
            ticket.is_some() && thread.and_then(ThreadRecord::ticket) == ticket
        };
        let earlier_view = View {
            thread: earlier.map_or(&*NOTHING, |thread| &thread.record),
            ticket: before.ticket_record().filter(|_| is_linked(earlier)),
        };
        let view = View {
            thread: &thread.record,
            ticket: ticket_after.filter(|_| is_linked(Some(thread))),
        };
        let decided_at = earlier.and_then(|thread| thread.decided_at).unwrap_or(now);
        let changed = has_changed(earlier_view, decided_at, view, now);
        if was_asked.is_none() && !changed {
            continue;
        }
        let own = was_asked.and_then(|place| verdicts.get(place));
        let verdict = own.or(verdicts.first()).copied();
        let verdict = verdict.unwrap_or((Outcome::Applied, ReasonCode::Applied));
        let after = view.assess(now).state();
        rows.push(Row {
            thread: Some(thread.id),
            changed,
            verdict,
            before: earlier_view.assess(now).state(),
            after,
        });
        thread.position += 1;
        thread.decided_at = Some(now);
        if changed {
            thread.control_version += 1;
            if after != AiState::AiActive {
                thread.silenced_at_version = thread.control_version;
            }
        }
    }
    rows
}

/// A command that reached no thread has its line on the ticket.
fn ticket_row(
    before: &Scope,
    scope: &mut Scope,
    verdicts: &[Verdict],
    now: Timestamp,
) -> Option<Row> {
    let ticket = scope.ticket.as_mut()?;
    ticket.position += 1;
    let earlier = View {
        thread: &NOTHING,
        ticket: before.ticket_record(),
    };
    let view = View {
        thread: &NOTHING,
        ticket: Some(&ticket.record),
    };
    Some(Row {
        thread: None,
        changed: before.ticket_record() != Some(&ticket.record),
        verdict: verdicts
            .first()
            .copied()
            .unwrap_or((Outcome::Applied, ReasonCode::Applied)),
        before: earlier.assess(now).state(),
        after: view.assess(now).state(),
    })
}

/// What is compared: the facts that matter, and what is live of each kind. The past is judged as
/// of the thread's last decision, so that a lapse since then is recorded once, by this one.
fn has_changed(was: View<'_>, decided_at: Timestamp, is: View<'_>, now: Timestamp) -> bool {
    let facts_changed = matters(&was.thread.facts) != matters(&is.thread.facts)
        || matters(&was.ticket.unwrap_or(&NOTHING).facts)
            != matters(&is.ticket.unwrap_or(&NOTHING).facts);
    facts_changed || live(was, decided_at) != live(is, now)
}

/// The facts that matter: all but when owner and messages were read or told and what first
/// re-reads doubt, what we assigned, whom a field named before and when it was let go, when channel
/// and spam were told, when the customer wrote and who waits, what the AI sent, and which tickets a
/// thread left; of the openings only what they say about a closing. What was lifted shows in what is
/// live, and the newest reply in the replies themselves (on a ticket it is another thread's). A new
/// fact has to be named here.
fn matters(facts: &Facts) -> impl PartialEq {
    let Facts {
        owner,
        last_person_owner_at,
        last_claim_at,
        unconfirmed_owners_at,
        last_ai_owner_at,
        owner_checked_at: _,
        messages_read_at: _,
        owner_event_received_at: _,
        owner_doubt: _,
        assignments: _,
        let_go_at: _,
        past_owners: _,
        person_replies,
        last_person_reply_at: _,
        last_other_ai_message_at,
        last_customer_message_at: _,
        waiting: _,
        last_ai_reply_at: _,
        closed_at,
        openings: _,
        status_doubt: _,
        is_spam,
        spam_told_at: _,
        channel,
        link,
        past_links: _,
        leavings: _,
        absorbed_tickets,
        absorbed_threads,
        lifted: _,
    } = facts;
    let owners = (
        owner,
        last_person_owner_at,
        last_claim_at,
        unconfirmed_owners_at,
        last_ai_owner_at,
    );
    let words = (person_replies, last_other_ai_message_at);
    let life = (closed_at, facts.reopened(), is_spam);
    let place = (channel.map(|known| known.id), link);
    (
        owners,
        words,
        life,
        place,
        (absorbed_tickets, absorbed_threads),
    )
}

/// A kind of silence as it is compared: its end, its authority, whether it is claimed.
pub type Live = (HoldName, Option<Timestamp>, Option<Authority>, bool);

/// What is compared of everything that is live.
pub fn live(view: View<'_>, at: Timestamp) -> Vec<Live> {
    let holds = view.assess(at).holds.into_iter();
    holds
        .map(|hold| {
            let is_claimed = hold.handoff.is_some_and(|handoff| handoff.is_claimed);
            (hold.name, hold.until, hold.authority, is_claimed)
        })
        .collect()
}
