//! What was told of a ticket reaches the conversations that have left it, if it was so when they
//! did. Done after the telling is committed, each conversation by a command of its own, which finds
//! for itself what is news: a repeat of the telling, and so of this, changes nothing.

use super::follower::NotTold;
use crate::decider::Decider;
use crate::decider::command::{Body, Command, NotDecided, Told};
use crate::domain::command::Subject;
use crate::domain::decide::Fact;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::Timestamp;
use crate::store::left_tickets::{self, Left};
use crate::store::pool::{Store, read};
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What may concern conversations that left a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Heard {
    /// A person had a ticket since then.
    Owned(PortalId, TicketId, Timestamp),
    /// A conversation's links were told: it may have left what it left at another time.
    Linked(PortalId, ThreadId),
}

impl Heard {
    /// What a fact tells. None: nobody who left anything is concerned.
    pub(super) fn of(portal: PortalId, subject: Subject, fact: &Fact) -> Option<Self> {
        if let Fact::Linked { thread, .. } = fact {
            return Some(Self::Linked(portal, *thread));
        }
        let (ticket, owned_at) = (subject.ticket?, fact.ticket_owned_at()?);
        Some(Self::Owned(portal, ticket, owned_at))
    }
}

/// Tells the conversations concerned. It is committed when this returns.
///
/// # Errors
/// See [`NotTold`]; some may be committed all the same.
pub(super) async fn hear_of_left(
    store: &Arc<Store>,
    decider: &Decider,
    heard: BTreeSet<Heard>,
    within: Duration,
) -> Result<(), NotTold> {
    if heard.is_empty() {
        return Ok(());
    }
    let (mut owned, mut linked) = (Vec::new(), Vec::new());
    for told in heard {
        match told {
            Heard::Owned(portal, ticket, at) => owned.push((portal, ticket, at)),
            Heard::Linked(portal, thread) => linked.push((portal, thread)),
        }
    }
    let tickets = owned.clone();
    let (of_tickets, of_threads) = read(store, move |conn| {
        let of_tickets = left_tickets::since(conn, &tickets)?;
        Ok((of_tickets, left_tickets::by(conn, &linked)?))
    })
    .await?;
    let owned_times = |left: Left| {
        let of_it = move |told: &&(PortalId, TicketId, Timestamp)| {
            (told.0, told.1) == (left.portal(), left.ticket())
        };
        let times = owned.iter().filter(of_it);
        times.map(move |told| command(left, Some(told.2)))
    };
    let by_owners = of_tickets.into_iter().flat_map(owned_times);
    let by_links = of_threads.into_iter().map(|left| command(left, None));
    let commands: Vec<Command> = by_owners.chain(by_links).collect();
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

fn command(left: Left, owned_at: Option<Timestamp>) -> Command {
    let (thread, ticket) = (left.thread(), left.ticket());
    let fact = Fact::HeardOfLeft {
        thread,
        ticket,
        owned_at,
    };
    Command {
        portal: left.portal(),
        subject: Subject {
            ticket: Some(ticket),
            thread: Some(thread),
        },
        linked_ticket: left.linked_ticket(),
        // What was looked at is noted with the conversation, and guards it.
        body: Body::Fact(Told { fact, event: None }),
    }
}
