//! What a thread brings along from the tickets that it left: the silence by a person that each gave
//! it at that moment. Moving a conversation is nobody's word that the AI may speak. It follows from
//! facts alone, so whatever is told of the tickets, in any order, comes to the same; what happened
//! to a ticket later silences nobody who had left it.

use super::assess::View;
use super::derived::{self, DerivedHandoff};
use super::facts::{Facts, raise};
use super::hold::later_end;
use super::links::Leaving;
use super::record::Record;
use super::time::Timestamp;

/// Shown as a merge's would be.
const WHY: &str = "a merge";
const NOTE: &str = "A person had what was merged or moved.";

/// The handoff that stands in for people who had the tickets that the thread left, and those that
/// were merged into its own.
pub fn handoff(view: View<'_>, now: Timestamp) -> Option<DerivedHandoff> {
    let own_ended_at = view.latest_for_own(ends);
    let left = view.thread.facts.leavings.iter();
    let left = left.filter(|leaving| !has_ended(view, leaving.left_at, own_ended_at));
    let left = left.map(|leaving| (leaving, without_its_own(&view.thread.facts, leaving)));
    let merged = view
        .ticket
        .into_iter()
        .flat_map(|ticket| &ticket.facts.leavings);
    let ended_at = view.latest(ends);
    let merged = merged.filter(|merged| !has_ended(view, merged.left_at, ended_at));
    // A merge silences all threads of the ticket, whatever each of them was.
    let merged = merged.map(|merged| (merged, Record::default()));
    let silences = left.chain(merged).filter_map(|(leaving, thread)| {
        let until = silence(view, (leaving, &thread), now)?;
        Some(DerivedHandoff {
            since: leaving.left_at,
            until,
            why: WHY,
            note: Some(NOTE),
        })
    });
    silences.reduce(|earlier, later| DerivedHandoff {
        since: earlier.since.min(later.since),
        until: later_end(earlier.until, later.until),
        ..earlier
    })
}

/// The times of everything that this handoff may stand in for.
pub fn times(view: View<'_>) -> impl Iterator<Item = Timestamp> {
    let records = [Some(view.thread), view.ticket].into_iter().flatten();
    let leavings = records.flat_map(|record| &record.facts.leavings);
    leavings.map(|leaving| leaving.left_at)
}

/// True if it was lifted, or ended by what came after it.
fn has_ended(view: View<'_>, left_at: Timestamp, ended_at: Option<Timestamp>) -> bool {
    let lifted = view.latest(|facts| facts.lifted.left_through);
    lifted >= Some(left_at) || ended_at > Some(left_at)
}

/// Until when what the ticket was silenced this thread. None: it did not.
fn silence(
    view: View<'_>,
    (leaving, thread): (&Leaving, &Record),
    now: Timestamp,
) -> Option<Option<Timestamp>> {
    let mut ticket = Record {
        facts: leaving.then.clone(),
        ..Record::default()
    };
    let replies = view
        .thread
        .facts
        .person_replies
        .iter()
        .map(|reply| reply.at);
    if let Some(replied_at) = replies.filter(|at| *at <= leaving.left_at).max() {
        raise(&mut ticket.facts.last_person_reply_at, replied_at);
        ticket.facts.confirm_owners();
    }
    let then = View {
        thread,
        ticket: Some(&ticket),
    };
    if derived::person_owns(then, now).is_some() {
        return Some(None);
    }
    let by_its_own = derived::handoff(then, now);
    let handoffs = [by_its_own, handoff(then, now)].into_iter().flatten();
    handoffs.map(|handoff| handoff.until).reduce(later_end)
}

/// When somebody was last given the conversation or it was closed: what was before has ended.
fn ends(facts: &Facts) -> Option<Timestamp> {
    let taken = facts.last_ai_owner_at.max(facts.last_claim_at);
    taken.max(facts.closed_at)
}

/// The thread as it was when it left, with nothing that silences it by itself, and with what was
/// lifted of its ticket's silences. What came after it left has ended what this silence came to.
fn without_its_own(facts: &Facts, leaving: &Leaving) -> Record {
    let mut bare = Record {
        facts: facts.endings_as_of(leaving.left_at),
        ..Record::default()
    };
    bare.facts.lifted = leaving.lifted.clone();
    bare
}
