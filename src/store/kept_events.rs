//! Authentic events that could not be used, each with its reason: nothing HubSpot sends is lost
//! without a trace. The same event again only counts.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Integer, Text, Timestamptz};
use sha2::{Digest, Sha256};

/// Longer contents are cut: enough for any event HubSpot was seen to send.
const MOST_BYTES: usize = 16 * 1024;

/// As much of it is shown, in characters.
const SHOWN_CHARS: i32 = 500;

/// One such event.
#[derive(Clone, Debug)]
pub struct KeptEvent {
    /// Its portal, where that could be read.
    pub portal: Option<PortalId>,
    /// Why it could not be used.
    pub reason: String,
    /// It, as received. U+0000, which PostgreSQL cannot hold, is kept as an escape.
    pub content: String,
}

/// Keeps one.
///
/// # Errors
/// Those of the database.
pub fn keep(conn: &mut PgConnection, event: &KeptEvent) -> Result<(), StoreError> {
    let end = event.content.floor_char_boundary(MOST_BYTES);
    let content = event.content.get(..end).unwrap_or(&event.content);
    let sql = "INSERT INTO kept_events (portal_id, content_sha256, reason, content) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (portal_id, content_sha256) DO UPDATE \
        SET times = kept_events.times + 1, reason = excluded.reason, last_received_at = now()";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(event.portal.map_or(0, |portal| portal.0))
        .bind::<Bytea, _>(Sha256::digest(&event.content).to_vec())
        .bind::<Text, _>(escaped(&event.reason))
        .bind::<Text, _>(escaped(content))
        .execute(conn)?;
    Ok(())
}

/// A kept event as it is shown.
#[derive(Clone, Debug, QueryableByName)]
pub struct ShownEvent {
    /// Its portal; 0 where that could not be read.
    #[diesel(sql_type = BigInt)]
    pub portal_id: i64,
    /// Why it could not be used.
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// The beginning of it, as received.
    #[diesel(sql_type = Text)]
    pub beginning: String,
    /// How often it came.
    #[diesel(sql_type = BigInt)]
    pub times: i64,
    /// When it last came.
    #[diesel(sql_type = Timestamptz)]
    pub last_received_at: DateTime<Utc>,
}

/// The newest of a portal, and of those whose portal could not be read.
///
/// # Errors
/// Those of the database.
pub fn newest(
    conn: &mut PgConnection,
    portal: PortalId,
    most: i32,
) -> Result<Vec<ShownEvent>, StoreError> {
    let sql = "SELECT portal_id, reason, left(content, $3) AS beginning, times, last_received_at \
        FROM kept_events WHERE portal_id IN ($1, 0) \
        ORDER BY last_received_at DESC, content_sha256 LIMIT $2";
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Integer, _>(most)
        .bind::<Integer, _>(SHOWN_CHARS);
    Ok(query.load(conn)?)
}

fn escaped(text: &str) -> String {
    text.replace('\0', "\\u0000")
}
