//! Placing and lifting holds in one record.

use super::judge::Context;
use crate::domain::actor::Authority;
use crate::domain::command::Ask;
use crate::domain::hold::{HandoffTarget, Hold, HoldId, HoldKind, HoldName, ends_no_sooner};
use crate::domain::record::Record;
use crate::domain::time::Timestamp;

/// A record keeps this many holds of one kind and authority; more are folded into the newest.
const MOST_OF_A_KIND: usize = 16;

/// A hold as this request places it.
pub fn new_hold(
    kind: HoldKind,
    expires_at: Option<Timestamp>,
    ask: &Ask,
    ctx: &Context<'_>,
) -> Hold {
    Hold {
        id: HoldId(ctx.decision),
        kind,
        by: ask.by.clone(),
        decided_at: ctx.now,
        placed_at: ctx.placed_at,
        expires_at,
        reason_code: ask.reason_code.clone(),
        note: ask.note.clone(),
        metadata: ask.metadata.clone(),
    }
}

impl Record {
    /// Places a hold. Earlier ones of its kind and authority that end no later are dropped, but
    /// handoffs stay beside one another, since each has its own claim clock.
    pub(super) fn place(&mut self, mut hold: Hold, now: Timestamp) {
        self.holds.retain(|held| !held.has_expired(now));
        let alike = |held: &Hold, new: &Hold| {
            held.name() == new.name() && held.by.authority == new.by.authority
        };
        if hold.name() != HoldName::Handoff {
            self.holds.retain(|held| {
                let is_earlier = held.placed_at <= hold.placed_at;
                let is_covered = is_earlier && ends_no_sooner(hold.expires_at, held.expires_at);
                !(alike(held, &hold) && is_covered)
            });
        }
        if self.holds.iter().filter(|held| alike(held, &hold)).count() >= MOST_OF_A_KIND
            && let Some(newest) = self.holds.iter().rposition(|held| alike(held, &hold))
        {
            let dropped = self.holds.remove(newest);
            absorb(&mut hold, dropped);
        }
        self.holds.push(hold);
    }

    /// Takes out the holds of this kind that `authority` may lift, and gives them back.
    pub(super) fn lift(
        &mut self,
        name: HoldName,
        authority: Authority,
        now: Timestamp,
    ) -> Vec<Hold> {
        self.holds.retain(|held| !held.has_expired(now));
        let may_lift = |held: &Hold| authority == Authority::Admin || !held.is_admins();
        self.holds
            .extract_if(.., |held| held.name() == name && may_lift(held))
            .collect()
    }
}

/// The newest takes over what the dropped one still demanded.
fn absorb(newest: &mut Hold, dropped: Hold) {
    newest.placed_at = newest.placed_at.max(dropped.placed_at);
    if !ends_no_sooner(newest.expires_at, dropped.expires_at) {
        newest.expires_at = dropped.expires_at;
    }
    if let (Some(terms), Some(old)) = (newest.handoff_mut(), dropped.handoff()) {
        terms.priority = terms.priority.max(old.priority);
        if terms.target == HandoffTarget::Unassigned {
            terms.target = old.target.clone();
            terms.assigns_later = old.assigns_later;
        }
        terms.has_told_customer |= old.has_told_customer;
        terms.claim_deadline = terms.claim_deadline.min(old.claim_deadline);
    }
}
