//! What follows HubSpot through its API works with: it reads, and tells the decider what it found.

use super::bells::Bells;
use super::call_hubspot::HubSpot;
use super::event_meaning::Meant;
use super::hear_of_left::{Heard, hear_of_left};
use crate::decider::Decider;
use crate::decider::command::{Body, Command, NotDecided, Told};
use crate::domain::command::Subject;
use crate::domain::decide::Fact;
use crate::domain::ids::{PortalId, TicketId};
use crate::store::error::StoreError;
use crate::store::owner_checks::{self, Checked};
use crate::store::pool::{Store, read};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Nobody waits for these facts; a crowded queue gets time to empty.
const WITHIN: Duration = Duration::from_secs(10);

/// Facts of one reading that wait for their commit at a time: a page of conversations holds
/// hundreds, and a takeover that HubSpot tells of meanwhile is not to wait behind all of them.
const TOLD_AT_ONCE: usize = 64;

/// Tickets in one statement, well within what a statement may take.
const LOOK_UPS_AT_ONCE: usize = 5_000;

/// What a fact was about that cannot be decided, and why.
pub(super) type Unfit = (Subject, String);

/// Why facts are not told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Not all is committed.
    #[error(transparent)]
    NotDecided(#[from] NotDecided),
}

/// Everything it needs.
#[derive(Clone)]
pub struct Follower {
    /// The database.
    pub store: Arc<Store>,
    /// The write path.
    pub decider: Arc<Decider>,
    /// HubSpot's API.
    pub hubspot: HubSpot,
    /// The app's own id; none: no message is known to be ours.
    pub app_id: Option<i64>,
    /// What wakes the workers.
    pub bells: Arc<Bells>,
}

impl Follower {
    /// Tells facts. They are committed when this returns, and so is what they mean for conversations
    /// that have left a ticket.
    ///
    /// # Errors
    /// See [`NotTold`]; some may be committed all the same.
    pub(super) async fn tell(
        &self,
        portal: PortalId,
        facts: Vec<(Meant, Fact)>,
    ) -> Result<(), NotTold> {
        let unfit = self.tell_each(portal, facts).await?;
        match unfit.into_iter().next() {
            Some((_, why)) => Err(NotDecided::Faulty(why).into()),
            None => Ok(()),
        }
    }

    /// The same, many at once, since facts commute. Those that cannot be decided keep no others from
    /// it: the decider has logged them, and what they were about is given back.
    ///
    /// # Errors
    /// See [`NotTold`]; some may be committed all the same.
    pub(super) async fn tell_each(
        &self,
        portal: PortalId,
        facts: Vec<(Meant, Fact)>,
    ) -> Result<Vec<Unfit>, NotTold> {
        let heard = facts
            .iter()
            .filter_map(|(meant, fact)| Heard::of(portal, meant.subject, fact));
        let mut heard: BTreeSet<Heard> = heard.collect();
        let tell = async |(meant, fact): (Meant, Fact)| {
            let command = Command {
                portal,
                subject: meant.subject,
                linked_ticket: meant.linked_ticket,
                // What we read ourselves is guarded by its own times, not by a receipt.
                body: Body::Fact(Told { fact, event: None }),
            };
            match self.decider.decide(command, WITHIN).await {
                Ok(reply) => Ok(Ok(Heard::undone(portal, &meant, reply.verdict))),
                Err(NotDecided::Faulty(why)) => Ok(Err((meant.subject, why))),
                Err(error) => Err(error),
            }
        };
        let told = stream::iter(facts).map(tell).buffer_unordered(TOLD_AT_ONCE);
        let told: Vec<Result<Option<Heard>, Unfit>> = told.try_collect().await?;
        let mut unfit = Vec::new();
        for told in told {
            match told {
                Ok(undone) => heard.extend(undone),
                Err(why) => unfit.push(why),
            }
        }
        hear_of_left(&self.store, &self.decider, heard, WITHIN).await?;
        Ok(unfit)
    }

    /// Has these owner fields read again, as soon as may be.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn check_owners(
        &self,
        fields: Vec<(PortalId, Checked)>,
    ) -> Result<(), StoreError> {
        if fields.is_empty() {
            return Ok(());
        }
        read(&self.store, move |conn| owner_checks::ask(conn, &fields)).await?;
        self.bells.owner_checks.notify_one();
        Ok(())
    }

    /// Has the conversations of a ticket looked up, with those of others, before long.
    pub(super) fn look_up(&self, portal: PortalId, ticket: TicketId) {
        self.bells.look_ups().insert((portal, ticket));
    }

    /// Notes what is to be looked up: a burst of enrolments in one statement, since one for each
    /// would keep webhooks waiting for a connection.
    ///
    /// # Errors
    /// Those of the database; then it is noted the next time.
    pub async fn note_look_ups(&self) -> Result<(), StoreError> {
        let mut asked = std::mem::take(&mut *self.bells.look_ups());
        while !asked.is_empty() {
            let rest = asked.iter().nth(LOOK_UPS_AT_ONCE).copied();
            let rest = rest
                .map(|first| asked.split_off(&first))
                .unwrap_or_default();
            let tickets: Vec<_> = asked.iter().copied().collect();
            let noted = read(&self.store, move |conn| {
                owner_checks::ask_look_ups(conn, &tickets)
            });
            if let Err(error) = noted.await {
                self.bells.look_ups().extend(asked.into_iter().chain(rest));
                return Err(error);
            }
            asked = rest;
        }
        Ok(())
    }
}
