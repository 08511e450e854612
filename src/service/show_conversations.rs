//! Conversations as the console shows them: judged at the moment of asking by the database's
//! clock, with people called by their names where HubSpot's owners have been read.

use crate::domain::assess::{AiState, LiveHold, View};
use crate::domain::explain::Voice;
use crate::domain::gate::{Gate, Portal};
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::record::{Record, ThreadRecord, TicketRecord};
use crate::domain::standing::{Standing, WouldHaveBeen};
use crate::domain::time::Timestamp;
use crate::store::conversation_list::{self, Wanted};
use crate::store::error::StoreError;
use crate::store::owners::OwnerKind;
use crate::store::pool::{Store, read};
use crate::store::{PgConnection, conversations, decisions, owners};
use chrono_tz::Tz;
use std::collections::HashMap;
use std::sync::Arc;

/// Conversations on one page of the list.
pub const ON_A_PAGE: i32 = 50;

/// A conversation with everything it is judged over.
pub struct ConversationView {
    /// Its own record.
    pub thread: ThreadRecord,
    /// Its ticket's.
    pub ticket: Option<TicketId>,
    /// The state that binds.
    pub state: AiState,
    /// True if nothing that binds silences the AI, the portal's own gates included.
    pub may_reply: bool,
    /// What it would be, were the portal live; none where it is.
    pub would_have_been: Option<WouldHaveBeen>,
    /// Everything that is live, the strongest first.
    pub holds: Vec<LiveHold>,
    /// The conversation's own gates that are shut.
    pub gates: Vec<Gate>,
    /// Since when a message of it waits to be read, by HubSpot's time.
    pub unread_since: Option<Timestamp>,
    /// When the newest line of its timeline was decided; none: it has none, or none is kept.
    pub decided_at: Option<Timestamp>,
}

/// Conversations at one moment.
pub struct Shown {
    /// The database's clock at that moment.
    pub now: Timestamp,
    /// The portal's time zone, by which sentences give times; UTC where HubSpot told none.
    pub zone: Tz,
    /// The gates that are the portal's own: they silence every conversation.
    pub portal_gates: Vec<Gate>,
    /// The conversations.
    pub conversations: Vec<ConversationView>,
    /// The one ticket that all of them belong to, where they are those of one.
    pub ticket: Option<TicketRecord>,
    /// Where the next page begins.
    pub next: Option<i64>,
    /// The names of people.
    pub people: People,
}

/// When the newest line of each conversation was decided.
type Newest = HashMap<ThreadId, Timestamp>;

/// The people of a portal, as the cache of its owners knows them.
#[derive(Clone, Debug, Default)]
pub struct People {
    names: HashMap<String, String>,
    has_queues: bool,
}

impl People {
    /// The name of an actor such as `A-61000001`, or of `owner 3892001`; itself if unknown.
    pub fn name<'a>(&'a self, actor: &'a str) -> &'a str {
        self.names.get(actor).map_or(actor, String::as_str)
    }

    /// Whether a ticket that is kept as nobody's may be a queue's.
    pub const fn have_queues(&self) -> bool {
        self.has_queues
    }

    /// A sentence with the names of the people it calls by their ids, in brackets.
    pub fn name_in(&self, sentence: &str) -> String {
        let Some((before, rest)) = sentence.split_once('(') else {
            return sentence.to_owned();
        };
        let Some((inside, after)) = rest.split_once(')') else {
            return sentence.to_owned();
        };
        format!("{before}({}){}", self.name(inside), self.name_in(after))
    }

    fn read(portal: PortalId, conn: &mut PgConnection) -> Result<Self, StoreError> {
        let mut names = HashMap::new();
        let mut has_queues = false;
        for owner in owners::list_with_archived(conn, portal)? {
            has_queues |= owner.kind == OwnerKind::Queue;
            let parts = [owner.first_name, owner.last_name];
            let full: Vec<String> = parts.into_iter().flatten().collect();
            let full = full.join(" ").trim().to_owned();
            let name = if full.is_empty() {
                owner.email
            } else {
                Some(full)
            };
            let Some(name) = name else { continue };
            if let Some(user) = owner.user_id {
                names.insert(format!("A-{user}"), name.clone());
            }
            names.insert(format!("owner {}", owner.owner_id), name);
        }
        Ok(Self { names, has_queues })
    }
}

/// A page of a portal's conversations.
///
/// # Errors
/// Those of the database.
pub async fn list(
    store: &Arc<Store>,
    portal: PortalId,
    wanted: Wanted,
) -> Result<Shown, StoreError> {
    let (listed, newest, people) = read(store, move |conn| {
        let listed = conversation_list::page(conn, portal, &wanted, ON_A_PAGE)?;
        let threads = listed.conversations.iter().map(|listed| listed.thread.id);
        let threads: Vec<ThreadId> = threads.collect();
        let newest = decisions::newest_of_threads(conn, portal, &threads)?;
        Ok((listed, newest, People::read(portal, conn)?))
    })
    .await?;
    let asked = Asked {
        portal: &listed.portal,
        now: listed.now,
        people: &people,
        newest: &newest,
    };
    let conversations = listed.conversations.into_iter();
    let judged = conversations
        .map(|listed| asked.judge(listed.thread, listed.ticket.as_ref(), listed.unread_since));
    Ok(Shown {
        conversations: judged.collect(),
        ticket: None,
        now: listed.now,
        zone: Voice::of(&listed.portal).zone,
        portal_gates: portal_gates(&listed.portal, listed.now),
        next: listed.next,
        people,
    })
}

/// One conversation. None if nothing was ever told or asked about it.
///
/// # Errors
/// Those of the database.
pub async fn one(
    store: &Arc<Store>,
    portal: PortalId,
    thread: ThreadId,
) -> Result<Option<Shown>, StoreError> {
    let (seen, told) = read(store, move |conn| {
        let seen = conversations::thread(conn, portal, thread)?;
        let told = Told::of(&seen, portal, conn)?;
        Ok((seen, told))
    })
    .await?;
    let known = seen
        .threads
        .iter()
        .any(|seen| *seen != ThreadRecord::untouched(thread));
    Ok(known.then(|| shown(seen, told)))
}

/// A ticket's conversations. None if nothing was ever told or asked about it.
///
/// # Errors
/// Those of the database.
pub async fn of_ticket(
    store: &Arc<Store>,
    portal: PortalId,
    ticket: TicketId,
) -> Result<Option<(TicketRecord, Shown)>, StoreError> {
    let (seen, told) = read(store, move |conn| {
        let seen = conversations::ticket(conn, portal, ticket)?;
        let told = Told::of(&seen, portal, conn)?;
        Ok((seen, told))
    })
    .await?;
    let untouched = TicketRecord::untouched(ticket);
    let record = seen.ticket.clone().unwrap_or_else(|| untouched.clone());
    let known = record != untouched || !seen.threads.is_empty();
    Ok(known.then(|| (record, shown(seen, told))))
}

/// What a ticket without a known conversation stands at.
pub fn standing_of_ticket(ticket: &TicketRecord, shown: &Shown) -> Vec<LiveHold> {
    let nothing = Record::default();
    let view = View {
        thread: &nothing,
        ticket: Some(&ticket.record),
    };
    let mut holds = view.assess(shown.now).holds;
    call_by_name(&mut holds, &shown.people);
    holds
}

/// What is told of conversations beside their records.
struct Told {
    people: People,
    newest: Newest,
}

impl Told {
    fn of(
        seen: &conversations::Seen,
        portal: PortalId,
        conn: &mut PgConnection,
    ) -> Result<Self, StoreError> {
        let threads: Vec<ThreadId> = seen.threads.iter().map(|thread| thread.id).collect();
        Ok(Self {
            newest: decisions::newest_of_threads(conn, portal, &threads)?,
            people: People::read(portal, conn)?,
        })
    }
}

fn shown(seen: conversations::Seen, told: Told) -> Shown {
    let Told { people, newest } = told;
    let ticket = seen.ticket.as_ref();
    let asked = Asked {
        portal: &seen.portal,
        now: seen.now,
        people: &people,
        newest: &newest,
    };
    let threads = seen.threads.into_iter();
    let judged = threads.map(|thread| {
        let unread_since = seen.unread.get(&thread.id).copied();
        asked.judge(thread, ticket, unread_since)
    });
    Shown {
        conversations: judged.collect(),
        ticket: seen.ticket.clone(),
        now: seen.now,
        zone: Voice::of(&seen.portal).zone,
        portal_gates: portal_gates(&seen.portal, seen.now),
        next: None,
        people,
    }
}

/// What conversations are judged and told with.
#[derive(Clone, Copy)]
struct Asked<'a> {
    portal: &'a Portal,
    now: Timestamp,
    people: &'a People,
    newest: &'a Newest,
}

impl Asked<'_> {
    fn judge(
        self,
        thread: ThreadRecord,
        ticket: Option<&TicketRecord>,
        unread_since: Option<Timestamp>,
    ) -> ConversationView {
        let view = View {
            thread: &thread.record,
            ticket: ticket.map(|ticket| &ticket.record),
        };
        let standing = Standing::asked(self.portal, view, unread_since, self.now);
        let (state, may_reply) = (standing.state(), standing.may_reply());
        let would_have_been = standing.would_have_been();
        let Standing {
            judged, mut gates, ..
        } = standing;
        let mut holds = judged.holds;
        call_by_name(&mut holds, self.people);
        gates.retain(|gate| !gate.is_of_portal());
        ConversationView {
            state,
            may_reply,
            would_have_been,
            holds,
            gates,
            unread_since,
            decided_at: self.newest.get(&thread.id).copied(),
            ticket: ticket.map(|ticket| ticket.id),
            thread,
        }
    }
}

fn call_by_name(holds: &mut [LiveHold], people: &People) {
    for hold in holds {
        hold.by = people.name(&hold.by).to_owned();
        if let Some(handoff) = &mut hold.handoff {
            let offered = handoff.offered_to.as_deref();
            handoff.offered_to = offered.map(|person| people.name(person).to_owned());
        }
    }
}

/// The gates that say nothing about one conversation.
fn portal_gates(portal: &Portal, now: Timestamp) -> Vec<Gate> {
    let nothing = Record::default();
    let view = View {
        thread: &nothing,
        ticket: None,
    };
    let mut gates = Standing::of(portal, view, now).gates;
    gates.retain(|gate| gate.is_of_portal());
    gates
}
