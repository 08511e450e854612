//! The sweep: the owners of open conversations are read again before what is known of them is too
//! old, so that what no webhook told is found. Where the AI may speak, first. What cannot be read is
//! left out for a while, and keeps nothing else from being read.

mod reopened;
mod walks;

use super::call_hubspot::CallError;
use super::follower::Follower;
use super::judge_status;
use super::know_owners::{know_owners, named};
use super::paced_reading::{Caller, NotRead, Pace, Round};
use super::take_in;
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::threads::{self, Thread};
use crate::hubspot::api::tickets;
use crate::store::owner_checks::Checked;
use crate::store::pool::read;
use crate::store::sweep_due::{self, DueThread};
use crate::store::{followed_portals, heard_webhooks, portals, skipped_readings};
use std::collections::BTreeSet;
use std::fmt::Display;
use walks::newest_message;

/// Looked at in one go, since looking takes a while where much is open: ten pages of HubSpot's.
const THREADS_AT_ONCE: i64 = 5_000;
/// The same: ten batches of HubSpot's.
const TICKETS_AT_ONCE: usize = 10 * tickets::MAX_BATCH;
/// Up to so many conversations are read one by one: a list may take more calls than they do.
const FEW: usize = 3;
/// Where nothing of a kind can be read, or a conversation is yet to come, it is tried again after this
/// long.
const SOON: Span = Span::from_minutes(1);

/// Whether anything is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// Nothing is due.
    All,
    /// The round was over first.
    Some,
}

/// Sweeps for one round.
///
/// # Errors
/// See [`NotRead`]; what was taken in stays.
pub async fn sweep(follower: &Follower, portal: PortalId, pace: Pace) -> Result<Swept, NotRead> {
    let row = read(&follower.store, move |conn| portals::find(conn, portal)).await?;
    let period = row.unwrap_or_else(Portal::unknown).policies.sweep_period;
    let mut sweep = Sweep {
        round: Round::new(follower, portal, pace),
        period,
        age: due_after(period),
        tried_tickets: BTreeSet::new(),
        tried_threads: BTreeSet::new(),
        due_tickets: Vec::new(),
        due_threads: Vec::new(),
        has_walked: false,
    };
    sweep.read_list().await?;
    sweep.look_for_reopened().await?;
    while sweep.round.has_calls() {
        let tickets = sweep.due_tickets().await?;
        sweep.read_tickets(&tickets).await?;
        let threads = sweep.due_threads().await?;
        if tickets.is_empty() && threads.is_empty() {
            read(&follower.store, move |conn| {
                followed_portals::note_swept(conn, portal)
            })
            .await?;
            return Ok(Swept::All);
        }
        sweep.read_threads(&threads).await?;
    }
    Ok(Swept::Some)
}

/// The AI may not speak by an owner read longer ago than the period, so the reading comes sooner.
fn due_after(period: Span) -> Span {
    Span::from_millis(period.as_millis() / 3 * 2)
}

struct Sweep<'a> {
    round: Round<'a>,
    period: Span,
    age: Span,
    /// Read in this round, whatever came of it: what HubSpot does not tell of is not asked twice.
    tried_tickets: BTreeSet<TicketId>,
    tried_threads: BTreeSet<ThreadId>,
    /// Was due when it was last looked, and was not tried since.
    due_tickets: Vec<TicketId>,
    due_threads: Vec<DueThread>,
    /// The list was walked in this round: what it did not show is read one by one.
    has_walked: bool,
}

impl Sweep<'_> {
    async fn due_tickets(&mut self) -> Result<Vec<TicketId>, NotRead> {
        let tried = &self.tried_tickets;
        self.due_tickets.retain(|id| !tried.contains(id));
        if self.due_tickets.is_empty() {
            let (portal, age) = (self.round.portal, self.age);
            let most = i64::try_from(TICKETS_AT_ONCE + tried.len()).unwrap_or(i64::MAX);
            let mut due = read(&self.round.follower.store, move |conn| {
                sweep_due::tickets(conn, portal, age, most)
            })
            .await?;
            due.retain(|id| !tried.contains(id));
            self.due_tickets = due;
        }
        let batch = self.due_tickets.iter().take(tickets::MAX_BATCH);
        Ok(batch.copied().collect())
    }

    async fn due_threads(&mut self) -> Result<Vec<DueThread>, NotRead> {
        let tried = &self.tried_threads;
        self.due_threads.retain(|due| !tried.contains(&due.id));
        if self.due_threads.is_empty() {
            let (portal, age) = (self.round.portal, self.age);
            let most = THREADS_AT_ONCE + i64::try_from(tried.len()).unwrap_or_default();
            let mut due = read(&self.round.follower.store, move |conn| {
                sweep_due::threads(conn, portal, age, most)
            })
            .await?;
            due.retain(|due| !tried.contains(&due.id));
            self.due_threads = due;
        }
        Ok(self.due_threads.clone())
    }

    /// A batch that cannot be read is halved until what spoils it is alone.
    async fn read_tickets(&mut self, due: &[TicketId]) -> Result<(), NotRead> {
        let mut parts: Vec<Vec<TicketId>> = Vec::new();
        if !due.is_empty() {
            parts.push(due.to_vec());
        }
        while let Some(part) = parts.pop().filter(|_| self.round.has_calls()) {
            let error = match self.read_batch(&part).await {
                Ok(()) => continue,
                Err(NotRead::HubSpot(error)) if self.round.goes_on_after(&error) => error,
                Err(error) => return Err(error),
            };
            let lacks_scope = matches!(
                error,
                CallError::HubSpot(HubSpotError::MissingScopes { .. })
            );
            if lacks_scope || self.round.keeps_failing() {
                let all = parts.into_iter().flatten().chain(part).collect();
                return self.skip_tickets(all, &error, SOON).await;
            }
            match part.split_at(part.len() / 2) {
                ([], _) => self.skip_tickets(part, &error, self.period).await?,
                (first, second) => parts.extend([second.to_vec(), first.to_vec()]),
            }
        }
        Ok(())
    }

    async fn skip_tickets(
        &mut self,
        tickets: Vec<TicketId>,
        error: &CallError,
        leave_out: Span,
    ) -> Result<(), NotRead> {
        self.tried_tickets.extend(&tickets);
        let fields = tickets.into_iter().map(Checked::Ticket).collect();
        self.skip(fields, error, leave_out).await
    }

    /// They are due again later; until then the others are read.
    async fn skip(
        &self,
        fields: Vec<Checked>,
        why: &(dyn Display + Sync),
        leave_out: Span,
    ) -> Result<(), NotRead> {
        let portal = self.round.portal;
        let (count, first) = (fields.len(), fields.first());
        log::warn!(portal_id = portal.0;
            "{count} owner fields are left out for {leave_out:?}, the first {first:?}: {why}");
        Ok(read(&self.round.follower.store, move |conn| {
            skipped_readings::note(conn, portal, &fields, leave_out)
        })
        .await?)
    }

    async fn read_batch(&mut self, due: &[TicketId]) -> Result<(), NotRead> {
        let (batch, began_at) = self.round.ask(&tickets::batch(due)).await?;
        self.tried_tickets.extend(due);
        let (store, owners) = (&self.round.follower.store, named(&batch.found));
        know_owners(store, Caller::Paced(&mut self.round), owners).await?;
        let reading = self.round.reading(began_at);
        let follower = self.round.follower;
        let mut taken = take_in::tickets(follower, reading, &batch.found).await?;
        let absent = take_in::absent_tickets(follower, reading, &batch.not_found).await?;
        taken.unfit.extend(absent);
        let unfit = taken.unfit.iter().copied().map(Checked::Ticket).collect();
        self.skip_unfit(unfit).await?;
        let disagree = batch.found.iter().map(|ticket| ticket.id);
        let disagree = disagree.filter(|id| taken.disagrees(id));
        let disagree: Vec<Checked> = disagree.map(Checked::Ticket).collect();
        let changed_at = (!disagree.is_empty()).then_some(began_at);
        self.note_change(changed_at).await?;
        self.verify(disagree).await
    }

    async fn read_threads(&mut self, due: &[DueThread]) -> Result<(), NotRead> {
        let mut left: BTreeSet<ThreadId> = due.iter().map(|due| due.id).collect();
        if due.len() > FEW
            && !self.has_walked
            && let Some(since) = self.begin_of_walk(due).await?
        {
            self.read_pages(since, &mut left).await?;
            self.has_walked = true;
        }
        let one_by_one = due.iter().map(|due| due.id).filter(|id| left.contains(id));
        // Then tickets have their turn: one call reads a hundred of them.
        for id in one_by_one.take(FEW).collect::<Vec<_>>() {
            if !self.round.has_calls() {
                break;
            }
            self.read_thread(id).await?;
        }
        Ok(())
    }

    async fn read_thread(&mut self, id: ThreadId) -> Result<(), NotRead> {
        let asked_at = self.round.follower.hubspot.hubspot_now();
        match self.round.ask(&threads::get(id)).await {
            Ok((thread, began_at)) => self.take_in(&[thread], began_at).await,
            Err(CallError::HubSpot(HubSpotError::NotFound(_))) => self.forget(id, asked_at).await,
            Err(error) if self.round.goes_on_after(&error) => {
                self.tried_threads.insert(id);
                self.skip(vec![Checked::Thread(id)], &error, self.period)
                    .await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn take_in(&mut self, found: &[Thread], began_at: Timestamp) -> Result<(), NotRead> {
        self.tried_threads
            .extend(found.iter().map(|thread| thread.id));
        let reading = self.round.reading(began_at);
        let taken = take_in::threads(self.round.follower, reading, found).await?;
        let unfit = taken.unfit.iter().copied().map(Checked::Thread).collect();
        self.skip_unfit(unfit).await?;
        let disagree = found.iter().map(|thread| thread.id);
        let disagree = disagree.filter(|id| taken.disagrees(id));
        let disagree: Vec<Checked> = disagree.map(Checked::Thread).collect();
        let changed_at = (!disagree.is_empty()).then_some(began_at);
        self.note_change(newest_message(found).max(changed_at))
            .await?;
        self.verify(disagree).await
    }

    /// Each message and each change of an owner has a webhook of its own.
    async fn note_change(&self, at: Option<Timestamp>) -> Result<(), NotRead> {
        let (portal, Some(at)) = (self.round.portal, at) else {
            return Ok(());
        };
        Ok(read(&self.round.follower.store, move |conn| {
            heard_webhooks::note_change(conn, portal, at)
        })
        .await?)
    }

    /// What one reading found otherwise than known needs a second one.
    async fn verify(&self, fields: Vec<Checked>) -> Result<(), NotRead> {
        let portal = self.round.portal;
        let fields = fields.into_iter().map(|field| (portal, field)).collect();
        Ok(self.round.follower.check_owners(fields).await?)
    }

    /// HubSpot's own word that a conversation is gone: nobody answers it any more, once it says so
    /// again.
    async fn forget(&mut self, thread: ThreadId, asked_at: Timestamp) -> Result<(), NotRead> {
        self.tried_threads.insert(thread);
        let reading = self.round.reading(asked_at);
        judge_status::gone_thread(self.round.follower, reading, thread).await?;
        let field = vec![Checked::Thread(thread)];
        match judge_status::was_shown(self.round.follower, reading, thread).await? {
            true => self.verify(field).await,
            false => {
                self.skip(field, &"HubSpot does not show it yet", SOON)
                    .await
            }
        }
    }

    /// What was read of them cannot be taken in, now or in a minute; the others are as they were read.
    async fn skip_unfit(&self, fields: Vec<Checked>) -> Result<(), NotRead> {
        if fields.is_empty() {
            return Ok(());
        }
        let why = "what was read cannot be decided";
        self.skip(fields, &why, self.period).await
    }
}
