//! Refreshes that failed although the grant stands: each failure puts the next try ahead of the
//! token's end off for longer. What is noted counts for one generation alone, so that a new token,
//! wherever it comes from, ends it.

use crate::domain::backoff;
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

/// A refresh that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Whose token it was to be.
    pub portal: PortalId,
    /// The generation it began with.
    pub generation: i64,
    /// Why.
    pub because: String,
    /// Not sooner than after this.
    pub at_least: Span,
    /// And not later than after this, however often it failed.
    pub at_most: Span,
}

/// What is known of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// This generation failed for another reason before, or never.
    New,
    /// The same was said the last time.
    Same,
    /// The row has moved on: nothing was put off.
    Over,
}

#[derive(QueryableByName)]
struct Before {
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Text)]
    because: String,
}

/// Notes a failure, and puts the next try off by how many there were.
///
/// # Errors
/// Those of the database.
pub fn put_off(conn: &mut PgConnection, failed: &Failed) -> Result<Known, StoreError> {
    let before = "SELECT CASE WHEN failed_generation = generation THEN failed_attempts ELSE 0 END \
            AS attempts, \
            CASE WHEN failed_generation = generation THEN failed_because ELSE '' END AS because \
        FROM credentials \
        WHERE portal_id = $1 AND kind = 'oauth' AND generation = $2 AND status = 'active' \
        FOR UPDATE";
    let sql = "UPDATE credentials SET failed_generation = generation, failed_attempts = $2, \
            failed_because = $3, \
            put_off_until = clock_timestamp() + $4 * interval '1 millisecond' \
        WHERE portal_id = $1 AND kind = 'oauth'";
    conn.transaction(|conn| {
        let before: Option<Before> = diesel::sql_query(before)
            .bind::<BigInt, _>(failed.portal.0)
            .bind::<BigInt, _>(failed.generation)
            .get_result(conn)
            .optional()?;
        let Some(before) = before else {
            return Ok(Known::Over);
        };
        let attempts = before.attempts.saturating_add(1);
        let usual = backoff::after_at_most(attempts.unsigned_abs(), failed.at_most);
        let wait = usual.max(failed.at_least).min(failed.at_most);
        diesel::sql_query(sql)
            .bind::<BigInt, _>(failed.portal.0)
            .bind::<Integer, _>(attempts)
            .bind::<Text, _>(&failed.because)
            .bind::<BigInt, _>(wait.as_millis())
            .execute(conn)?;
        let is_same = before.attempts > 0 && before.because == failed.because;
        Ok(if is_same { Known::Same } else { Known::New })
    })
}
