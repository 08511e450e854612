//! Reads messages that HubSpot announced without words or sender, and tells what they are: until
//! then nobody knows whether a person has answered.

use super::access_token::TokenError;
use super::call_hubspot::CallError;
use super::event_meaning::Meant;
use super::follower::{Follower, NotTold};
use super::message_meaning::{self, AiSender};
use super::untold;
use crate::domain::backoff;
use crate::domain::command::Subject;
use crate::domain::decide::{Fact, READ_LAG};
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::messages::{self, HistoryItem};
use crate::store::error::StoreError;
use crate::store::owner_checks::Checked;
use crate::store::pool::read;
use crate::store::portal_record::missed::missed;
use crate::store::unread_messages::{self, EVERY, UnreadMessage, UnreadThread, Which};
use crate::store::{known_facts, portals};
use std::collections::{BTreeMap, BTreeSet};

mod pages;

/// The announcement may come before the message can be read, and a replica of HubSpot's may lag. What
/// is not there this long after HubSpot first answered without it is gone. Meanwhile it is looked for after growing pauses, and the gate
/// `MESSAGE_UNREAD` is shut.
const GONE_AFTER: Span = Span::from_minutes(5);
/// The list of conversations and the history may round the time of a message each in their way.
const ROUNDED_BY: Span = Span::from_secs(1);
/// A time of HubSpot's is at most this much later than its clock as we know it.
const CLOCK_DOUBT: Span = Span::from_secs(10);
/// What only an admin can change is not asked for more often than this.
const NO_USE_BEFORE: Span = Span::from_minutes(5);

/// Why a thread's messages are not read yet.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// HubSpot gave nothing.
    #[error(transparent)]
    HubSpot(#[from] CallError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What they tell was not committed.
    #[error(transparent)]
    NotTold(#[from] NotTold),
}

/// Claims which of the messages are due, for this replica alone, but none of these portals.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    follower: &Follower,
    which: Which,
    most: i64,
    but_of: Vec<PortalId>,
) -> Result<Vec<UnreadThread>, StoreError> {
    read(&follower.store, move |conn| {
        unread_messages::claim(conn, which, most, &but_of)
    })
    .await
}

/// Reads what was claimed of one thread. What could not be read is due again later.
pub async fn read_thread(follower: &Follower, unread: UnreadThread) {
    let (portal_id, thread) = (unread.portal.0, unread.thread);
    let attempts = unread.messages.iter().map(|message| message.attempts).max();
    let key = (unread.portal, thread);
    let kept = match try_to_read(follower, &unread).await {
        Ok(missing) if missing.is_empty() => return,
        Ok(missing) => {
            let wait = backoff::after(attempts.unwrap_or_default());
            read(&follower.store, move |conn| {
                unread_messages::are_missing(conn, key, &missing, wait)
            })
            .await
        }
        Err(error) => {
            let level = how_loud(&error);
            log::log!(level, portal_id, conversation_id = thread.0; "messages are not read yet: {error}");
            let wait = wait_after(&error, attempts.unwrap_or_default());
            let ids = ids(&unread.messages);
            let put_back = match pages::may_be_too_large(&error) {
                true => unread_messages::have_failed,
                false => unread_messages::try_again,
            };
            read(&follower.store, move |conn| put_back(conn, key, &ids, wait)).await
        }
    };
    if let Err(error) = kept {
        // They come back when the claim is over.
        log::warn!(portal_id; "messages could not be put back: {error}");
    }
}

/// Waiting for one's turn is no fault, and that a portal is not connected is said elsewhere.
const fn how_loud(error: &NotRead) -> log::Level {
    match error {
        NotRead::HubSpot(
            CallError::Token(TokenError::NotConnected | TokenError::ReconnectRequired)
            | CallError::HubSpot(HubSpotError::RateLimited { .. }),
        ) => log::Level::Debug,
        NotRead::HubSpot(_) | NotRead::Store(_) | NotRead::NotTold(_) => log::Level::Warn,
    }
}

fn wait_after(error: &NotRead, attempts: u32) -> Span {
    let usual = backoff::after(attempts);
    match error {
        NotRead::Store(_) | NotRead::NotTold(_) => usual,
        NotRead::HubSpot(error) => error.retry_after().map_or(NO_USE_BEFORE, |wait| {
            let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            usual.max(Span::from_millis(wait))
        }),
    }
}

/// Reads, tells, and strikes off what is read. Gives back the messages that HubSpot does not show
/// yet.
async fn try_to_read(follower: &Follower, unread: &UnreadThread) -> Result<Vec<String>, NotRead> {
    let (portal, thread) = (unread.portal, unread.thread);
    let began_at = follower.hubspot.hubspot_now();
    let (portal_row, known, missed) = read(&follower.store, move |conn| {
        let row = portals::find(conn, portal)?.unwrap_or_else(Portal::unknown);
        let mut known = known_facts::of_threads(conn, portal, &[thread])?;
        let known = known.remove(&thread).unwrap_or_default();
        Ok((row, known, missed(conn, portal)?))
    })
    .await?;
    let was_read = known.messages_read_at;
    let missed = missed.filter(|missed| was_read < Some(missed.until));
    let from = was_read.unwrap_or(began_at - untold::BACK);
    let from = missed.map_or(from, |missed| from.min(missed.from));
    let found = find(follower, unread, from).await?;
    let ai = ai_sender(&portal_row, follower.app_id);
    let meant = Meant {
        subject: Subject {
            ticket: None,
            thread: Some(thread),
        },
        linked_ticket: known.link.map(|link| link.ticket),
    };
    let facts: Vec<(Meant, Fact)> = found
        .items
        .iter()
        .filter_map(|item| message_meaning::fact(thread, item, found.announced_at(item), &ai))
        .map(|fact| (meant, fact))
        .collect();
    follower.tell(portal, facts).await?;
    let up_to = found.read_up_to(began_at, follower.hubspot.hubspot_now());
    if let Some(up_to) = up_to.filter(|up_to| was_read < Some(*up_to)) {
        // Lets the AI speak, so what was read comes first.
        let all_read = Fact::MessagesRead { thread, up_to };
        follower.tell(portal, vec![(meant, all_read)]).await?;
    }
    if known.owner_checked_at.is_none() {
        // A conversation nobody has looked at: its ticket, its channel and its assignee.
        let field = (portal, Checked::Thread(thread));
        follower.check_owners(vec![field]).await?;
    }
    let (done, claimed) = (found.ids_read(), unread.messages.clone());
    read(&follower.store, move |conn| {
        unread_messages::are_read(conn, (portal, thread), &done, &claimed)
    })
    .await?;
    Ok(found.missing)
}

/// How the AI's own messages are known in this portal.
fn ai_sender(portal: &Portal, app_id: Option<i64>) -> AiSender {
    let apps = portal.policies.ai_app_ids.iter().copied();
    AiSender {
        user: portal.ai_sender,
        apps: apps.chain(app_id).collect(),
    }
}

/// What a thread's history holds of what was announced.
struct Found {
    /// The announced items, and all since what was read before: their announcements may be lost.
    items: Vec<HistoryItem>,
    /// The newest item of any kind.
    newest_at: Option<Timestamp>,
    /// When each was announced.
    announced: BTreeMap<String, Timestamp>,
    /// Announced, and gone for good, or done with.
    gone: Vec<String>,
    /// Announced, and not there yet.
    missing: Vec<String>,
}

impl Found {
    fn announced_at(&self, item: &HistoryItem) -> Timestamp {
        let newest = || self.announced.values().max().copied();
        let own = self.announced.get(&item.id).copied().or_else(newest);
        own.unwrap_or_else(|| Timestamp::from_millis(0))
    }

    /// Up to when everything was read by this reading. What a replica shows is whole up to its newest
    /// item; that it is up to date is believed where it was asked for everything, since nobody can
    /// know more.
    fn read_up_to(&self, began_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let is_whole = self.gone.iter().any(|id| id == EVERY);
        let asked_at = is_whole.then(|| began_at - READ_LAG);
        let newest_at = self.newest_at.map(|at| at.min(now + CLOCK_DOUBT));
        asked_at.max(newest_at)
    }

    /// Whether everything was read: not while the replica lacks what was announced, or what the list
    /// of conversations showed.
    fn settle_every(&mut self, asked: &[UnreadMessage]) {
        let Some(every) = asked.iter().find(|message| message.id == EVERY) else {
            return;
        };
        let newest_at = self.newest_at.map(|at| at + ROUNDED_BY);
        let lags = !self.missing.is_empty() || newest_at < every.expected_at;
        match lags && every.missed_for < GONE_AFTER {
            true => self.missing.push(EVERY.to_owned()),
            false => self.gone.push(EVERY.to_owned()),
        }
    }

    fn ids_read(&self) -> Vec<String> {
        let items = self.items.iter().map(|item| item.id.clone());
        items.chain(self.gone.iter().cloned()).collect()
    }
}

/// Reads what was announced, and all that was written since `read_before`.
async fn find(
    follower: &Follower,
    unread: &UnreadThread,
    read_before: Timestamp,
) -> Result<Found, NotRead> {
    let announced: BTreeMap<String, Timestamp> = unread
        .messages
        .iter()
        .map(|message| (message.id.clone(), message.occurred_at))
        .collect();
    let oldest = announced.values().min().copied();
    let from = Some(oldest.map_or(read_before, |oldest| oldest.min(read_before)));
    let mut found = Found {
        items: Vec::new(),
        newest_at: None,
        announced,
        gone: Vec::new(),
        missing: Vec::new(),
    };
    let mut wanted: BTreeSet<String> = found.announced.keys().cloned().collect();
    // Whatever the pages hold since then; there is no such message to look for.
    wanted.remove(EVERY);
    let lane = lane_of(unread);
    let (size, most_pages) = pages::of(unread);
    let mut after: Option<String> = None;
    for _ in 0..most_pages {
        let request = messages::list(unread.thread, after.as_deref(), size);
        let page = follower.hubspot.ask(unread.portal, lane, &request);
        let page = match absent_as_none(page.await)? {
            Some(page) => page,
            None => break,
        };
        let mut is_older = false;
        for item in page.results {
            let is_new = item.created_at >= from;
            is_older |= !is_new;
            found.newest_at = found.newest_at.max(item.created_at);
            if wanted.remove(&item.id) || is_new {
                found.items.push(item);
            }
        }
        after = page.after;
        if after.is_none() || is_older {
            break;
        }
        pages::keep_claimed(follower, unread).await?;
    }
    for message in &unread.messages {
        if wanted.contains(&message.id) {
            pages::keep_claimed(follower, unread).await?;
            look_for(
                follower,
                (unread.portal, unread.thread),
                message,
                &mut found,
            )
            .await?;
        }
    }
    found.settle_every(&unread.messages);
    Ok(found)
}

/// A person may have answered just now, unless nothing was announced: then it is catching up, of
/// which a portal that was just connected has hours.
fn lane_of(unread: &UnreadThread) -> Lane {
    match unread.messages.iter().any(|message| message.id != EVERY) {
        true => Lane::VerifySilence,
        false => Lane::PropertiesAndSweep,
    }
}

/// One message that the pages do not show. It was announced.
async fn look_for(
    follower: &Follower,
    (portal, thread): (PortalId, ThreadId),
    message: &UnreadMessage,
    found: &mut Found,
) -> Result<(), CallError> {
    let request = messages::get(thread, &message.id);
    let answer = follower.hubspot.ask(portal, Lane::VerifySilence, &request);
    match absent_as_none(answer.await)? {
        Some(item) => found.items.push(item),
        None if message.missed_for >= GONE_AFTER => {
            let (portal_id, conversation_id) = (portal.0, thread.0);
            log::warn!(portal_id, conversation_id;
                "HubSpot announced message '{}' and never showed it", message.id);
            found.gone.push(message.id.clone());
        }
        None => found.missing.push(message.id.clone()),
    }
    Ok(())
}

/// HubSpot's own word that something is not there; any other failure stays one.
fn absent_as_none<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(CallError::HubSpot(HubSpotError::NotFound(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

fn ids(messages: &[UnreadMessage]) -> Vec<String> {
    messages.iter().map(|message| message.id.clone()).collect()
}

#[cfg(test)]
mod tests;
