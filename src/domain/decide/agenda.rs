//! What the clock will bring to a ticket's conversations, or to one without a ticket: when a timer
//! must look at them, and what it then does. Everything is found anew in the records, so a timer
//! that is late, early or doubled does nothing wrong.

use super::judge::{Context, Decided, views};
use super::lapse::{next_lapse, record_lapses};
use super::reach::Side;
use super::timer::{ClaimDeadline, claim_deadline};
use super::unattended::raise_unattended;
use crate::domain::alerts::{self, Unattended};
use crate::domain::assess::View;
use crate::domain::ids::ThreadId;
use crate::domain::policy::Policies;
use crate::domain::record::{Record, Scope};
use crate::domain::time::Timestamp;
use serde::Serialize;

/// One thing a timer does. Each is a decision of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Nobody claimed a handoff in time.
    ClaimDeadline(ClaimDeadline),
    /// An alert of a thread.
    Unattended(ThreadId, Unattended),
    /// A silence ended by the clock, and is recorded as ended.
    Lapse,
}

/// When a timer must look at these records next: what is due already, or the earliest moment at
/// which something will be. None: the clock alone changes nothing. To be stored again after every
/// decision, a timer's that did nothing among them.
pub fn next_check_at(scope: &Scope, policies: &Policies, now: Timestamp) -> Option<Timestamp> {
    let times = agenda(scope, policies, now).into_iter();
    times.map(|(at, _)| at).min()
}

/// What is due now, in the order in which it is to be done.
pub fn due(scope: &Scope, policies: &Policies, now: Timestamp) -> Vec<Due> {
    let agenda = agenda(scope, policies, now).into_iter();
    let mut due: Vec<Due> = Vec::new();
    for (_, what) in agenda.filter(|(at, _)| *at <= now) {
        if !due.contains(&what) {
            due.push(what);
        }
    }
    due
}

/// Does what is due. None: there was nothing to do any more.
pub fn act(scope: &mut Scope, due: Due, ctx: &Context<'_>) -> Option<Decided> {
    match due {
        Due::ClaimDeadline(timer) => claim_deadline(scope, timer, ctx),
        Due::Unattended(thread, alert) => raise_unattended(scope, thread, alert, ctx),
        Due::Lapse => record_lapses(scope, ctx),
    }
}

fn agenda(scope: &Scope, policies: &Policies, now: Timestamp) -> Vec<(Timestamp, Due)> {
    let mut agenda = Vec::new();
    if let Some(ticket) = scope.ticket_record() {
        let threads: Vec<ThreadId> = scope.threads.iter().map(|thread| thread.id).collect();
        agenda.extend(deadlines(
            ticket,
            Side::Ticket,
            &views(scope, &threads),
            now,
        ));
    }
    for thread in &scope.threads {
        let view = View {
            thread: &thread.record,
            ticket: scope.ticket_record(),
        };
        agenda.extend(deadlines(
            &thread.record,
            Side::Thread(thread.id),
            &[view],
            now,
        ));
        let alerts = alerts::to_come(view, policies).into_iter();
        agenda.extend(alerts.map(|(at, alert)| (at, Due::Unattended(thread.id, alert))));
        // A thread nobody decided about yet has told nothing that could lapse.
        let lapse = thread
            .decided_at
            .and_then(|told_at| next_lapse(view, told_at));
        agenda.extend(lapse.map(|at| (at, Due::Lapse)));
    }
    agenda
}

/// The claim clocks of a record that will find their handoff live.
fn deadlines(
    record: &Record,
    side: Side,
    views: &[View<'_>],
    now: Timestamp,
) -> Vec<(Timestamp, Due)> {
    let clocks = record.holds.iter().filter_map(|hold| {
        let terms = hold.handoff().filter(|terms| terms.claimed_at.is_none())?;
        let deadline = terms.claim_deadline?;
        let waits = |view: &View<'_>| view.is_live(hold, deadline.max(now));
        let timer = ClaimDeadline {
            side,
            hold: hold.id,
        };
        let due = (deadline, Due::ClaimDeadline(timer));
        views.iter().any(waits).then_some(due)
    });
    clocks.collect()
}
