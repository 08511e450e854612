//! Which contact writes in a conversation, so that the contact's erasure finds it.

use super::error::StoreError;
use crate::domain::ids::{PortalId, ThreadId};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

/// Remembers the contacts of conversations that are known. Rows that say so already are left
/// alone.
///
/// # Errors
/// Those of the database.
pub fn remember(
    conn: &mut PgConnection,
    portal: PortalId,
    contacts: &[(ThreadId, i64)],
) -> Result<(), StoreError> {
    let sql = "WITH n AS (SELECT * FROM unnest($2, $3) AS n (thread_id, contact_id)), \
         locked AS (SELECT c.thread_id, n.contact_id FROM conversations c JOIN n USING (thread_id) \
            WHERE c.portal_id = $1 AND c.contact_id IS DISTINCT FROM n.contact_id \
            ORDER BY c.thread_id FOR UPDATE OF c) \
         UPDATE conversations c SET contact_id = l.contact_id FROM locked l \
         WHERE c.portal_id = $1 AND c.thread_id = l.thread_id";
    let (threads, ids): (Vec<i64>, Vec<i64>) =
        contacts.iter().map(|(thread, id)| (thread.0, *id)).unzip();
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(threads)
        .bind::<Array<BigInt>, _>(ids)
        .execute(conn)?;
    Ok(())
}
