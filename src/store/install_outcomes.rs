//! What became of consents, beside their states.

use super::error::StoreError;
use super::oauth_states::{Sha256, under_way_of_strangers};
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Bytea, Jsonb, Nullable, Text};
use serde_json::Value;

/// What is known of a state that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It came to this.
    Outcome {
        /// What.
        outcome: Value,
        /// Where the marketplace wants the browser back.
        return_url: Option<String>,
    },
    /// Somebody works on it.
    UnderWay,
    /// Nobody works on it any more, and it came to nothing.
    Abandoned,
    /// It may be used again: HubSpot could not be reached.
    Released,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Jsonb>)]
    outcome: Option<Value>,
    #[diesel(sql_type = Nullable<Text>)]
    return_url: Option<String>,
    #[diesel(sql_type = Bool)]
    is_used: bool,
    #[diesel(sql_type = Bool)]
    is_late: bool,
}

/// What an installation without a state of ours is remembered by.
#[derive(Clone, Debug)]
pub struct Stateless<'a> {
    /// Of the code, in place of a state and of a browser's cookie.
    pub code_sha256: Sha256,
    /// The redirect URI for the exchange.
    pub redirect_uri: &'a str,
    /// Where the marketplace wants the browser back; checked by the caller.
    pub return_url: &'a str,
    /// How long it counts.
    pub expires_in: Span,
    /// So many consents of the marketplace, begun by strangers and not over, are too many.
    pub most_of_strangers: i64,
}

/// Remembers a marketplace's code as if it were a state, unless it came before, or
/// there are too many.
///
/// # Errors
/// Those of the database.
pub fn insert_stateless(conn: &mut PgConnection, new: &Stateless<'_>) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO oauth_states (state_sha256, browser_sha256, redirect_uri, features, \
            purpose, return_url, started_by_admin, expires_at) \
        SELECT $1, $1, $2, 'all', 'marketplace', $3, false, \
            clock_timestamp() + $4 * interval '1 millisecond' WHERE {} < $5 \
        ON CONFLICT (state_sha256) DO NOTHING",
        under_way_of_strangers("'marketplace'", "$5")
    );
    diesel::sql_query(sql)
        .bind::<Bytea, _>(new.code_sha256.as_slice())
        .bind::<Text, _>(new.redirect_uri)
        .bind::<Text, _>(new.return_url)
        .bind::<BigInt, _>(new.expires_in.as_millis())
        .bind::<BigInt, _>(new.most_of_strangers)
        .execute(conn)?;
    Ok(())
}

/// Reads what became of a state. One that was used longer than `patience` ago is abandoned.
///
/// # Errors
/// Those of the database.
pub fn find(
    conn: &mut PgConnection,
    state_sha256: &Sha256,
    patience: Span,
) -> Result<Known, StoreError> {
    let sql = "SELECT outcome, return_url, used_at IS NOT NULL AS is_used, \
            coalesce(used_at < clock_timestamp() - $2 * interval '1 millisecond', false) \
            AS is_late \
        FROM oauth_states WHERE state_sha256 = $1";
    let row: Option<Row> = diesel::sql_query(sql)
        .bind::<Bytea, _>(state_sha256.as_slice())
        .bind::<BigInt, _>(patience.as_millis())
        .get_result(conn)
        .optional()?;
    Ok(match row {
        None => Known::Abandoned,
        Some(Row {
            outcome: Some(outcome),
            return_url,
            ..
        }) => Known::Outcome {
            outcome,
            return_url,
        },
        Some(row) if !row.is_used => Known::Released,
        Some(row) if row.is_late => Known::Abandoned,
        Some(_) => Known::UnderWay,
    })
}

/// Keeps what a state came to.
///
/// # Errors
/// Those of the database.
pub fn record(
    conn: &mut PgConnection,
    state_sha256: &Sha256,
    outcome: &Value,
) -> Result<(), StoreError> {
    let sql = "UPDATE oauth_states SET outcome = $2 WHERE state_sha256 = $1";
    diesel::sql_query(sql)
        .bind::<Bytea, _>(state_sha256.as_slice())
        .bind::<Jsonb, _>(outcome)
        .execute(conn)?;
    Ok(())
}

/// Lets a state be used again until its time is over, since HubSpot could not be reached and the
/// code was not spent.
///
/// # Errors
/// Those of the database.
pub fn release(conn: &mut PgConnection, state_sha256: &Sha256) -> Result<(), StoreError> {
    let sql = "UPDATE oauth_states SET used_at = NULL WHERE state_sha256 = $1 AND outcome IS NULL";
    diesel::sql_query(sql)
        .bind::<Bytea, _>(state_sha256.as_slice())
        .execute(conn)?;
    Ok(())
}
