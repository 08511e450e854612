//! Receipts of HubSpot's events. Statements of their own, which only batches with events run.
//! An event's key names its record, so whoever holds that record's lock reads and writes it alone.

use super::statement::statement;
use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea};
use std::collections::HashSet;

/// What makes an event the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// The portal.
    pub portal: PortalId,
    /// SHA-256 of everything that tells it from others.
    pub sha256: [u8; 32],
}

statement! {
    ReadEvents -> BigInt {
        portals: Array<BigInt> => Vec<i64>,
        hashes: Array<Bytea> => Vec<Vec<u8>>,
    }
    "SELECT k.place FROM unnest(?, ?) WITH ORDINALITY AS k (portal_id, event_sha256, place) \
     JOIN event_receipts r USING (portal_id, event_sha256)"
}

statement! {
    InsertEvents -> BigInt {
        portals: Array<BigInt> => Vec<i64>,
        hashes: Array<Bytea> => Vec<Vec<u8>>,
    }
    "INSERT INTO event_receipts (portal_id, event_sha256) SELECT * FROM unnest(?, ?) AS n \
        (portal_id, event_sha256) ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING portal_id"
}

/// Those of these events that were committed before.
///
/// # Errors
/// Those of the database.
pub fn seen(conn: &mut PgConnection, keys: &[EventKey]) -> Result<HashSet<EventKey>, StoreError> {
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let (portals, hashes) = columns(keys);
    let places: Vec<i64> = ReadEvents { portals, hashes }.load(conn)?;
    let key_at = |place: &i64| keys.get(usize::try_from(place - 1).ok()?).copied();
    Ok(places.iter().filter_map(key_at).collect())
}

/// Keeps the receipts of these events, each of which is new. False if one of them was not after
/// all, so that the transaction must be rolled back.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut PgConnection, keys: &[EventKey]) -> Result<bool, StoreError> {
    if keys.is_empty() {
        return Ok(true);
    }
    let (portals, hashes) = columns(keys);
    let inserted: Vec<i64> = InsertEvents { portals, hashes }.load(conn)?;
    Ok(inserted.len() == keys.len())
}

fn columns(keys: &[EventKey]) -> (Vec<i64>, Vec<Vec<u8>>) {
    let column = |key: &EventKey| (key.portal.0, key.sha256.to_vec());
    keys.iter().map(column).unzip()
}
