//! Erasing words outside the records: what was received and not used, and what the activity log
//! keeps of failures. Of either there may be very much, so it is gone through some hundreds at a
//! time.

use super::concerned::Concerned;
use super::erasures::{ErasedSubject, Erasure};
use super::error::StoreError;
use crate::domain::ids::PortalId;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Integer, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// Rows of one step: each may hold a body of some KiB, in which every id is looked for.
const MOST_AT_ONCE: i32 = 500;

/// How what was received says whom it is about.
#[derive(Clone, Debug)]
pub struct Named {
    /// As the activity log names its subjects.
    subjects: Vec<String>,
    /// What fits a text that has one of the ids in it.
    pattern: String,
}

impl Named {
    /// By the ids of what an erasure concerns. None: it concerns nothing.
    pub fn of(erasure: &Erasure, concerned: &Concerned) -> Option<Self> {
        let contact = match erasure.of {
            ErasedSubject::Contact(id) => Some(id),
            ErasedSubject::Thread(_) => None,
        };
        let kinds = [
            ("thread", concerned.thread_ids()),
            ("ticket", concerned.ticket_ids()),
            ("contact", contact.into_iter().collect()),
        ];
        let each = || {
            let kinds = kinds.iter();
            kinds.flat_map(|(kind, ids)| ids.iter().map(move |id| (kind, id)))
        };
        let subjects: Vec<String> = each().map(|(kind, id)| format!("{kind}:{id}")).collect();
        let ids: Vec<String> = each().map(|(_, id)| id.to_string()).collect();
        // Without an id the pattern would fit everything.
        (!ids.is_empty()).then(|| Self {
            subjects,
            pattern: format!("(^|[^0-9])({})([^0-9]|$)", ids.join("|")),
        })
    }
}

/// Strikes off what was announced in the conversation itself. What was announced in other
/// conversations of the same tickets is still to be read: it silences there, and has no words.
///
/// # Errors
/// Those of the database.
pub fn in_announced(
    conn: &mut PgConnection,
    portal: PortalId,
    of: &Concerned,
) -> Result<(), StoreError> {
    let own: Vec<i64> = of.own.iter().map(|id| id.0).collect();
    diesel::sql_query("DELETE FROM unread_messages WHERE portal_id = $1 AND thread_id = ANY($2)")
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(own)
        .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct EventKey {
    #[diesel(sql_type = Bytea)]
    content_sha256: Vec<u8>,
}

/// Deletes those of a portal's next events that could not be used and name somebody, beginning
/// after this key; empty: with the first. Gives back the last one looked at. None: there are no more.
///
/// # Errors
/// Those of the database.
pub fn in_kept_events(
    conn: &mut PgConnection,
    portal: PortalId,
    named: &Named,
    after: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "WITH page AS MATERIALIZED (SELECT content_sha256, content FROM kept_events \
            WHERE portal_id = $1 AND content_sha256 > $2 ORDER BY content_sha256 LIMIT $3), \
        gone AS (DELETE FROM kept_events WHERE portal_id = $1 AND content_sha256 \
            = ANY(ARRAY(SELECT content_sha256 FROM page WHERE content ~ $4))) \
        SELECT content_sha256 FROM page ORDER BY content_sha256 DESC LIMIT 1";
    let last: Option<EventKey> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Bytea, _>(after)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .bind::<Text, _>(&named.pattern)
        .get_result(conn)
        .optional()?;
    Ok(last.map(|key| key.content_sha256))
}

#[derive(QueryableByName)]
struct LineId {
    #[diesel(sql_type = SqlUuid)]
    activity_id: Uuid,
}

/// Erases in those of a portal's next failures in the activity log that are about somebody,
/// beginning after this line; nil: with the first. Gives back the last one looked at. None: there
/// are no more.
///
/// # Errors
/// Those of the database.
pub fn in_activity(
    conn: &mut PgConnection,
    portal: PortalId,
    named: &Named,
    after: Uuid,
) -> Result<Option<Uuid>, StoreError> {
    // A line that says not what it was about may say it in what it quotes.
    let sql = "WITH page AS MATERIALIZED (SELECT activity_id, subjects, body, failure \
            FROM activity WHERE portal_id = $1 AND activity_id > $2 \
                AND (body IS NOT NULL OR failure IS NOT NULL) \
            ORDER BY activity_id LIMIT $3), \
        erased AS (UPDATE activity SET headers = NULL, body = NULL, failure = NULL \
            WHERE portal_id = $1 AND activity_id = ANY(ARRAY(SELECT activity_id FROM page \
                WHERE subjects && $4 OR (subjects = '{}' AND (body ~ $5 OR failure ~ $5))))) \
        SELECT activity_id FROM page ORDER BY activity_id DESC LIMIT 1";
    let last: Option<LineId> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<SqlUuid, _>(after)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .bind::<Array<Text>, _>(&named.subjects)
        .bind::<Text, _>(&named.pattern)
        .get_result(conn)
        .optional()?;
    Ok(last.map(|line| line.activity_id))
}
