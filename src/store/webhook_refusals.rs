//! Webhooks that HubSpot signed and that were refused all the same: one row for each reason, for
//! the console to say so. Only refusals that no stranger can cause are counted here.

use super::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Timestamptz};

/// The refusals of one reason.
#[derive(Clone, Debug, QueryableByName)]
pub struct Refusals {
    /// The name the reason has in the metrics.
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// `HUBSPOT_WEBHOOKS_ACCEPT_V1` would have let them in.
    #[diesel(sql_type = Bool)]
    pub fits_as_v1: bool,
    /// What the log says about the last one. Holds no secret and no signature.
    #[diesel(sql_type = Text)]
    pub detail: String,
    /// How many there were.
    #[diesel(sql_type = BigInt)]
    pub times: i64,
    /// When the last one came.
    #[diesel(sql_type = Timestamptz)]
    pub last_refused_at: DateTime<Utc>,
}

/// One refusal.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The name the reason has in the metrics.
    pub reason: &'static str,
    /// `HUBSPOT_WEBHOOKS_ACCEPT_V1` would have let it in.
    pub fits_as_v1: bool,
    /// What the log says about it.
    pub detail: String,
}

/// Counts one.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut PgConnection, refused: &Refused) -> Result<(), StoreError> {
    let sql = "INSERT INTO webhook_refusals (reason, fits_as_v1, detail) VALUES ($1, $2, $3) \
        ON CONFLICT (reason) DO UPDATE SET times = webhook_refusals.times + 1, \
        fits_as_v1 = excluded.fits_as_v1, detail = excluded.detail, last_refused_at = now()";
    diesel::sql_query(sql)
        .bind::<Text, _>(refused.reason)
        .bind::<Bool, _>(refused.fits_as_v1)
        .bind::<Text, _>(&refused.detail)
        .execute(conn)?;
    Ok(())
}

/// All of them, the newest first.
///
/// # Errors
/// Those of the database.
pub fn all(conn: &mut PgConnection) -> Result<Vec<Refusals>, StoreError> {
    let sql = "SELECT reason, fits_as_v1, detail, times, last_refused_at FROM webhook_refusals \
        ORDER BY last_refused_at DESC, reason";
    Ok(diesel::sql_query(sql).load(conn)?)
}
