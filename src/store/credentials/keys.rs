//! Which keys encrypt what is stored, and replacing them row by row.

use super::row::{COLUMNS, CredentialRow, StoredRow};
use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::encryption::sealed::Sealed;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Nullable, Text};

/// How many credentials one key encrypts.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct KeyUse {
    /// The key.
    #[diesel(sql_type = Text)]
    pub key_id: String,
    /// Credentials, retired ones among them.
    #[diesel(sql_type = BigInt)]
    pub credentials: i64,
}

/// Every key in use.
///
/// # Errors
/// Those of the database.
pub fn keys_in_use(conn: &mut PgConnection) -> Result<Vec<KeyUse>, StoreError> {
    let sql = "SELECT key_id, count(*) AS credentials FROM credentials \
        GROUP BY key_id ORDER BY key_id";
    Ok(diesel::sql_query(sql).load(conn)?)
}

/// Some credential that this key encrypts.
///
/// # Errors
/// Those of the database.
pub fn sample_of(
    conn: &mut PgConnection,
    key_id: &str,
) -> Result<Option<CredentialRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM credentials WHERE key_id = $1 LIMIT 1");
    let row: Option<StoredRow> = diesel::sql_query(sql)
        .bind::<Text, _>(key_id)
        .get_result(conn)
        .optional()?;
    row.map(CredentialRow::try_from).transpose()
}

/// The next credentials that another key than `newest` encrypts, after the given one in key
/// order; at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn under_older_keys(
    conn: &mut PgConnection,
    newest: &str,
    after: Option<(PortalId, CredentialKind)>,
    limit: i64,
) -> Result<Vec<CredentialRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM credentials \
         WHERE key_id <> $1 AND (portal_id, kind) > ($2, $3) ORDER BY portal_id, kind LIMIT $4"
    );
    let (portal, kind) = after.map_or((0, ""), |(portal, kind)| (portal.0, kind.name()));
    let rows: Vec<StoredRow> = diesel::sql_query(sql)
        .bind::<Text, _>(newest)
        .bind::<BigInt, _>(portal)
        .bind::<Text, _>(kind)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    rows.into_iter().map(CredentialRow::try_from).collect()
}

/// Puts the same tokens under another key. Generation, claim and status stay. False: the row has
/// changed since `old` was read, and nothing was written.
///
/// # Errors
/// Those of the database.
pub fn replace_sealed(
    conn: &mut PgConnection,
    old: &CredentialRow,
    access_token: &Sealed,
    refresh_token: Option<&Sealed>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE credentials SET key_id = $5, access_token = $6, refresh_token = $7 \
        WHERE portal_id = $1 AND kind = $2 AND generation = $3 AND key_id = $4";
    let written = diesel::sql_query(sql)
        .bind::<BigInt, _>(old.portal.0)
        .bind::<Text, _>(old.kind.name())
        .bind::<BigInt, _>(old.generation)
        .bind::<Text, _>(&old.access_token.key_id)
        .bind::<Text, _>(&access_token.key_id)
        .bind::<Bytea, _>(&access_token.bytes)
        .bind::<Nullable<Bytea>, _>(refresh_token.map(|sealed| sealed.bytes.as_slice()))
        .execute(conn)?;
    Ok(written > 0)
}
