//! Looking, and reaching, behind the service's back: plain SQL on a world's database.

use crate::world::World;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
}

/// How many rows each table holds that decisions write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowCounts {
    pub tickets: i64,
    pub conversations: i64,
    pub decisions: i64,
    pub receipts: i64,
    pub outbox: i64,
}

/// Runs statements.
pub fn execute(conn: &mut PgConnection, sql: &str) {
    conn.batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The first column of each row, as text; NULL is empty.
pub fn texts(conn: &mut PgConnection, sql: &str) -> Vec<String> {
    let sql = format!("SELECT words::text AS words FROM ({sql}) AS of (words)");
    let rows: Vec<Words> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter()
        .map(|row| row.words.unwrap_or_default())
        .collect()
}

impl World {
    /// Counts the rows of a table, or of a table with a condition.
    pub fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) AS number FROM {from}");
        let row: Number = diesel::sql_query(sql).get_result(&mut self.sql()).unwrap();
        row.number
    }

    /// The first column of each row, as text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.sql(), sql)
    }

    /// Runs statements.
    pub fn execute(&self, sql: &str) {
        execute(&mut self.sql(), sql);
    }

    /// Counts what decisions write.
    pub fn row_counts(&self) -> RowCounts {
        RowCounts {
            tickets: self.count("tickets"),
            conversations: self.count("conversations"),
            decisions: self.count("decisions"),
            receipts: self.count("action_receipts"),
            outbox: self.count("outbox"),
        }
    }

    /// As if a customer had written and waited since: facts come with a later issue.
    pub fn let_a_customer_wait(&self) {
        let waiting =
            r#"{"message_id": "m-1", "newest_at": 1790000000000, "since": 1790000000000}"#;
        self.execute(&format!(
            "UPDATE conversations SET facts = jsonb_set(facts, '{{waiting}}', '{waiting}')"
        ));
    }

    /// As if every conversation had been closed before anything was placed in it.
    pub fn close(&self) {
        self.execute(
            "UPDATE conversations SET facts = jsonb_set(facts, '{closed_at}', '1790000000000')",
        );
    }

    /// As if what was placed with an end had been placed so that it ends at this time.
    pub fn let_holds_end_at(&self, at_ms: i64) {
        for table in ["tickets", "conversations"] {
            for end in ["expires_at", "claim_deadline"] {
                self.execute(&format!(
                    "UPDATE {table} SET holds = (SELECT jsonb_agg(CASE WHEN hold ? '{end}' THEN \
                     jsonb_set(hold, '{{{end}}}', '{at_ms}') ELSE hold END) \
                     FROM jsonb_array_elements(holds) AS each (hold)) \
                     WHERE holds @? '$[*].{end}'"
                ));
            }
            self.execute(&format!(
                "UPDATE {table} SET next_check_at = to_timestamp({at_ms} / 1000.0) \
                 WHERE next_check_at IS NOT NULL"
            ));
        }
    }

    /// As if the timed holds had been placed long ago: each has just ended.
    pub fn let_holds_run_out(&self) {
        for table in ["tickets", "conversations"] {
            self.execute(&format!(
                "UPDATE {table} SET holds = (SELECT coalesce(jsonb_agg(CASE WHEN hold ? \
                 'expires_at' THEN jsonb_set(hold, '{{expires_at}}', to_jsonb((extract(epoch FROM \
                 clock_timestamp()) * 1000)::bigint - 1)) ELSE hold END), '[]') \
                 FROM jsonb_array_elements(holds) AS each (hold))"
            ));
        }
    }
}
