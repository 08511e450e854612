//! Walks through HubSpot's list of conversations, the newest message last: many at a call, and with
//! them those that nobody knew and messages of which nobody told.

use super::{FEW, Sweep};
use crate::domain::facts::Facts;
use crate::domain::ids::ThreadId;
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::page::Page;
use crate::hubspot::api::threads::{self, Thread, ThreadFilter};
use crate::service::paced_reading::NotRead;
use crate::service::untold;
use crate::store::pool::read;
use crate::store::sweep_due::DueThread;
use crate::store::{followed_portals, known_facts};
use std::collections::BTreeSet;

/// What was said in so many conversations may be unknown before the list is walked from afar.
const UNDATED: usize = 20;
/// As far back as the import reads.
pub(super) const AFAR: Span = Span::from_days(30);
/// `latestMessageTimestampAfter` may or may not include the time itself.
const JUST_BEFORE: Span = Span::from_millis(1);
/// What HubSpot's list shows may be this much older than its answer.
const LIST_LAG: Span = Span::from_minutes(1);

impl Sweep<'_> {
    /// Looks, once in a while, at conversations with messages since the list was read last: for one
    /// that nobody knew, and for messages of which nobody told, which may have opened one.
    pub(super) async fn read_list(&mut self) -> Result<(), NotRead> {
        let (portal, spans) = (self.round.portal, (self.age, untold::BACK));
        let from = read(&self.round.follower.store, move |conn| {
            followed_portals::list_from(conn, portal, spans)
        });
        let Some(from) = from.await? else {
            return Ok(());
        };
        let nothing_due = BTreeSet::new();
        let mut after: Option<String> = None;
        let mut until: Option<Timestamp> = None;
        while !self.round.is_half_over() {
            let Some((page, began_at)) = self.page(from, after.as_deref()).await? else {
                break;
            };
            let until = *until.get_or_insert(began_at - LIST_LAG);
            let reached = newest_message(&page.results).map(|reached| reached.min(until));
            let news = self.of_use(page.results, &nothing_due, began_at).await?;
            self.take_in(&news, began_at).await?;
            after = page.after;
            // A walk that the round is too short for goes on from here.
            let listed = after.as_ref().map_or(Some(until), |_| reached);
            if let Some(listed) = listed {
                read(&self.round.follower.store, move |conn| {
                    followed_portals::note_listed(conn, portal, listed)
                })
                .await?;
            }
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Where the list is walked from: where the last walk ended, else so that it holds what is due.
    pub(super) async fn begin_of_walk(
        &self,
        due: &[DueThread],
    ) -> Result<Option<Timestamp>, NotRead> {
        let portal = self.round.portal;
        let stored = read(&self.round.follower.store, move |conn| {
            followed_portals::sweep_from(conn, portal)
        });
        if let Some(from) = stored.await? {
            return Ok(Some(from));
        }
        let undated = due.iter().filter(|due| due.message_at.is_none()).count();
        if undated > UNDATED {
            return Ok(Some(self.round.follower.hubspot.hubspot_now() - AFAR));
        }
        // The newest message is not older than the newest that is known.
        Ok(due.iter().filter_map(|due| due.message_at).min())
    }

    /// Strikes off `left` what the pages hold. A walk that the round is too short for goes on in
    /// the next one.
    pub(super) async fn read_pages(
        &mut self,
        since: Timestamp,
        left: &mut BTreeSet<ThreadId>,
    ) -> Result<(), NotRead> {
        let mut after: Option<String> = None;
        while left.len() > FEW && self.round.has_calls() && !self.round.is_half_over() {
            let Some((page, began_at)) = self.page(since, after.as_deref()).await? else {
                // From its beginning the next time.
                return self.note_reached(None).await;
            };
            let reached = newest_message(&page.results);
            let news = self.of_use(page.results, left, began_at).await?;
            self.take_in(&news, began_at).await?;
            left.retain(|id| !self.tried_threads.contains(id));
            let goes_on = page.after.is_some() && left.len() > FEW;
            self.note_reached(reached.filter(|_| goes_on)).await?;
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn note_reached(&self, reached: Option<Timestamp>) -> Result<(), NotRead> {
        let portal = self.round.portal;
        Ok(read(&self.round.follower.store, move |conn| {
            followed_portals::note_sweep_from(conn, portal, reached)
        })
        .await?)
    }

    /// What is due; open conversations that nobody knew, since their beginning was not told, or that
    /// were known as closed; and those with messages of which nobody told.
    pub(super) async fn of_use(
        &self,
        found: Vec<Thread>,
        due: &BTreeSet<ThreadId>,
        began_at: Timestamp,
    ) -> Result<Vec<Thread>, NotRead> {
        let portal = self.round.portal;
        let ids: Vec<ThreadId> = found.iter().map(|thread| thread.id).collect();
        let known = read(&self.round.follower.store, move |conn| {
            known_facts::of_threads(conn, portal, &ids)
        })
        .await?;
        let is_new = |thread: &Thread| {
            let known = known.get(&thread.id);
            thread.is_open() && known.is_none_or(Facts::is_closed)
        };
        let has_untold = |thread: &Thread| {
            let known = known.get(&thread.id);
            known.is_some_and(|known| untold::untold(thread, known, began_at).is_some())
        };
        let of_use =
            |thread: &Thread| due.contains(&thread.id) || is_new(thread) || has_untold(thread);
        Ok(found.into_iter().filter(of_use).collect())
    }

    /// A page of the list. None: it could not be listed, and what is due is read one by one.
    pub(super) async fn page(
        &mut self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Option<(Page<Thread>, Timestamp)>, NotRead> {
        let filter = ThreadFilter::MessageSince(since - JUST_BEFORE);
        match self.round.ask(&threads::list(filter, after)).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if self.round.goes_on_after(&error) => {
                log::warn!(portal_id = self.round.portal.0;
                    "conversations could not be listed: {error}");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The time of the newest message in any of them.
pub(super) fn newest_message(threads: &[Thread]) -> Option<Timestamp> {
    let times = threads.iter().filter_map(|thread| thread.latest_message_at);
    times.max()
}
