//! Receipts of actions as they are seen outside the decider.

use super::batch::read::ReceiptKey;
use super::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// True if something was answered under this key.
///
/// # Errors
/// Those of the database.
pub fn exists(conn: &mut PgConnection, key: &ReceiptKey) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) AS count FROM action_receipts \
        WHERE portal_id = $1 AND source = $2 AND key = $3";
    let row: Count = diesel::sql_query(sql)
        .bind::<BigInt, _>(key.portal.0)
        .bind::<Text, _>(key.source.name())
        .bind::<Text, _>(&key.key)
        .get_result(conn)?;
    Ok(row.count > 0)
}
