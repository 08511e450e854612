//! Silences that end by the clock: pauses, reply windows, damping, graces. Every judgement sees
//! their end by itself; this only has it recorded and told in time.

use super::ask::finish;
use super::assignment::assign_pending;
use super::judge::{Context, Decided, Verdict, live, rows_of_changes};
use crate::domain::assess::View;
use crate::domain::derived;
use crate::domain::left;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;
use crate::domain::time::Timestamp;

/// Records what has lapsed for any thread since its last decision. None: nothing has.
pub fn record_lapses(scope: &mut Scope, ctx: &Context<'_>) -> Option<Decided> {
    let before = scope.clone();
    let verdict: Verdict = (Outcome::Applied, ReasonCode::Applied);
    let rows = rows_of_changes(&before, scope, verdict, ctx.now);
    let effects = assign_pending(scope, &rows, ctx);
    let decided = Decided {
        verdict,
        shown: None,
        asked: Vec::new(),
        rows,
        ticket_changed: false,
        effects,
        released_holds: 0,
    };
    (!decided.rows.is_empty()).then(|| finish(before, scope, decided, ctx))
}

/// When the clock first makes a thread's judgement another than its last decision told.
pub fn next_lapse(view: View<'_>, decided_at: Timestamp) -> Option<Timestamp> {
    let records = [Some(view.thread), view.ticket].into_iter().flatten();
    let holds = records.flat_map(|record| &record.holds);
    let of_holds = holds.filter_map(|hold| hold.expires_at);
    // Of the windows of replies only the longest shows.
    let of_replies = derived::replies_that_count(view).map(|reply| reply.until);
    let handoffs = [
        derived::handoff(view, decided_at),
        left::handoff(view, decided_at),
    ];
    let of_handoffs = handoffs.into_iter().flatten();
    let of_handoffs = of_handoffs.filter_map(|handoff| handoff.until);
    let ends = of_holds.chain(of_replies.max()).chain(of_handoffs);
    let mut ends: Vec<Timestamp> = ends.filter(|end| *end > decided_at).collect();
    if ends.is_empty() {
        return None;
    }
    ends.sort_unstable();
    let told = live(view, decided_at);
    ends.into_iter().find(|end| live(view, *end) != told)
}
