//! Authentic events that could not be used, each with its reason: nothing HubSpot sends is lost
//! without a trace. The same event again only counts.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Text};
use sha2::{Digest, Sha256};

/// Longer contents are cut: enough for any event HubSpot was seen to send.
const MOST_BYTES: usize = 16 * 1024;

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

fn escaped(text: &str) -> String {
    text.replace('\0', "\\u0000")
}
