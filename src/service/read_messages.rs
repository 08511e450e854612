//! Reads messages that HubSpot announced without words or sender, and tells what they are: until
//! then nobody knows whether a person has answered.

use super::call_hubspot::CallError;
use super::event_meaning::Meant;
use super::follower::Follower;
use super::message_meaning::{self, AiSender};
use crate::decider::command::NotDecided;
use crate::domain::backoff;
use crate::domain::command::Subject;
use crate::domain::decide::Fact;
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::messages::{self, HistoryItem};
use crate::store::error::StoreError;
use crate::store::owner_checks::Checked;
use crate::store::pool::read;
use crate::store::unread_messages::{self, EVERY, UnreadMessage, UnreadThread};
use crate::store::{known_facts, portals};
use std::collections::{BTreeMap, BTreeSet};

/// A hundred items each: what was announced lately is on the first.
const MOST_PAGES: usize = 5;
/// The announcement may come before the message can be read. What is not there after this is gone.
const GONE_AFTER: Span = Span::from_secs(30);
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
    NotDecided(#[from] NotDecided),
}

/// Claims messages that are due, for this replica alone, but none of these portals.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    follower: &Follower,
    most: i64,
    but_of: Vec<PortalId>,
) -> Result<Vec<UnreadThread>, StoreError> {
    read(&follower.store, move |conn| {
        unread_messages::claim(conn, most, &but_of)
    })
    .await
}

/// Reads what was claimed of one thread. What could not be read is due again later.
pub async fn read_thread(follower: &Follower, unread: UnreadThread) {
    let (portal_id, thread) = (unread.portal.0, unread.thread);
    let attempts = unread.messages.iter().map(|message| message.attempts).max();
    let again = match try_to_read(follower, &unread).await {
        Ok(missing) if missing.is_empty() => return,
        Ok(missing) => (missing, backoff::after(attempts.unwrap_or_default())),
        Err(error) => {
            log::warn!(portal_id, conversation_id = thread.0; "messages are not read yet: {error}");
            let wait = wait_after(&error, attempts.unwrap_or_default());
            (ids(&unread.messages), wait)
        }
    };
    let (ids, wait) = again;
    let key = (unread.portal, thread);
    let kept = read(&follower.store, move |conn| {
        unread_messages::try_again(conn, key, &ids, wait)
    });
    if let Err(error) = kept.await {
        // They come back when the claim is over.
        log::warn!(portal_id; "messages could not be put back: {error}");
    }
}

fn wait_after(error: &NotRead, attempts: u32) -> Span {
    let usual = backoff::after(attempts);
    match error {
        NotRead::Store(_) | NotRead::NotDecided(_) => usual,
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
    let found = find(follower, unread).await?;
    let (portal_row, known) = read(&follower.store, move |conn| {
        let row = portals::find(conn, portal)?.unwrap_or_else(Portal::unknown);
        let known = known_facts::of_threads(conn, portal, &[thread])?;
        Ok((row, known.get(&thread).cloned().unwrap_or_default()))
    })
    .await?;
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
    if unread.messages.iter().any(|message| message.id == EVERY) {
        // Lets the AI speak, so what was read comes first.
        let all_read = Fact::MessagesRead { thread, began_at };
        follower.tell(portal, vec![(meant, all_read)]).await?;
    }
    if known.owner_checked_at.is_none() {
        // A conversation nobody has looked at: its ticket, its channel and its assignee.
        let field = (portal, Checked::Thread(thread));
        follower.check_owners(vec![field]).await?;
    }
    let done: Vec<String> = found.ids_read();
    read(&follower.store, move |conn| {
        unread_messages::are_read(conn, portal, thread, &done)
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
    /// The announced items, and what is newer: its own announcement may be lost.
    items: Vec<HistoryItem>,
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

    fn ids_read(&self) -> Vec<String> {
        let items = self.items.iter().map(|item| item.id.clone());
        items.chain(self.gone.iter().cloned()).collect()
    }
}

async fn find(follower: &Follower, unread: &UnreadThread) -> Result<Found, CallError> {
    let announced: BTreeMap<String, Timestamp> = unread
        .messages
        .iter()
        .map(|message| (message.id.clone(), message.occurred_at))
        .collect();
    let oldest = announced.values().min().copied();
    let mut found = Found {
        items: Vec::new(),
        announced,
        gone: Vec::new(),
        missing: Vec::new(),
    };
    let mut wanted: BTreeSet<String> = found.announced.keys().cloned().collect();
    // Whatever the pages hold since then; there is no such message to look for.
    let wants_every = wanted.remove(EVERY);
    if wants_every {
        found.gone.push(EVERY.to_owned());
    }
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let request = messages::list(unread.thread, after.as_deref());
        let page = follower
            .hubspot
            .ask(unread.portal, Lane::VerifySilence, &request);
        let page = match absent_as_none(page.await)? {
            Some(page) => page,
            None => break,
        };
        let mut is_older = false;
        for item in page.results {
            let is_new = item.created_at >= oldest;
            is_older |= !is_new;
            if wanted.remove(&item.id) || is_new {
                found.items.push(item);
            }
        }
        after = page.after;
        let has_all = wanted.is_empty() && !wants_every;
        if has_all || after.is_none() || is_older {
            break;
        }
    }
    for message in &unread.messages {
        if wanted.contains(&message.id) {
            look_for(
                follower,
                (unread.portal, unread.thread),
                message,
                &mut found,
            )
            .await?;
        }
    }
    Ok(found)
}

/// One message that the pages do not show.
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
        None if message.waited >= GONE_AFTER => found.gone.push(message.id.clone()),
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
