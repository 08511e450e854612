//! A portal's conversations by pages, the newest first. The order is that of HubSpot's ids, which
//! grow: an index over the time of the last decision would be written with every decision.

use super::conversations::{
    COLUMNS, SeenRow, UNREAD_OF_FOUND, portal, read_thread, read_ticket, unread_since,
};
use super::error::StoreError;
use crate::domain::assess::AiState;
use crate::domain::gate::Portal;
use crate::domain::ids::PortalId;
use crate::domain::record::{ThreadRecord, TicketRecord};
use crate::domain::time::Timestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};

/// So many conversations are looked at for one page, whatever few of them fit.
const MOST_LOOKED_AT: i32 = 20_000;

/// Which conversations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those whose state was this at their last decision.
    pub state: Option<AiState>,
    /// Only those whose customer waits.
    pub waiting: WhoWaits,
    /// The thread of this id, and the threads of the ticket of this id.
    pub id: Option<i64>,
    /// Those with a smaller id.
    pub before: Option<i64>,
}

/// Whether a waiting customer is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhoWaits {
    /// With or without.
    #[default]
    Anybody,
    /// Only where a customer waits.
    Customers,
}

/// Conversations as they are at one moment.
pub struct Listed {
    /// The database's clock at that moment.
    pub now: Timestamp,
    /// The portal, whose gates are read with them.
    pub portal: Portal,
    /// The conversations, the newest first.
    pub conversations: Vec<ListedConversation>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<i64>,
}

/// One of them.
pub struct ListedConversation {
    /// Its own record.
    pub thread: ThreadRecord,
    /// Its ticket, where it has one.
    pub ticket: Option<TicketRecord>,
    /// Since when a message of it waits to be read, by HubSpot's time.
    pub unread_since: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct Reached {
    #[diesel(sql_type = Nullable<BigInt>)]
    reached: Option<i64>,
}

/// A page of at most so many.
///
/// # Errors
/// Those of the database.
pub fn page(
    conn: &mut PgConnection,
    id: PortalId,
    wanted: &Wanted,
    most: i32,
) -> Result<Listed, StoreError> {
    let rows = found(conn, id, wanted, most + 1)?;
    let first = rows
        .first()
        .ok_or_else(|| StoreError::Unexpected("no row came back".into()))?;
    let (now, portal) = (Timestamp::from(first.now), portal(first)?);
    let mut conversations = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(thread) = read_thread(row)? {
            conversations.push(ListedConversation {
                thread,
                ticket: read_ticket(row)?,
                unread_since: unread_since(row),
            });
        }
    }
    let most = usize::try_from(most).unwrap_or_default();
    let is_full = conversations.len() > most;
    conversations.truncate(most);
    let next = if is_full {
        conversations.last().map(|listed| listed.thread.id.0)
    } else {
        reached(conn, id, wanted)?
    };
    Ok(Listed {
        now,
        portal,
        conversations,
        next,
    })
}

/// The rows that fit; one with the portal alone where none does.
fn found(
    conn: &mut PgConnection,
    portal: PortalId,
    wanted: &Wanted,
    most: i32,
) -> Result<Vec<SeenRow>, StoreError> {
    let sql = format!(
        "WITH looked AS MATERIALIZED ({LOOKED}), \
         found AS MATERIALIZED (SELECT portal_id, thread_id FROM looked \
            WHERE ($5::text IS NULL OR state = $5) AND (NOT $6 OR waits) \
            ORDER BY thread_id DESC LIMIT $7) \
         SELECT {COLUMNS}, {UNREAD_OF_FOUND} \
         FROM (SELECT $1::bigint AS portal_id) AS w \
         LEFT JOIN portals p USING (portal_id) \
         LEFT JOIN (found JOIN conversations c USING (portal_id, thread_id)) USING (portal_id) \
         LEFT JOIN tickets t ON (t.portal_id, t.ticket_id) = (w.portal_id, c.ticket_id) \
         ORDER BY c.thread_id DESC"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(wanted.before.unwrap_or(i64::MAX))
        .bind::<Nullable<BigInt>, _>(wanted.id)
        .bind::<Integer, _>(MOST_LOOKED_AT)
        .bind::<Nullable<Text>, _>(wanted.state.map(AiState::name))
        .bind::<Bool, _>(wanted.waiting == WhoWaits::Customers)
        .bind::<Integer, _>(most);
    Ok(query.load(conn)?)
}

/// Where the looking ended, if it did before the last conversation.
fn reached(
    conn: &mut PgConnection,
    portal: PortalId,
    wanted: &Wanted,
) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT CASE WHEN count(*) = $4 THEN min(thread_id) END AS reached FROM ({LOOKED}) AS q"
    );
    let row: Reached = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(wanted.before.unwrap_or(i64::MAX))
        .bind::<Nullable<BigInt>, _>(wanted.id)
        .bind::<Integer, _>(MOST_LOOKED_AT)
        .get_result(conn)?;
    Ok(row.reached)
}

/// What is looked at for one page: portal `$1`, below `$2`, of the id `$3`, at most `$4`. A union,
/// so that each id is found by its own index.
const LOOKED: &str = "SELECT * FROM ( \
        (SELECT portal_id, thread_id, state, facts ? 'waiting' AS waits FROM conversations \
            WHERE portal_id = $1 AND thread_id < $2 AND $3::bigint IS NULL \
            ORDER BY thread_id DESC LIMIT $4) \
        UNION ALL \
        SELECT portal_id, thread_id, state, facts ? 'waiting' FROM conversations \
            WHERE portal_id = $1 AND thread_id = $3 AND thread_id < $2 \
        UNION ALL \
        (SELECT portal_id, thread_id, state, facts ? 'waiting' FROM conversations \
            WHERE portal_id = $1 AND ticket_id = $3 AND thread_id <> $3 AND thread_id < $2 \
            ORDER BY thread_id DESC LIMIT $4) \
    ) AS l LIMIT $4";
