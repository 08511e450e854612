//! Everything a batch writes, in one statement: records, the lines of the timelines, events and
//! effects, and the receipts with their answers.
//!
//! The arrays are unnested in select lists, side by side. In FROM each would fill a tuplestore of
//! its own first, which took a fifth of PostgreSQL's time.

use super::rows::Rows;
use super::statement::statement;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

statement! {
    WriteAll<'a> -> (BigInt, Text, Text) {
        t_portal: Array<BigInt> => Vec<i64>,
        t_id: Array<BigInt> => Vec<i64>,
        t_revision: Array<BigInt> => Vec<i64>,
        t_position: Array<BigInt> => Vec<i64>,
        t_decided: Array<Nullable<Timestamptz>> => Vec<Option<DateTime<Utc>>>,
        t_next: Array<Nullable<Timestamptz>> => Vec<Option<DateTime<Utc>>>,
        t_facts: Array<Nullable<Text>> => Vec<Option<&'a str>>,
        t_holds: Array<Nullable<Text>> => Vec<Option<&'a str>>,
        t_upkeep: Array<Nullable<Text>> => Vec<Option<&'a str>>,
        c_portal: Array<BigInt> => Vec<i64>,
        c_id: Array<BigInt> => Vec<i64>,
        c_ticket: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        c_state: Array<Text> => Vec<&'static str>,
        c_version: Array<BigInt> => Vec<i64>,
        c_silenced: Array<BigInt> => Vec<i64>,
        c_position: Array<BigInt> => Vec<i64>,
        c_decided: Array<Nullable<Timestamptz>> => Vec<Option<DateTime<Utc>>>,
        c_next: Array<Nullable<Timestamptz>> => Vec<Option<DateTime<Utc>>>,
        c_facts: Array<Nullable<Text>> => Vec<Option<&'a str>>,
        c_holds: Array<Nullable<Text>> => Vec<Option<&'a str>>,
        c_upkeep: Array<Nullable<Text>> => Vec<Option<&'a str>>,
        d_portal: Array<BigInt> => Vec<i64>,
        d_subject: Array<Text> => Vec<&'static str>,
        d_subject_id: Array<BigInt> => Vec<i64>,
        d_position: Array<BigInt> => Vec<i64>,
        d_version: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        d_changed: Array<Bool> => Vec<bool>,
        d_decision: Array<SqlUuid> => Vec<Uuid>,
        d_ticket: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        d_decided: Array<Timestamptz> => Vec<DateTime<Utc>>,
        d_command: Array<Text> => Vec<&'a str>,
        d_outcome: Array<Text> => Vec<&'static str>,
        d_reason: Array<Text> => Vec<&'static str>,
        d_before: Array<Text> => Vec<&'static str>,
        d_after: Array<Text> => Vec<&'static str>,
        d_explanation: Array<Text> => Vec<&'a str>,
        d_facts: Array<Text> => Vec<&'a str>,
        d_holds: Array<Text> => Vec<&'a str>,
        d_revision: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        d_ticket_after: Array<Nullable<Text>> => Vec<Option<&'a str>>,
        o_portal: Array<BigInt> => Vec<i64>,
        o_decision: Array<SqlUuid> => Vec<Uuid>,
        o_type: Array<Text> => Vec<&'static str>,
        o_subject: Array<BigInt> => Vec<i64>,
        o_destination: Array<Text> => Vec<&'static str>,
        o_version: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        o_payload: Array<Text> => Vec<&'a str>,
        r_portal: Array<BigInt> => Vec<i64>,
        r_source: Array<Text> => Vec<&'static str>,
        r_key: Array<Text> => Vec<&'a str>,
        r_hash: Array<Bytea> => Vec<&'a [u8]>,
        r_decision: Array<SqlUuid> => Vec<Uuid>,
        r_answer: Array<Bytea> => Vec<&'a [u8]>,
    }
    "WITH t AS ( \
        UPDATE tickets t SET revision = n.revision, position = n.position, \
            decided_at = n.decided_at, next_check_at = n.next_check_at, \
            facts = coalesce(n.facts::jsonb, t.facts), \
            holds = coalesce(n.holds::jsonb, t.holds), \
            upkeep = coalesce(n.upkeep::jsonb, t.upkeep) \
        FROM (SELECT unnest(?) AS portal_id, unnest(?) AS ticket_id, unnest(?) AS revision, \
            unnest(?) AS position, unnest(?) AS decided_at, unnest(?) AS next_check_at, \
            unnest(?) AS facts, unnest(?) AS holds, unnest(?) AS upkeep) AS n \
        WHERE (t.portal_id, t.ticket_id) = (n.portal_id, n.ticket_id)), \
     c AS ( \
        UPDATE conversations c SET ticket_id = n.ticket_id, state = n.state, \
            control_version = n.control_version, silenced_at_version = n.silenced_at_version, \
            position = n.position, decided_at = n.decided_at, \
            next_check_at = n.next_check_at, facts = coalesce(n.facts::jsonb, c.facts), \
            holds = coalesce(n.holds::jsonb, c.holds), \
            upkeep = coalesce(n.upkeep::jsonb, c.upkeep) \
        FROM (SELECT unnest(?) AS portal_id, unnest(?) AS thread_id, unnest(?) AS ticket_id, \
            unnest(?) AS state, unnest(?) AS control_version, \
            unnest(?) AS silenced_at_version, unnest(?) AS position, \
            unnest(?) AS decided_at, unnest(?) AS next_check_at, unnest(?) AS facts, \
            unnest(?) AS holds, unnest(?) AS upkeep) AS n \
        WHERE (c.portal_id, c.thread_id) = (n.portal_id, n.thread_id)), \
     d AS ( \
        INSERT INTO decisions (portal_id, subject, subject_id, position, control_version, \
            changed, decision_id, ticket_id, decided_at, command, outcome, reason_code, \
            state_before, state_after, explanation, facts_after, holds_after, ticket_revision, \
            ticket_after) \
        SELECT n.portal_id, n.subject, n.subject_id, n.position, n.control_version, n.changed, \
            n.decision_id, n.ticket_id, n.decided_at, n.command::jsonb, n.outcome, \
            n.reason_code, n.state_before, n.state_after, n.explanation, n.facts::jsonb, \
            n.holds::jsonb, n.ticket_revision, n.ticket_after::jsonb \
        FROM (SELECT unnest(?) AS portal_id, unnest(?) AS subject, unnest(?) AS subject_id, \
            unnest(?) AS position, unnest(?) AS control_version, \
            unnest(?) AS changed, unnest(?) AS decision_id, unnest(?) AS ticket_id, \
            unnest(?) AS decided_at, unnest(?) AS command, unnest(?) AS outcome, \
            unnest(?) AS reason_code, unnest(?) AS state_before, \
            unnest(?) AS state_after, unnest(?) AS explanation, unnest(?) AS facts, \
            unnest(?) AS holds, unnest(?) AS ticket_revision, \
            unnest(?) AS ticket_after) AS n), \
     o AS ( \
        INSERT INTO outbox (portal_id, decision_id, event_type, subject_id, destination, \
            control_version, payload) \
        SELECT n.portal_id, n.decision_id, n.event_type, n.subject_id, n.destination, \
            n.control_version, n.payload::jsonb \
        FROM (SELECT unnest(?) AS portal_id, unnest(?) AS decision_id, \
            unnest(?) AS event_type, unnest(?) AS subject_id, \
            unnest(?) AS destination, unnest(?) AS control_version, \
            unnest(?) AS payload) AS n) \
     INSERT INTO action_receipts (portal_id, source, key, request_hash, decision_id, answer) \
     SELECT * FROM (SELECT unnest(?) AS portal_id, unnest(?) AS source, unnest(?) AS key, \
            unnest(?) AS request_hash, unnest(?) AS decision_id, unnest(?) AS answer) AS n \
     ORDER BY portal_id, source, key \
     ON CONFLICT DO NOTHING RETURNING portal_id, source, key"
}

impl Rows {
    /// Writes everything. True if every receipt was new; false if another replica answered one of
    /// them first, so that the transaction must be rolled back.
    ///
    /// # Errors
    /// Those of the database.
    pub fn write(&self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        let (t, c, d) = (&self.tickets, &self.threads, &self.decisions);
        let (o, r) = (&self.outbox, &self.receipts);
        let utc = |at: Option<Timestamp>| at.map(Timestamp::to_utc);
        let statement = WriteAll {
            t_portal: each(t, |row| row.portal_id),
            t_id: each(t, |row| row.ticket_id),
            t_revision: each(t, |row| row.revision),
            t_position: each(t, |row| row.position),
            t_decided: each(t, |row| utc(row.decided_at)),
            t_next: each(t, |row| utc(row.next_check_at)),
            t_facts: each(t, |row| row.columns.facts.as_deref()),
            t_holds: each(t, |row| row.columns.holds.as_deref()),
            t_upkeep: each(t, |row| row.columns.upkeep.as_deref()),
            c_portal: each(c, |row| row.portal_id),
            c_id: each(c, |row| row.thread_id),
            c_ticket: each(c, |row| row.ticket_id),
            c_state: each(c, |row| row.state),
            c_version: each(c, |row| row.control_version),
            c_silenced: each(c, |row| row.silenced_at_version),
            c_position: each(c, |row| row.position),
            c_decided: each(c, |row| utc(row.decided_at)),
            c_next: each(c, |row| utc(row.next_check_at)),
            c_facts: each(c, |row| row.columns.facts.as_deref()),
            c_holds: each(c, |row| row.columns.holds.as_deref()),
            c_upkeep: each(c, |row| row.columns.upkeep.as_deref()),
            d_portal: each(d, |row| row.portal_id),
            d_subject: each(d, |row| row.subject),
            d_subject_id: each(d, |row| row.subject_id),
            d_position: each(d, |row| row.position),
            d_version: each(d, |row| row.control_version),
            d_changed: each(d, |row| row.changed),
            d_decision: each(d, |row| row.decision_id),
            d_ticket: each(d, |row| row.ticket_id),
            d_decided: each(d, |row| row.decided_at.to_utc()),
            d_command: each(d, |row| row.command.as_str()),
            d_outcome: each(d, |row| row.outcome),
            d_reason: each(d, |row| row.reason_code),
            d_before: each(d, |row| row.state_before),
            d_after: each(d, |row| row.state_after),
            d_explanation: each(d, |row| row.explanation.as_str()),
            d_facts: each(d, |row| row.facts_after.as_str()),
            d_holds: each(d, |row| row.holds_after.as_str()),
            d_revision: each(d, |row| row.ticket_revision),
            d_ticket_after: each(d, |row| row.ticket_after.as_deref()),
            o_portal: each(o, |row| row.portal.0),
            o_decision: each(o, |row| row.decision_id),
            o_type: each(o, |row| row.event_type),
            o_subject: each(o, |row| row.subject_id),
            o_destination: each(o, |row| row.destination),
            o_version: each(o, |row| row.control_version),
            o_payload: each(o, |row| row.payload.as_str()),
            r_portal: each(r, |row| row.key.portal.0),
            r_source: each(r, |row| row.key.source.name()),
            r_key: each(r, |row| row.key.key.as_str()),
            r_hash: each(r, |row| row.request_hash.as_slice()),
            r_decision: each(r, |row| row.decision_id),
            r_answer: each(r, |row| row.answer.as_slice()),
        };
        let returned: Vec<(i64, String, String)> = statement.load(conn)?;
        Ok(returned.len() == self.receipts.len())
    }
}

/// One column of the rows.
fn each<'a, Row, T>(rows: &'a [Row], column: impl Fn(&'a Row) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}
