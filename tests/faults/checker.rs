//! Compares what callers were told with the rows, by plain SQL: it shares no code with the store.

use crate::caller_log::Acknowledged;
use crate::claims;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Text};
use std::collections::HashMap;

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
    let mut complaints = claims::broken(conn);
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
    complaints.extend(receipts.keys().map(|key| nobody_was_told_of(key)));
    complaints
}

/// The complaint that a call was answered to nobody.
pub fn nobody_was_told_of(callback_id: &str) -> String {
    format!("nobody was told of {callback_id}")
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
