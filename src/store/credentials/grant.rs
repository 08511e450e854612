//! Storing what HubSpot granted, in place of what was there.

use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Nullable, Text};

/// A new grant, encrypted.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Whose it is.
    pub portal: PortalId,
    /// What it is.
    pub tokens: NewTokens,
    /// The key that encrypted it.
    pub key_id: String,
    /// The token for calls.
    pub access_token: Vec<u8>,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// HubSpot's user who granted them.
    pub hubspot_user_id: Option<i64>,
    /// How long a credential of the other kind is kept once this one takes its place.
    pub rollback_window: Span,
}

/// What differs between the kinds.
#[derive(Clone, Debug)]
pub enum NewTokens {
    /// From the consent screen.
    Oauth {
        /// What fetches the next token.
        refresh_token: Vec<u8>,
        /// The redirect URI the grant was made with.
        redirect_uri: String,
        /// How long the token counts from now.
        expires_in: Span,
    },
    /// Pasted by an admin.
    PrivateApp,
}

#[derive(QueryableByName)]
struct Generation {
    #[diesel(sql_type = BigInt)]
    generation: i64,
}

/// Stores a grant and gives back its generation. A first one begins with the clock's milliseconds,
/// so that no number comes back after a portal's credentials were deleted. One of the same kind is replaced in place; one
/// of the other kind is retired, and wiped after the rollback window. Refreshes under way for
/// what was there find their generation gone.
///
/// # Errors
/// Those of the database.
pub fn save_grant(conn: &mut PgConnection, grant: &NewGrant) -> Result<i64, StoreError> {
    let (kind, refresh_token, redirect_uri, expires_in) = match &grant.tokens {
        NewTokens::Oauth {
            refresh_token,
            redirect_uri,
            expires_in,
        } => (
            CredentialKind::Oauth,
            Some(refresh_token.as_slice()),
            Some(redirect_uri.as_str()),
            Some(expires_in.as_millis()),
        ),
        NewTokens::PrivateApp => (CredentialKind::PrivateApp, None, None, None),
    };
    let retire = "UPDATE credentials SET status = 'retired', retired_at = clock_timestamp(), \
        wipe_at = clock_timestamp() + $3 * interval '1 millisecond', \
        claimed_by = NULL, claimed_until = NULL \
        WHERE portal_id = $1 AND kind <> $2 AND status <> 'retired'";
    let save = "INSERT INTO credentials (portal_id, kind, generation, status, key_id, \
            access_token, refresh_token, redirect_uri, scopes, hubspot_user_id, obtained_at, \
            expires_at) \
        VALUES ($1, $2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, 'active', $3, $4, \
            $5, $6, $7, $8, clock_timestamp(), \
            clock_timestamp() + $9 * interval '1 millisecond') \
        ON CONFLICT (portal_id, kind) DO UPDATE SET \
            generation = credentials.generation + 1, status = 'active', \
            key_id = excluded.key_id, access_token = excluded.access_token, \
            refresh_token = excluded.refresh_token, redirect_uri = excluded.redirect_uri, \
            scopes = excluded.scopes, hubspot_user_id = excluded.hubspot_user_id, \
            obtained_at = excluded.obtained_at, expires_at = excluded.expires_at, \
            claimed_by = NULL, claimed_until = NULL, retired_at = NULL, wipe_at = NULL \
        RETURNING generation";
    conn.transaction(|conn| {
        diesel::sql_query(retire)
            .bind::<BigInt, _>(grant.portal.0)
            .bind::<Text, _>(kind.name())
            .bind::<BigInt, _>(grant.rollback_window.as_millis())
            .execute(conn)?;
        let Generation { generation } = diesel::sql_query(save)
            .bind::<BigInt, _>(grant.portal.0)
            .bind::<Text, _>(kind.name())
            .bind::<Text, _>(&grant.key_id)
            .bind::<Bytea, _>(&grant.access_token)
            .bind::<Nullable<Bytea>, _>(refresh_token)
            .bind::<Nullable<Text>, _>(redirect_uri)
            .bind::<Array<Text>, _>(&grant.scopes)
            .bind::<Nullable<BigInt>, _>(grant.hubspot_user_id)
            .bind::<Nullable<BigInt>, _>(expires_in)
            .get_result(conn)?;
        Ok(generation)
    })
}
