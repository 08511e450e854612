//! Everything a batch writes, in one statement: records, the lines of the timelines, events and
//! effects, and the receipts with their answers.

use super::rows::Rows;
use super::statement::statement;
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

statement! {
    WriteAll -> (BigInt, Text, Text) {
        t_portal: Array<BigInt> => Vec<i64>,
        t_id: Array<BigInt> => Vec<i64>,
        t_revision: Array<BigInt> => Vec<i64>,
        t_position: Array<BigInt> => Vec<i64>,
        t_decided: Array<Nullable<Timestamptz>> => Vec<Option<DateTime<Utc>>>,
        t_facts: Array<Text> => Vec<String>,
        t_holds: Array<Text> => Vec<String>,
        t_upkeep: Array<Text> => Vec<String>,
        c_portal: Array<BigInt> => Vec<i64>,
        c_id: Array<BigInt> => Vec<i64>,
        c_ticket: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        c_state: Array<Text> => Vec<&'static str>,
        c_version: Array<BigInt> => Vec<i64>,
        c_silenced: Array<BigInt> => Vec<i64>,
        c_position: Array<BigInt> => Vec<i64>,
        c_decided: Array<Nullable<Timestamptz>> => Vec<Option<DateTime<Utc>>>,
        c_facts: Array<Text> => Vec<String>,
        c_holds: Array<Text> => Vec<String>,
        c_upkeep: Array<Text> => Vec<String>,
        d_portal: Array<BigInt> => Vec<i64>,
        d_subject: Array<Text> => Vec<&'static str>,
        d_subject_id: Array<BigInt> => Vec<i64>,
        d_position: Array<BigInt> => Vec<i64>,
        d_version: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        d_changed: Array<Bool> => Vec<bool>,
        d_decision: Array<SqlUuid> => Vec<Uuid>,
        d_ticket: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        d_decided: Array<Timestamptz> => Vec<DateTime<Utc>>,
        d_command: Array<Text> => Vec<String>,
        d_outcome: Array<Text> => Vec<&'static str>,
        d_reason: Array<Text> => Vec<&'static str>,
        d_before: Array<Text> => Vec<&'static str>,
        d_after: Array<Text> => Vec<&'static str>,
        d_explanation: Array<Text> => Vec<String>,
        d_facts: Array<Text> => Vec<String>,
        d_holds: Array<Text> => Vec<String>,
        d_revision: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        d_ticket_after: Array<Nullable<Text>> => Vec<Option<String>>,
        o_portal: Array<BigInt> => Vec<i64>,
        o_decision: Array<SqlUuid> => Vec<Uuid>,
        o_type: Array<Text> => Vec<&'static str>,
        o_subject: Array<BigInt> => Vec<i64>,
        o_destination: Array<Text> => Vec<&'static str>,
        o_version: Array<Nullable<BigInt>> => Vec<Option<i64>>,
        o_payload: Array<Text> => Vec<String>,
        r_portal: Array<BigInt> => Vec<i64>,
        r_source: Array<Text> => Vec<&'static str>,
        r_key: Array<Text> => Vec<String>,
        r_hash: Array<Bytea> => Vec<Vec<u8>>,
        r_decision: Array<SqlUuid> => Vec<Uuid>,
        r_answer: Array<Bytea> => Vec<Vec<u8>>,
    }
    "WITH t AS ( \
        UPDATE tickets t SET revision = n.revision, position = n.position, \
            decided_at = n.decided_at, facts = n.facts::jsonb, holds = n.holds::jsonb, \
            upkeep = n.upkeep::jsonb \
        FROM (SELECT unnest(?) AS portal_id, unnest(?) AS ticket_id, unnest(?) AS revision, \
            unnest(?) AS position, unnest(?) AS decided_at, unnest(?) AS facts, \
            unnest(?) AS holds, unnest(?) AS upkeep) AS n \
        WHERE (t.portal_id, t.ticket_id) = (n.portal_id, n.ticket_id)), \
     c AS ( \
        UPDATE conversations c SET ticket_id = n.ticket_id, state = n.state, \
            control_version = n.control_version, silenced_at_version = n.silenced_at_version, \
            position = n.position, decided_at = n.decided_at, facts = n.facts::jsonb, \
            holds = n.holds::jsonb, upkeep = n.upkeep::jsonb \
        FROM (SELECT unnest(?) AS portal_id, unnest(?) AS thread_id, unnest(?) AS ticket_id, \
            unnest(?) AS state, unnest(?) AS control_version, \
            unnest(?) AS silenced_at_version, unnest(?) AS position, \
            unnest(?) AS decided_at, unnest(?) AS facts, unnest(?) AS holds, \
            unnest(?) AS upkeep) AS n \
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
            unnest(?) AS request_hash, unnest(?) AS decision_id, unnest(?) AS answer) AS n ORDER BY portal_id, source, key \
     ON CONFLICT DO NOTHING RETURNING portal_id, source, key"
}

impl Rows {
    /// Writes everything. True if every receipt was new; false if another replica answered one of
    /// them first, so that the transaction must be rolled back.
    ///
    /// # Errors
    /// Those of the database.
    pub fn write(self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        let expected = self.receipts.portal_id.len();
        let Self {
            tickets: t,
            threads: c,
            decisions: d,
            outbox: o,
            receipts: r,
        } = self;
        let statement = WriteAll {
            t_portal: t.portal_id,
            t_id: t.ticket_id,
            t_revision: t.revision,
            t_position: t.position,
            t_decided: t.decided_at,
            t_facts: t.facts,
            t_holds: t.holds,
            t_upkeep: t.upkeep,
            c_portal: c.portal_id,
            c_id: c.thread_id,
            c_ticket: c.ticket_id,
            c_state: c.state,
            c_version: c.control_version,
            c_silenced: c.silenced_at_version,
            c_position: c.position,
            c_decided: c.decided_at,
            c_facts: c.facts,
            c_holds: c.holds,
            c_upkeep: c.upkeep,
            d_portal: d.portal_id,
            d_subject: d.subject,
            d_subject_id: d.subject_id,
            d_position: d.position,
            d_version: d.control_version,
            d_changed: d.changed,
            d_decision: d.decision_id,
            d_ticket: d.ticket_id,
            d_decided: d.decided_at,
            d_command: d.command,
            d_outcome: d.outcome,
            d_reason: d.reason_code,
            d_before: d.state_before,
            d_after: d.state_after,
            d_explanation: d.explanation,
            d_facts: d.facts_after,
            d_holds: d.holds_after,
            d_revision: d.ticket_revision,
            d_ticket_after: d.ticket_after,
            o_portal: o.portal_id,
            o_decision: o.decision_id,
            o_type: o.event_type,
            o_subject: o.subject_id,
            o_destination: o.destination,
            o_version: o.control_version,
            o_payload: o.payload,
            r_portal: r.portal_id,
            r_source: r.source,
            r_key: r.key,
            r_hash: r.request_hash,
            r_decision: r.decision_id,
            r_answer: r.answer,
        };
        let returned: Vec<(i64, String, String)> = statement.load(conn)?;
        Ok(returned.len() == expected)
    }
}
