//! Keys of the API. Only a key's hash is stored, so a stolen database opens nothing.

use super::error::StoreError;
use super::schema::api_keys;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use uuid::Uuid;

/// A stored key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct StoredKey {
    /// Its id.
    pub key_id: Uuid,
    /// Its portal; none is every portal.
    pub portal_id: Option<i64>,
    /// `ai` or `admin`.
    pub role: String,
    /// The name shown in timelines.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key to store.
pub struct NewKey<'a> {
    /// Its portal; none is every portal.
    pub portal: Option<PortalId>,
    /// `ai` or `admin`.
    pub role: &'a str,
    /// The name shown in timelines, 1 to 100 characters.
    pub name: &'a str,
    /// SHA-256 of the secret.
    pub secret_sha256: [u8; 32],
}

/// Stores a key and gives back its id.
///
/// # Errors
/// Those of the database.
pub fn create(conn: &mut PgConnection, key: &NewKey<'_>) -> Result<Uuid, StoreError> {
    let key_id = Uuid::new_v4();
    let values = (
        api_keys::key_id.eq(key_id),
        api_keys::portal_id.eq(key.portal.map(|portal| portal.0)),
        api_keys::role.eq(key.role),
        api_keys::name.eq(key.name),
        api_keys::secret_sha256.eq(key.secret_sha256.as_slice()),
    );
    diesel::insert_into(api_keys::table)
        .values(values)
        .execute(conn)?;
    Ok(key_id)
}

/// The key with this hash, unless it was revoked.
///
/// # Errors
/// Those of the database.
pub fn find(
    conn: &mut PgConnection,
    secret_sha256: &[u8; 32],
) -> Result<Option<StoredKey>, StoreError> {
    let key = api_keys::table
        .filter(api_keys::secret_sha256.eq(secret_sha256.as_slice()))
        .filter(api_keys::revoked_at.is_null())
        .select(StoredKey::as_select())
        .first(conn)
        .optional()?;
    Ok(key)
}

/// Every key, the newest first.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut PgConnection) -> Result<Vec<StoredKey>, StoreError> {
    let keys = api_keys::table
        .select(StoredKey::as_select())
        .order((api_keys::created_at.desc(), api_keys::key_id))
        .load(conn)?;
    Ok(keys)
}

/// Revokes a key. False: there is none with this id, or it was revoked before.
///
/// # Errors
/// Those of the database.
pub fn revoke(conn: &mut PgConnection, key_id: Uuid) -> Result<bool, StoreError> {
    let live = api_keys::table
        .find(key_id)
        .filter(api_keys::revoked_at.is_null());
    let revoked = diesel::update(live)
        .set(api_keys::revoked_at.eq(now))
        .execute(conn)?;
    Ok(revoked > 0)
}
