//! Undoing releases that a late fact would have refused. What comes back may have refused a later
//! release in its turn.

use super::handoff::claim_by_reply;
use crate::domain::late::LateFact;
use crate::domain::messages::PersonReply;
use crate::domain::record::{Record, Scope};
use crate::domain::time::Timestamp;
use uuid::Uuid;

/// Brings back what these releases lifted, in both records, the latest release first, and then
/// what later ones lifted that the windows brought back would have refused. A handoff that comes
/// back is claimed by the replies that came meanwhile. True if anything was undone.
pub fn undo(scope: &mut Scope, voided: &[Uuid], now: Timestamp) -> bool {
    if voided.is_empty() {
        return false;
    }
    let mut next: Vec<Uuid> = voided.to_vec();
    while !next.is_empty() {
        let undone = std::mem::take(&mut next);
        for thread in &mut scope.threads {
            next.extend(undo_in_thread(&mut thread.record, &undone, now));
        }
        if let Some(ticket) = &mut scope.ticket {
            undo_in(&mut ticket.record, &undone, now);
        }
    }
    claim_again(scope);
    true
}

/// Gives back the later releases that a window brought back would have refused.
fn undo_in_thread(record: &mut Record, undone: &[Uuid], now: Timestamp) -> Vec<Uuid> {
    let parts = record.releases.iter();
    let first =
        parts.filter(|kept| undone.contains(&kept.id) && !kept.is_undone && !kept.is_final());
    let Some(first) = first.map(|kept| kept.decided_at).min() else {
        return Vec::new();
    };
    let lifted = record.facts.lifted.replies_through;
    undo_in(record, undone, now);
    let still_lifted = record.facts.lifted.replies_through;
    let is_back = |reply: &&PersonReply| still_lifted < Some(reply.at) && Some(reply.at) <= lifted;
    let back: Vec<&PersonReply> = record.facts.person_replies.iter().filter(is_back).collect();
    let later = record.releases.iter();
    let later = later.filter(|kept| kept.decided_at >= first && kept.is_young(now));
    let refused = later.filter(|kept| {
        back.iter().any(|reply| {
            kept.is_voided_by(LateFact::Reply {
                at: reply.at,
                until: reply.until,
            })
        })
    });
    refused.map(|kept| kept.id).collect()
}

fn undo_in(record: &mut Record, undone: &[Uuid], now: Timestamp) {
    let kept: Vec<Uuid> = record.releases.iter().map(|kept| kept.id).collect();
    for id in kept.iter().rev().filter(|id| undone.contains(id)) {
        record.undo_release(*id, now);
    }
}

/// Every reply claims the handoffs of its thread and of the ticket once more.
fn claim_again(scope: &mut Scope) {
    let mut replies = Vec::new();
    for thread in &mut scope.threads {
        let own = thread.record.facts.person_replies.clone();
        for reply in &own {
            claim_by_reply(&mut thread.record, reply);
        }
        replies.extend(own);
    }
    if let Some(ticket) = &mut scope.ticket {
        for reply in &replies {
            claim_by_reply(&mut ticket.record, reply);
        }
    }
}
