//! Takes in what was read of conversations and tickets: who owns them, to which ticket a
//! conversation belongs, on which channel it is, whether it is open, whether it is spam; and has
//! messages read that nobody told of. When a reading opens or closes is `domain`'s to say.

use super::event_meaning::Meant;
use super::follower::{Follower, NotTold, Unfit};
use super::judge_link::{self, Shown};
use super::judge_owner;
use super::judge_status;
use super::know_owners;
use super::untold;
use crate::domain::command::Subject;
use crate::domain::decide::{Fact, Field, READ_LAG, counts_at};
use crate::domain::facts::{Facts, Link};
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::owner::{Owner, OwnerReading};
use crate::domain::time::Timestamp;
use crate::hubspot::api::threads::Thread;
use crate::hubspot::api::tickets::Ticket;
use crate::store::contacts;
use crate::store::known_facts;
use crate::store::owner_checks::Checked;
use crate::store::pool::read;
use crate::store::portal_record::missed::{Missed, missed};
use crate::store::unread_messages::Untold;
use std::collections::{BTreeSet, HashMap};

/// How a reading came about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) portal: PortalId,
    /// When it began, on HubSpot's clock, erring towards earlier.
    pub(super) began_at: Timestamp,
}

/// What became of a reading.
#[derive(Debug)]
pub(super) struct TakenIn<T> {
    /// Those whose owner and status were known to be what the reading found. The others have to be
    /// read again.
    pub(super) agreed: BTreeSet<T>,
    /// Those of which what was read cannot be decided. They keep nothing else from being taken in.
    pub(super) unfit: BTreeSet<T>,
}

impl<T: Ord> TakenIn<T> {
    /// True for one that has to be read again, as far as that is of use.
    pub(super) fn disagrees(&self, id: &T) -> bool {
        !self.agreed.contains(id) && !self.unfit.contains(id)
    }
}

/// Takes in conversations.
pub(super) async fn threads(
    follower: &Follower,
    reading: Reading,
    found: &[Thread],
) -> Result<TakenIn<ThreadId>, NotTold> {
    let portal = reading.portal;
    let ids: Vec<ThreadId> = found.iter().map(|thread| thread.id).collect();
    let (known, missed) = read(&follower.store, move |conn| {
        let known = known_facts::of_threads(conn, portal, &ids)?;
        Ok((known, missed(conn, portal)?))
    })
    .await?;
    // A reading from before the connection worked again shows nothing of what was missed.
    let missed = missed.filter(|missed| missed.until <= reading.began_at);
    let of_links = judge_link::Known {
        threads: &known,
        missed,
    };
    let shown = judge_link::judge(&follower.store, reading, found, of_links).await?;
    let people = judge_owner::people(&follower.store, portal, BTreeSet::new()).await?;
    let unknown = Facts::default();
    let mut agreed = BTreeSet::new();
    let mut links = Vec::new();
    let mut facts = Vec::new();
    let mut unread = Vec::new();
    let mut moved_to = Vec::new();
    for thread in found {
        let known = known.get(&thread.id).unwrap_or(&unknown);
        let owner = judge_owner::assignee(&people, thread.assigned_to.as_ref()).into();
        let shown = shown.get(&thread.id).copied().unwrap_or(Shown::AsKnown);
        let is_doubted = matches!(shown, Shown::Doubted(_));
        let status = judge_status::found(thread);
        let is_known = |found| judge_status::is_known(known, found);
        if names(known, &owner) && status.is_none_or(is_known) && !is_doubted {
            agreed.insert(thread.id);
        }
        let known_ticket = known.link.map(|link| link.ticket);
        let linked_ticket = match shown {
            Shown::Linked(link) => {
                links.push(linked(thread.id, link));
                let ticket = Checked::Ticket(link.ticket);
                moved_to.extend(known_ticket.map(|_| (portal, ticket)));
                Some(link.ticket)
            }
            Shown::AsKnown | Shown::Doubted(_) => known_ticket,
        };
        let meant = Meant {
            subject: Subject {
                ticket: None,
                thread: Some(thread.id),
            },
            linked_ticket,
        };
        let told = of_thread(thread, known, owner, reading.began_at);
        // As long as it is not known to which ticket it belongs, nobody read that it is not a person's.
        let told = told
            .into_iter()
            .filter(|fact| !is_doubted || !may_free(fact));
        facts.extend(told.map(|fact| (meant, fact)));
        let missed = missed.filter(|missed| known.messages_read_at < Some(missed.until));
        let may_hold = missed.filter(|missed| may_hold_missed(thread, *missed));
        let to_read = match may_hold {
            Some(missed) => Some(Untold {
                thread: thread.id,
                since: missed.from,
                newest_at: thread.latest_message_at,
            }),
            None => untold::untold(thread, known, reading.began_at),
        };
        if missed.is_some() && to_read.is_none() {
            let (thread, up_to) = (thread.id, reading.began_at - READ_LAG);
            facts.push((meant, Fact::MessagesRead { thread, up_to }));
        }
        unread.extend(to_read);
    }
    // Until they are read, the AI is silent there.
    untold::expect(follower, portal, unread).await?;
    // The ticket's owner counts for a conversation from its link on, so that comes first.
    let mut unfit = follower.tell_each(portal, links).await?;
    unfit.extend(follower.tell_each(portal, facts).await?);
    let unfit: BTreeSet<ThreadId> = unfit.iter().filter_map(|(it, _)| it.thread).collect();
    agreed.retain(|id| !unfit.contains(id));
    follower.check_owners(moved_to).await?;
    let contacts = found.iter();
    let contacts = contacts.filter_map(|thread| Some((thread.id, thread.contact?)));
    let contacts: Vec<(ThreadId, i64)> = contacts.collect();
    if !contacts.is_empty() {
        read(&follower.store, move |conn| {
            contacts::remember(conn, portal, &contacts)
        })
        .await?;
    }
    Ok(TakenIn { agreed, unfit })
}

/// Whether something was written in it that nobody told of. What HubSpot does not say may be.
fn may_hold_missed(thread: &Thread, missed: Missed) -> bool {
    let began_later = thread.created_at.is_some_and(|at| at >= missed.until);
    let said_nothing = thread.latest_message_at.is_some_and(|at| at < missed.from);
    !began_later && !said_nothing
}

/// Takes in tickets.
pub(super) async fn tickets(
    follower: &Follower,
    reading: Reading,
    found: &[Ticket],
) -> Result<TakenIn<TicketId>, NotTold> {
    let portal = reading.portal;
    let ids: Vec<TicketId> = found.iter().map(|ticket| ticket.id).collect();
    let threads: Vec<ThreadId> = found
        .iter()
        .filter_map(|ticket| ticket.originating_thread)
        .collect();
    let (known, known_threads) = read(&follower.store, move |conn| {
        let tickets = known_facts::of_tickets(conn, portal, &ids)?;
        Ok((tickets, known_facts::of_threads(conn, portal, &threads)?))
    })
    .await?;
    let owners = know_owners::named(found);
    let people = judge_owner::people(&follower.store, portal, owners).await?;
    let unknown = Facts::default();
    let mut agreed = BTreeSet::new();
    let mut facts: Vec<(Meant, Fact)> = Vec::new();
    for ticket in found {
        facts.extend(originating(ticket, &known_threads, reading.began_at));
        let Some(owner) = judge_owner::ticket_owner(&people, ticket) else {
            continue;
        };
        if names(known.get(&ticket.id).unwrap_or(&unknown), &owner) {
            agreed.insert(ticket.id);
        }
        let meant = Meant {
            subject: Subject {
                ticket: Some(ticket.id),
                thread: None,
            },
            linked_ticket: None,
        };
        let fact = Fact::OwnerRead {
            field: Field::Ticket,
            found: owner,
            began_at: reading.began_at,
        };
        facts.push((meant, fact));
    }
    let unfit = unfit_tickets(&follower.tell_each(portal, facts).await?);
    agreed.retain(|id| !unfit.contains(id));
    Ok(TakenIn { agreed, unfit })
}

/// Those of which an owner cannot be decided. What cannot be said of a conversation is its own.
fn unfit_tickets(unfit: &[Unfit]) -> BTreeSet<TicketId> {
    let of_ticket = unfit.iter().filter(|(it, _)| it.thread.is_none());
    of_ticket.filter_map(|(it, _)| it.ticket).collect()
}

/// Takes in that HubSpot says it has no such tickets: their owners were read and are as they were
/// known. A ticket that is gone must neither free the AI nor keep it waiting for a reading. Gives back
/// those that cannot be decided.
pub(super) async fn absent_tickets(
    follower: &Follower,
    reading: Reading,
    absent: &[TicketId],
) -> Result<BTreeSet<TicketId>, NotTold> {
    let portal = reading.portal;
    let ids = absent.to_vec();
    let known = read(&follower.store, move |conn| {
        known_facts::of_tickets(conn, portal, &ids)
    })
    .await?;
    let unchanged = |(ticket, facts): (TicketId, Facts)| {
        let meant = Meant {
            subject: Subject {
                ticket: Some(ticket),
                thread: None,
            },
            linked_ticket: None,
        };
        let fact = Fact::OwnerRead {
            field: Field::Ticket,
            found: facts.owner.map_or(Owner::Nobody, |fact| fact.owner).into(),
            began_at: reading.began_at,
        };
        (meant, fact)
    };
    let unread = absent.iter().filter(|id| !known.contains_key(id)).copied();
    let mut unfit: BTreeSet<TicketId> = unread.collect();
    let facts = known.into_iter().map(unchanged).collect();
    unfit.extend(unfit_tickets(&follower.tell_each(portal, facts).await?));
    Ok(unfit)
}

fn names(known: &Facts, found: &OwnerReading) -> bool {
    let known = known.owner.as_ref().map(|fact| &fact.owner);
    let known = known.unwrap_or(&Owner::Nobody);
    known == &found.owner || found.renames(known)
}

fn of_thread(
    thread: &Thread,
    known: &Facts,
    found: OwnerReading,
    began_at: Timestamp,
) -> Vec<Fact> {
    let id = thread.id;
    let field = Field::Thread(id);
    let mut facts = vec![Fact::OwnerRead {
        field,
        found,
        began_at,
    }];
    if let Some(channel) = thread.channel.filter(|_| known.channel.is_none()) {
        let at = thread.created_at.unwrap_or(began_at);
        facts.push(Fact::ChannelKnown {
            thread: id,
            channel,
            at,
        });
    }
    if thread.is_spam != known.is_spam {
        facts.push(Fact::SpamTold {
            thread: id,
            is_spam: thread.is_spam,
            at: began_at,
        });
    }
    if let Some(found) =
        judge_status::found(thread).filter(|found| judge_status::is_news(known, *found))
    {
        facts.push(Fact::StatusRead {
            thread: id,
            found,
            began_at,
        });
    }
    facts
}

/// True for a reading of an owner that may let the AI speak.
fn may_free(fact: &Fact) -> bool {
    let Fact::OwnerRead { found, .. } = fact else {
        return false;
    };
    match found.owner {
        Owner::Nobody | Owner::Ai => true,
        Owner::Person(_) | Owner::OtherAi(_) => false,
    }
}

const fn linked(thread: ThreadId, Link { ticket, at, .. }: Link) -> (Meant, Fact) {
    let subject = Subject {
        ticket: Some(ticket),
        thread: Some(thread),
    };
    let meant = Meant {
        subject,
        linked_ticket: None,
    };
    (meant, Fact::Linked { thread, ticket, at })
}

/// The link to the conversation that a ticket came from, unless that conversation is linked. It may
/// have moved since: until it was read, it is not known whose it is, and two readings move it.
fn originating(
    ticket: &Ticket,
    known: &HashMap<ThreadId, Facts>,
    began_at: Timestamp,
) -> Option<(Meant, Fact)> {
    let thread = ticket.originating_thread?;
    let facts = known.get(&thread).filter(|facts| facts.link.is_some());
    match facts {
        // Where it went since is the conversation's own to say.
        Some(_) => None,
        None => {
            let (ticket, at) = (ticket.id, counts_at(began_at));
            Some(linked(thread, Link::told(ticket, at)))
        }
    }
}
