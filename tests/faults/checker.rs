//! Compares what callers were told with the rows, by plain SQL: it shares no code with the store.

use crate::caller_log::Acknowledged;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Text};
use std::collections::HashMap;

/// A claim about the rows, as a query that counts what contradicts it.
const CLAIMS: &[(&str, &str)] = &[
    (
        "every receipt's decision is in the timelines",
        "SELECT count(*) AS n FROM action_receipts r WHERE NOT EXISTS \
         (SELECT FROM decisions d WHERE d.decision_id = r.decision_id)",
    ),
    (
        "every decision has one receipt",
        "SELECT count(*) AS n FROM (SELECT DISTINCT decision_id FROM decisions) d LEFT JOIN \
         (SELECT decision_id, count(*) AS receipts FROM action_receipts GROUP BY 1) r \
         USING (decision_id) WHERE receipts IS DISTINCT FROM 1",
    ),
    (
        "every change of a conversation has its event",
        "SELECT count(*) AS n FROM decisions d WHERE changed AND subject = 'thread' AND NOT EXISTS \
         (SELECT FROM outbox o WHERE o.event_type = 'control.changed' \
          AND (o.portal_id, o.decision_id, o.subject_id, o.control_version) \
            = (d.portal_id, d.decision_id, d.subject_id, d.control_version))",
    ),
    (
        "every event has its change",
        "SELECT count(*) AS n FROM outbox o WHERE o.event_type = 'control.changed' AND NOT EXISTS \
         (SELECT FROM decisions d WHERE changed AND subject = 'thread' \
          AND (o.portal_id, o.decision_id, o.subject_id, o.control_version) \
            = (d.portal_id, d.decision_id, d.subject_id, d.control_version))",
    ),
    (
        "versions are 1..n",
        "SELECT count(*) AS n FROM (SELECT control_version, row_number() OVER \
         (PARTITION BY portal_id, subject_id ORDER BY position) AS place FROM decisions \
         WHERE changed AND subject = 'thread') v WHERE control_version IS DISTINCT FROM place",
    ),
    (
        "positions are 1..n",
        "SELECT count(*) AS n FROM (SELECT position, row_number() OVER \
         (PARTITION BY portal_id, subject, subject_id ORDER BY position) AS place FROM decisions) p \
         WHERE position <> place",
    ),
    (
        "a conversation has its newest version and position",
        "SELECT count(*) AS n FROM conversations c WHERE (control_version, position) <> \
         (SELECT coalesce(max(d.control_version) FILTER (WHERE changed), 0), \
                 coalesce(max(d.position), 0) FROM decisions d \
          WHERE d.subject = 'thread' AND (d.portal_id, d.subject_id) = (c.portal_id, c.thread_id))",
    ),
    (
        "a conversation is as its newest line says",
        "SELECT count(*) AS n FROM conversations c JOIN decisions d \
         ON (d.portal_id, d.subject_id, d.position) = (c.portal_id, c.thread_id, c.position) \
         WHERE d.subject = 'thread' AND (d.facts_after, d.holds_after) <> (c.facts, c.holds)",
    ),
    (
        "a ticket has its newest position",
        "SELECT count(*) AS n FROM tickets t WHERE position <> \
         (SELECT coalesce(max(d.position), 0) FROM decisions d \
          WHERE d.subject = 'ticket' AND (d.portal_id, d.subject_id) = (t.portal_id, t.ticket_id))",
    ),
];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Receipt {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    decision_id: String,
    #[diesel(sql_type = Bytea)]
    answer: Vec<u8>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    decision_id: String,
    #[diesel(sql_type = BigInt)]
    position: i64,
}

/// Everything in which rows and log disagree; empty if all is well. Each caller's log is in the
/// order of its calls, which it makes one after the other.
pub fn complaints(conn: &mut PgConnection, logs: &[Vec<Acknowledged>]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (claim, query) in CLAIMS {
        let Count { n } = diesel::sql_query(*query).get_result(conn).unwrap();
        if n > 0 {
            complaints.push(format!("not so, {n} times: {claim}"));
        }
    }
    complaints.extend(about_receipts(conn, logs));
    complaints.extend(about_order(conn, logs));
    complaints
}

fn about_receipts(conn: &mut PgConnection, logs: &[Vec<Acknowledged>]) -> Vec<String> {
    let sql = "SELECT key, decision_id::text AS decision_id, answer FROM action_receipts";
    let rows: Vec<Receipt> = diesel::sql_query(sql).load(conn).unwrap();
    let mut complaints = Vec::new();
    let mut receipts: HashMap<String, Receipt> = HashMap::new();
    for row in rows {
        if let Some(earlier) = receipts.insert(row.key.clone(), row) {
            complaints.push(format!("{} has two receipts", earlier.key));
        }
    }
    for told in logs.iter().flatten() {
        match receipts.remove(&told.callback_id) {
            None => complaints.push(format!("{} has no receipt", told.callback_id)),
            Some(receipt) if receipt.answer != told.bytes => {
                complaints.push(format!("{} was told something else", told.callback_id));
            }
            Some(receipt) if receipt.decision_id != told.decision_id => {
                complaints.push(format!("{} names another decision", told.callback_id));
            }
            Some(_) => {}
        }
    }
    complaints.extend(
        receipts
            .keys()
            .map(|key| format!("nobody was told of {key}")),
    );
    complaints
}

/// What a caller asks about a ticket after an answer is decided after what it asked before.
fn about_order(conn: &mut PgConnection, logs: &[Vec<Acknowledged>]) -> Vec<String> {
    let sql = "SELECT decision_id::text AS decision_id, position FROM decisions \
               WHERE subject = 'thread'";
    let lines: Vec<Line> = diesel::sql_query(sql).load(conn).unwrap();
    let lines = lines
        .into_iter()
        .map(|line| (line.decision_id, line.position));
    let positions: HashMap<String, i64> = lines.collect();
    let mut complaints = Vec::new();
    for log in logs {
        let mut newest: HashMap<i64, i64> = HashMap::new();
        for told in log {
            let Some(position) = positions.get(&told.decision_id) else {
                continue;
            };
            if newest.insert(told.ticket, *position) >= Some(*position) {
                complaints.push(format!("{} was overtaken", told.callback_id));
            }
        }
    }
    complaints
}
