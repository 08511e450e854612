//! Events that tell no fact yet: messages to be read, words to be erased, tickets to be joined,
//! conversations that began or came out of the archive. Each leaves its receipt and its row in one statement.

use super::batch::event_receipts::EventKey;
use super::batch::transaction::transaction;
use super::error::StoreError;
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::time::Timestamp;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Text, Timestamptz};

/// One such event.
#[derive(Clone, Debug)]
pub struct QueuedEvent {
    /// What makes it the same event.
    pub key: EventKey,
    /// HubSpot's time of it.
    pub occurred_at: Timestamp,
    /// What is to be done.
    pub work: Work,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Work {
    /// Read a message through the API.
    ReadMessage {
        /// Where.
        thread: ThreadId,
        /// Which.
        message_id: String,
    },
    /// Erase a conversation's words.
    EraseThread(ThreadId),
    /// Erase a contact's words.
    EraseContact(i64),
    /// Join tickets with the one they were merged into.
    MergeTickets {
        /// The one that is left.
        into: TicketId,
        /// Those that are not.
        merged: Vec<TicketId>,
    },
    /// Know a conversation.
    KnowThread(ThreadId),
    /// Read a conversation again.
    ReadThread(ThreadId),
}

/// Every statement begins like this: what was committed before leaves no second row, also where
/// the first is done and gone.
const NEW: &str = "WITH n AS (SELECT DISTINCT * FROM unnest($1, $2, $3, $4, $5, $6) AS n \
        (portal_id, event_sha256, occurred_at, subject, id, other)), \
     new AS (INSERT INTO event_receipts (portal_id, event_sha256) \
        SELECT DISTINCT portal_id, event_sha256 FROM n ORDER BY 1, 2 \
        ON CONFLICT DO NOTHING RETURNING portal_id, event_sha256)";

const UNREAD: &str = "INSERT INTO unread_messages (portal_id, thread_id, message_id, occurred_at) \
    SELECT portal_id, id, subject, occurred_at FROM n JOIN new USING (portal_id, event_sha256) \
    ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING";
const ERASURES: &str = "INSERT INTO erasures (portal_id, subject, subject_id, asked_at) \
    SELECT portal_id, subject, id, max(occurred_at) FROM n JOIN new \
        USING (portal_id, event_sha256) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 \
    ON CONFLICT (portal_id, subject, subject_id) DO UPDATE \
        SET asked_at = greatest(erasures.asked_at, excluded.asked_at), received_at = now(), \
            next_run_at = now()";
const MERGES: &str = "INSERT INTO ticket_merges \
        (portal_id, merged_ticket_id, into_ticket_id, merged_at) \
    SELECT portal_id, other, id, occurred_at FROM n JOIN new USING (portal_id, event_sha256) \
    ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING";
const THREADS: &str = "INSERT INTO conversations (portal_id, thread_id) \
    SELECT DISTINCT portal_id, id FROM n JOIN new USING (portal_id, event_sha256) ORDER BY 1, 2 \
    ON CONFLICT DO NOTHING";
const CHECKS: &str = "INSERT INTO owner_checks (portal_id, subject, subject_id) \
    SELECT DISTINCT portal_id, 'thread', id FROM n JOIN new USING (portal_id, event_sha256) \
    ORDER BY 1, 2, 3 ON CONFLICT (portal_id, subject, subject_id) \
    DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at, attempts = 0, \
        is_look_up = false";

/// Keeps what is to be done, all or nothing. What was kept before is left as it is.
///
/// # Errors
/// Those of the database.
pub fn keep(conn: &mut PgConnection, events: &[QueuedEvent]) -> Result<(), StoreError> {
    let mut unread = Columns::default();
    let mut erasures = Columns::default();
    let mut merges = Columns::default();
    let mut threads = Columns::default();
    let mut checks = Columns::default();
    for event in events {
        match &event.work {
            Work::ReadMessage { thread, message_id } => unread.push(event, message_id, thread.0, 0),
            Work::EraseThread(thread) => erasures.push(event, "thread", thread.0, 0),
            Work::EraseContact(contact) => erasures.push(event, "contact", *contact, 0),
            Work::MergeTickets { into, merged } => {
                for ticket in merged {
                    merges.push(event, "", into.0, ticket.0);
                }
            }
            Work::KnowThread(thread) => threads.push(event, "", thread.0, 0),
            Work::ReadThread(thread) => checks.push(event, "", thread.0, 0),
        }
    }
    // In one order everywhere, so that two deliveries of the same events never wait in a circle.
    transaction(conn, |conn| {
        unread.insert(conn, UNREAD)?;
        erasures.insert(conn, ERASURES)?;
        merges.insert(conn, MERGES)?;
        threads.insert(conn, THREADS)?;
        checks.insert(conn, CHECKS)
    })
}

/// Rows for one of the tables, column by column.
#[derive(Default)]
struct Columns {
    portal: Vec<i64>,
    event: Vec<Vec<u8>>,
    occurred_at: Vec<DateTime<Utc>>,
    subject: Vec<String>,
    id: Vec<i64>,
    other: Vec<i64>,
}

impl Columns {
    fn push(&mut self, event: &QueuedEvent, subject: &str, id: i64, other: i64) {
        self.portal.push(event.key.portal.0);
        self.event.push(event.key.sha256.to_vec());
        self.occurred_at.push(event.occurred_at.to_utc());
        self.subject.push(subject.to_owned());
        self.id.push(id);
        self.other.push(other);
    }

    fn insert(self, conn: &mut PgConnection, into: &str) -> Result<(), StoreError> {
        if self.portal.is_empty() {
            return Ok(());
        }
        diesel::sql_query(format!("{NEW} {into}"))
            .bind::<Array<BigInt>, _>(self.portal)
            .bind::<Array<Bytea>, _>(self.event)
            .bind::<Array<Timestamptz>, _>(self.occurred_at)
            .bind::<Array<Text>, _>(self.subject)
            .bind::<Array<BigInt>, _>(self.id)
            .bind::<Array<BigInt>, _>(self.other)
            .execute(conn)?;
        Ok(())
    }
}
