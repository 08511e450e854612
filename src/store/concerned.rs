//! Which records hold the words of an erasure's subject, as far as they are known. Read without
//! locks: an erasure runs again for a week.

use super::erasures::Erasure;
use super::error::StoreError;
use crate::domain::ids::{ThreadId, TicketId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

/// The records that hold a subject's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concerned {
    /// The subject's own conversations, and those that were merged into them.
    pub own: Vec<ThreadId>,
    /// These, and all conversations of the tickets: what is said of a ticket stands in each.
    pub threads: Vec<ThreadId>,
    /// The tickets that its own conversations belong to or belonged to, with what was merged into
    /// these: what was said of a ticket stays with it when a conversation leaves.
    pub tickets: Vec<TicketId>,
}

impl Concerned {
    /// The ids of all the conversations, as columns hold them.
    pub(super) fn thread_ids(&self) -> Vec<i64> {
        self.threads.iter().map(|id| id.0).collect()
    }

    /// The ids of the tickets.
    pub(super) fn ticket_ids(&self) -> Vec<i64> {
        self.tickets.iter().map(|id| id.0).collect()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<BigInt>)]
    thread_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    ticket_id: Option<i64>,
    #[diesel(sql_type = Bool)]
    is_own: bool,
}

/// Finds them. A conversation's former tickets are those that its past links name, and its lines,
/// or its snapshot for lines that are pruned.
///
/// # Errors
/// Those of the database.
pub fn concerned(conn: &mut PgConnection, erasure: &Erasure) -> Result<Concerned, StoreError> {
    let sql = "WITH RECURSIVE named AS ( \
            SELECT thread_id FROM conversations \
                WHERE portal_id = $1 AND $2 = 'contact' AND contact_id = $3 \
            UNION SELECT $3 WHERE $2 = 'thread'), \
         own AS ( \
            SELECT thread_id FROM named \
            UNION SELECT merged::bigint FROM named n \
                JOIN conversations c ON (c.portal_id, c.thread_id) = ($1, n.thread_id) \
                CROSS JOIN jsonb_array_elements_text(c.facts -> 'absorbed_threads') AS m (merged)), \
         linked (ticket_id) AS ( \
            SELECT c.ticket_id FROM own o \
                JOIN conversations c ON (c.portal_id, c.thread_id) = ($1, o.thread_id) \
            UNION SELECT (l.past ->> 'ticket')::bigint FROM own o \
                JOIN conversations c ON (c.portal_id, c.thread_id) = ($1, o.thread_id) \
                CROSS JOIN jsonb_array_elements(c.facts -> 'past_links') AS l (past) \
            UNION SELECT d.ticket_id FROM own o JOIN decisions d \
                ON (d.portal_id, d.subject, d.subject_id) = ($1, 'thread', o.thread_id) \
            UNION SELECT unnest(s.tickets) FROM own o JOIN decision_snapshots s \
                ON (s.portal_id, s.subject, s.subject_id) = ($1, 'thread', o.thread_id)), \
         reached (ticket_id) AS ( \
            SELECT ticket_id FROM linked WHERE ticket_id IS NOT NULL \
            UNION SELECT m.ticket_id FROM reached r CROSS JOIN LATERAL ( \
                SELECT merged::bigint FROM tickets t \
                    CROSS JOIN jsonb_array_elements_text(t.facts -> 'absorbed_tickets') AS a (merged) \
                    WHERE (t.portal_id, t.ticket_id) = ($1, r.ticket_id) \
                UNION ALL SELECT merged_ticket_id FROM ticket_merges w \
                    WHERE (w.portal_id, w.into_ticket_id) = ($1, r.ticket_id)) AS m (ticket_id)) \
         SELECT thread_id, NULL::bigint AS ticket_id, true AS is_own FROM own \
         UNION ALL SELECT c.thread_id, NULL, false FROM reached r \
            JOIN conversations c ON (c.portal_id, c.ticket_id) = ($1, r.ticket_id) \
         UNION ALL SELECT NULL, ticket_id, false FROM reached";
    let (subject, id) = erasure.of.columns();
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<BigInt, _>(erasure.portal.0)
        .bind::<Text, _>(subject)
        .bind::<BigInt, _>(id)
        .load(conn)?;
    let mut concerned = Concerned::default();
    for row in rows {
        let thread = row.thread_id.map(ThreadId);
        concerned.own.extend(thread.filter(|_| row.is_own));
        concerned.threads.extend(thread);
        concerned.tickets.extend(row.ticket_id.map(TicketId));
    }
    concerned.threads.sort();
    concerned.threads.dedup();
    concerned.tickets.sort();
    concerned.tickets.dedup();
    Ok(concerned)
}
