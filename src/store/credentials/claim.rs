//! One refresh at a time and generation, across replicas: a row is claimed before HubSpot is
//! asked, and what came back counts only for the generation it was asked with. Every comparison
//! with now is the database's.

use super::row::{COLUMNS, CredentialRow, StoredRow, find};
use crate::domain::credential::{CredentialKind, CredentialStatus};
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use crate::store::error::StoreError;
use crate::store::portals::{self, UnavailableBecause};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use std::time::Duration;
use uuid::Uuid;

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller, and nobody else, may refresh until its lease ends.
    Claimed(CredentialRow),
    /// Somebody else does; their lease ends after this long, more than nothing.
    Held(Span),
    /// The row is of another generation or status: there is nothing to refresh.
    Newer(CredentialRow),
    /// There is no such row.
    Gone,
}

/// What a refresh brought, encrypted.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The key that encrypted it.
    pub key_id: String,
    /// The new token for calls.
    pub access_token: Vec<u8>,
    /// Whichever refresh token came back.
    pub refresh_token: Vec<u8>,
    /// How long the token counts from now.
    pub expires_in: Span,
    /// The scopes, where the answer names them.
    pub scopes: Option<Vec<String>>,
}

#[derive(QueryableByName)]
struct Lease {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    claimed_until: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct OnePortal {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
}

/// Claims the refresh of one generation for `lease`.
///
/// # Errors
/// Those of the database.
pub fn claim_refresh(
    conn: &mut PgConnection,
    portal: PortalId,
    generation: i64,
    claimant: Uuid,
    lease: Duration,
) -> Result<Claim, StoreError> {
    let claim = format!(
        "UPDATE credentials SET claimed_by = $3, \
            claimed_until = clock_timestamp() + $4 * interval '1 millisecond' \
         WHERE portal_id = $1 AND kind = 'oauth' AND generation = $2 AND status = 'active' \
            AND (claimed_until IS NULL OR claimed_until <= clock_timestamp()) \
         RETURNING {COLUMNS}"
    );
    let claimed: Option<StoredRow> = diesel::sql_query(claim)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(generation)
        .bind::<SqlUuid, _>(claimant)
        .bind::<BigInt, _>(millis(lease))
        .get_result(conn)
        .optional()?;
    if let Some(row) = claimed {
        return Ok(Claim::Claimed(row.try_into()?));
    }
    let Some(row) = find(conn, portal, CredentialKind::Oauth)? else {
        return Ok(Claim::Gone);
    };
    let is_same = row.generation == generation && row.status == CredentialStatus::Active;
    if !is_same {
        return Ok(Claim::Newer(row));
    }
    let sql = "SELECT claimed_until FROM credentials WHERE portal_id = $1 AND kind = 'oauth'";
    let lease: Option<Lease> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .get_result(conn)
        .optional()?;
    let until = lease.and_then(|lease| lease.claimed_until);
    let left = until.map_or(0, |until| {
        (Timestamp::from(until) - row.read_at).as_millis()
    });
    // A claim that ended between the statements is tried again at once.
    Ok(Claim::Held(Span::from_millis(left.max(1))))
}

/// Stores what a refresh of `generation` brought. False: the row has moved on, and what was
/// brought is not stored. The claim is not asked for: a refresh that outlived its lease may hold
/// the only refresh token that still counts. For the same reason it counts after somebody else
/// gave the grant up: then the portal is connected again.
///
/// # Errors
/// Those of the database.
pub fn finish_refresh(
    conn: &mut PgConnection,
    portal: PortalId,
    generation: i64,
    refreshed: &Refreshed,
) -> Result<bool, StoreError> {
    let sql = "UPDATE credentials SET generation = generation + 1, status = 'active', \
            key_id = $3, access_token = $4, refresh_token = $5, \
            obtained_at = clock_timestamp(), \
            expires_at = clock_timestamp() + $6 * interval '1 millisecond', \
            scopes = coalesce($7, scopes), claimed_by = NULL, claimed_until = NULL \
        WHERE portal_id = $1 AND kind = 'oauth' AND generation = $2 AND status <> 'retired'";
    conn.transaction(|conn| {
        let stored = diesel::sql_query(sql)
            .bind::<BigInt, _>(portal.0)
            .bind::<BigInt, _>(generation)
            .bind::<Text, _>(&refreshed.key_id)
            .bind::<Bytea, _>(&refreshed.access_token)
            .bind::<Bytea, _>(&refreshed.refresh_token)
            .bind::<BigInt, _>(refreshed.expires_in.as_millis())
            .bind::<Nullable<Array<Text>>, _>(refreshed.scopes.as_deref())
            .execute(conn)?;
        if stored == 0 {
            return Ok(false);
        }
        portals::available_again(conn, portal, UnavailableBecause::Revoked)?;
        Ok(true)
    })
}

/// Gives a claim back before its lease ends, if it is still the claimant's.
///
/// # Errors
/// Those of the database.
pub fn release_claim(
    conn: &mut PgConnection,
    portal: PortalId,
    claimant: Uuid,
) -> Result<(), StoreError> {
    let sql = "UPDATE credentials SET claimed_by = NULL, claimed_until = NULL \
        WHERE portal_id = $1 AND kind = 'oauth' AND claimed_by = $2";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<SqlUuid, _>(claimant)
        .execute(conn)?;
    Ok(())
}

/// Records that HubSpot refuses this generation of this kind for good, and shuts the portal's gate
/// with it. False: the row has moved on, and nothing was recorded. Nothing is deleted.
///
/// # Errors
/// Those of the database.
pub fn mark_reconnect_required(
    conn: &mut PgConnection,
    portal: PortalId,
    (kind, generation): (CredentialKind, i64),
    because: UnavailableBecause,
) -> Result<bool, StoreError> {
    let sql = "UPDATE credentials SET status = 'reconnect_required', \
            claimed_by = NULL, claimed_until = NULL \
        WHERE portal_id = $1 AND kind = $3 AND generation = $2 AND status = 'active'";
    conn.transaction(|conn| {
        let marked = diesel::sql_query(sql)
            .bind::<BigInt, _>(portal.0)
            .bind::<BigInt, _>(generation)
            .bind::<Text, _>(kind.name())
            .execute(conn)?;
        if marked == 0 {
            return Ok(false);
        }
        portals::mark_unavailable(conn, portal, because)?;
        Ok(true)
    })
}

/// Which tokens should be refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Now, the most urgent first.
    pub now: Vec<PortalId>,
    /// How long until the next ones, nothing or less if there are some now; none: never.
    pub next_in: Option<Span>,
}

#[derive(QueryableByName)]
struct NextDue {
    #[diesel(sql_type = Nullable<BigInt>)]
    next_in_ms: Option<i64>,
}

/// The portals whose token has used up two thirds of its life, that nobody refreshes now, and
/// whose refresh was not put off; at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn due_for_refresh(conn: &mut PgConnection, limit: i64) -> Result<Due, StoreError> {
    let now = "SELECT portal_id FROM credentials \
        WHERE status = 'active' AND expires_at IS NOT NULL \
            AND expires_at - (expires_at - obtained_at) / 3 <= clock_timestamp() \
            AND (claimed_until IS NULL OR claimed_until <= clock_timestamp()) \
            AND (failed_generation IS DISTINCT FROM generation \
                OR put_off_until <= clock_timestamp()) \
        ORDER BY expires_at LIMIT $1";
    let next = "SELECT (extract(epoch FROM min(greatest(claimed_until, \
                CASE WHEN failed_generation = generation THEN put_off_until END, \
                expires_at - (expires_at - obtained_at) / 3)) - clock_timestamp()) * 1000)::bigint \
            AS next_in_ms FROM credentials WHERE status = 'active' AND expires_at IS NOT NULL";
    let rows: Vec<OnePortal> = diesel::sql_query(now).bind::<BigInt, _>(limit).load(conn)?;
    let NextDue { next_in_ms } = diesel::sql_query(next).get_result(conn)?;
    Ok(Due {
        now: rows.iter().map(|row| PortalId(row.portal_id)).collect(),
        next_in: next_in_ms.map(Span::from_millis),
    })
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
