//! Erasing words outside the records: what was received and not used, and what the activity log
//! keeps of failures.

use super::concerned::Concerned;
use super::erasures::{ErasedSubject, Erasure};
use super::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

/// Erases what was received and not used, and what the activity log keeps. What was announced in
/// other conversations of the same tickets is still to be read: it silences there, and has no words.
///
/// # Errors
/// Those of the database.
pub fn erase_received(
    conn: &mut PgConnection,
    erasure: &Erasure,
    of: &Concerned,
) -> Result<(), StoreError> {
    let contact = match erasure.of {
        ErasedSubject::Contact(id) => Some(id),
        ErasedSubject::Thread(_) => None,
    };
    let ids: Vec<String> = of
        .thread_ids()
        .into_iter()
        .chain(of.ticket_ids())
        .chain(contact)
        .map(|id| id.to_string())
        .collect();
    let subjects = of.thread_ids().into_iter().map(|id| format!("thread:{id}"));
    let subjects = subjects.chain(of.ticket_ids().into_iter().map(|id| format!("ticket:{id}")));
    let subjects = subjects.chain(contact.map(|id| format!("contact:{id}")));
    let subjects: Vec<String> = subjects.collect();
    let own: Vec<i64> = of.own.iter().map(|id| id.0).collect();
    diesel::sql_query("DELETE FROM unread_messages WHERE portal_id = $1 AND thread_id = ANY($2)")
        .bind::<BigInt, _>(erasure.portal.0)
        .bind::<Array<BigInt>, _>(own)
        .execute(conn)?;
    // Without an id the pattern would fit everything.
    if ids.is_empty() {
        return Ok(());
    }
    let named = format!("(^|[^0-9])({})([^0-9]|$)", ids.join("|"));
    diesel::sql_query("DELETE FROM kept_events WHERE portal_id IN (0, $1) AND content ~ $2")
        .bind::<BigInt, _>(erasure.portal.0)
        .bind::<Text, _>(&named)
        .execute(conn)?;
    // A line that says not what it was about may say it in what it quotes.
    let sql = "UPDATE activity SET headers = NULL, body = NULL, failure = NULL \
        WHERE portal_id IN (0, $1) AND (body IS NOT NULL OR failure IS NOT NULL) \
        AND (subjects && $2 OR (subjects = '{}' AND (body ~ $3 OR failure ~ $3)))";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(erasure.portal.0)
        .bind::<Array<Text>, _>(subjects)
        .bind::<Text, _>(named)
        .execute(conn)?;
    Ok(())
}
