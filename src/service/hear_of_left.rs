//! What was told of a ticket reaches the conversations that have left it, if it was so when they
//! did, and the ticket that it was merged into. Done after the telling is committed, by commands of
//! their own, which find for themselves what is news: a repeat of the telling, and so of this,
//! changes nothing.

use super::event_meaning::Meant;
use super::follower::NotTold;
use crate::decider::Decider;
use crate::decider::command::{Body, Command, NotDecided, Told};
use crate::decider::wide::Merge;
use crate::domain::command::Subject;
use crate::domain::decide::{Fact, Verdict};
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::outcome::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::left_tickets::{self, Left};
use crate::store::merged_tickets::{self, Merged};
use crate::store::pool::{Store, read};
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What a merge makes of something told is told on, through so many merges one after the other.
const MOST_MERGES: usize = 5;

/// What may concern conversations that left a ticket, and the ticket that one was merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Heard {
    /// A ticket's owner since then was told.
    Owned(PortalId, TicketId, Timestamp),
    /// A conversation's link to a ticket was told: it may have left what it left at another time.
    Linked(PortalId, ThreadId, TicketId),
}

impl Heard {
    /// What a fact tells. None: nobody who left anything is concerned.
    pub(super) fn of(portal: PortalId, subject: Subject, fact: &Fact) -> Option<Self> {
        if let Fact::Linked { thread, ticket, .. } = fact {
            return Some(Self::Linked(portal, *thread, *ticket));
        }
        let (ticket, owned_at) = (subject.ticket?, fact.ticket_owned_at()?);
        Some(Self::Owned(portal, ticket, owned_at))
    }

    /// What follows where a release was undone: what the ticket's part of it lifted is back, also for
    /// conversations that have left since. None: nothing was, or in no ticket.
    pub(super) fn undone(
        portal: PortalId,
        meant: &Meant,
        verdict: Option<Verdict>,
    ) -> Option<Self> {
        let (_, reason) = verdict?;
        let ticket = meant.subject.ticket.or(meant.linked_ticket)?;
        let is_undone = reason == ReasonCode::ReleaseVoidedLateHumanReply;
        is_undone.then_some(Self::Owned(portal, ticket, Timestamp::from_millis(0)))
    }

    const fn ticket(self) -> (PortalId, TicketId) {
        match self {
            Self::Owned(portal, ticket, _) | Self::Linked(portal, _, ticket) => (portal, ticket),
        }
    }
}

/// Tells whom it concerns. It is committed when this returns.
///
/// # Errors
/// See [`NotTold`]; some may be committed all the same.
pub(super) async fn hear_of_left(
    store: &Arc<Store>,
    decider: &Decider,
    heard: BTreeSet<Heard>,
    within: Duration,
) -> Result<(), NotTold> {
    let mut heard = heard;
    for _ in 0..MOST_MERGES {
        if heard.is_empty() {
            break;
        }
        let (left, merges) = concerned(store, &heard).await?;
        decide_all(decider, left, within).await?;
        heard.clear();
        for merge in merges {
            heard.extend(merge_now(store, decider, merge, within).await?);
        }
    }
    Ok(())
}

/// Carries out a merge, with what it means for conversations that have left either ticket since. It
/// is committed when this returns; done again, it changes nothing.
///
/// # Errors
/// See [`NotTold`]; some may be committed all the same.
pub(super) async fn carry_out(
    store: &Arc<Store>,
    decider: &Decider,
    merge: Merged,
    within: Duration,
) -> Result<(), NotTold> {
    let heard = merge_now(store, decider, merge, within).await?;
    hear_of_left(store, decider, heard.into_iter().collect(), within).await
}

/// The commands for conversations that left, and the merges of what was heard of.
async fn concerned(
    store: &Arc<Store>,
    heard: &BTreeSet<Heard>,
) -> Result<(Vec<Command>, Vec<Merged>), NotTold> {
    let (mut owned, mut linked) = (Vec::new(), Vec::new());
    for told in heard {
        match *told {
            Heard::Owned(portal, ticket, at) => owned.push((portal, ticket, at)),
            Heard::Linked(portal, thread, _) => linked.push((portal, thread)),
        }
    }
    let tickets: BTreeSet<(PortalId, TicketId)> = heard.iter().map(|it| it.ticket()).collect();
    let told = owned.clone();
    let (of_tickets, of_threads, merges) = read(store, move |conn| {
        let tickets: Vec<(PortalId, TicketId)> = tickets.into_iter().collect();
        let of_tickets = left_tickets::since(conn, &told)?;
        let of_threads = left_tickets::by(conn, &linked)?;
        Ok((of_tickets, of_threads, merged_tickets::of(conn, &tickets)?))
    })
    .await?;
    let owned_times = |left: Left| {
        let of_it = move |told: &&(PortalId, TicketId, Timestamp)| {
            (told.0, told.1) == (left.portal(), left.ticket())
        };
        let times = owned.iter().filter(of_it);
        times.map(move |told| heard_of_left(left, Some(told.2)))
    };
    let by_owners = of_tickets.into_iter().flat_map(owned_times);
    let by_links = of_threads.into_iter().map(|left| heard_of_left(left, None));
    Ok((by_owners.chain(by_links).collect(), merges))
}

/// Takes what is known now of a merged ticket into the one that stayed, and tells conversations that
/// have left it since that they had gone along. Gives back what that may concern in turn.
async fn merge_now(
    store: &Arc<Store>,
    decider: &Decider,
    merge: Merged,
    within: Duration,
) -> Result<Vec<Heard>, NotTold> {
    let Merged {
        portal,
        survivor,
        merged,
        at,
    } = merge;
    let wanted = Merge::Tickets {
        survivor,
        merged,
        at,
    };
    decider.merge(portal, wanted, within).await?;
    let since = move |conn: &mut _| left_tickets::since(conn, &[(portal, merged, at)]);
    let left = read(store, since).await?;
    let went_along = left.iter().map(|left| {
        let fact = Fact::WentAlong {
            thread: left.thread(),
            merged,
            ticket: survivor,
            at,
        };
        told(*left, survivor, fact)
    });
    decide_all(decider, went_along.collect(), within).await?;
    let threads = left.into_iter().map(Left::thread);
    let linked = threads.map(|thread| Heard::Linked(portal, thread, survivor));
    Ok(linked.chain([Heard::Owned(portal, survivor, at)]).collect())
}

async fn decide_all(
    decider: &Decider,
    commands: Vec<Command>,
    within: Duration,
) -> Result<(), NotTold> {
    let deciding = commands
        .into_iter()
        .map(|command| decider.decide(command, within));
    for decided in join_all(deciding).await {
        match decided {
            // The decider has logged it, and a repeat would find the same.
            Ok(_) | Err(NotDecided::Faulty(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn heard_of_left(left: Left, owned_at: Option<Timestamp>) -> Command {
    let (thread, ticket) = (left.thread(), left.ticket());
    let fact = Fact::HeardOfLeft {
        thread,
        ticket,
        owned_at,
    };
    told(left, ticket, fact)
}

fn told(left: Left, ticket: TicketId, fact: Fact) -> Command {
    Command {
        portal: left.portal(),
        subject: Subject {
            ticket: Some(ticket),
            thread: Some(left.thread()),
        },
        linked_ticket: left.linked_ticket(),
        // What was looked at is noted with the conversation, and guards it.
        body: Body::Fact(Told { fact, event: None }),
    }
}
