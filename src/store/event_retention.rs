//! How long receipts of events, and events that could not be used, are kept.

use super::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

/// HubSpot repeats a webhook for a day at most (page "Webhooks", read 2026-11-22); 90 days is what
/// receipts of actions are kept for too.
const RECEIPTS_FOR: &str = "90 days";
/// Long enough to be seen on the console and understood.
const KEPT_FOR: &str = "30 days";
/// Rows deleted in one short transaction: a long one would hold up others.
const MOST_AT_ONCE: i32 = 5_000;

/// Deletes what is over, a few thousand rows at most. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let receipts = "DELETE FROM event_receipts WHERE ctid = ANY(ARRAY(SELECT ctid \
        FROM event_receipts WHERE received_at < now() - $1::interval LIMIT $2))";
    let kept = "DELETE FROM kept_events WHERE ctid = ANY(ARRAY(SELECT ctid FROM kept_events \
        WHERE last_received_at < now() - $1::interval LIMIT $2))";
    let mut is_more = false;
    for (sql, age) in [(receipts, RECEIPTS_FOR), (kept, KEPT_FOR)] {
        let deleted = diesel::sql_query(sql)
            .bind::<Text, _>(age)
            .bind::<Integer, _>(MOST_AT_ONCE)
            .execute(conn)?;
        is_more |= i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE;
    }
    Ok(is_more)
}
