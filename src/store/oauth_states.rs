//! Consents under way: each state counts once, before its time is over, in the browser that began
//! it. Only hashes are stored.

use super::error::StoreError;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Bytea, Nullable, Text};

/// A SHA-256.
pub type Sha256 = [u8; 32];

/// A consent to remember.
#[derive(Clone, Debug)]
pub struct NewState<'a> {
    /// Of the state.
    pub state_sha256: Sha256,
    /// Of the cookie given to the browser.
    pub browser_sha256: Sha256,
    /// What was asked for.
    pub request: StateRequest,
    /// The redirect URI of the authorize URL; the exchange repeats it.
    pub redirect_uri: &'a str,
    /// How long it counts.
    pub expires_in: Span,
}

/// What a consent was begun for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRequest {
    /// `all` or `base`.
    pub features: StateFeatures,
    /// Who began it.
    pub purpose: StatePurpose,
    /// Where the marketplace wants the browser back; checked by the caller.
    pub return_url: Option<String>,
    /// The signed-in admin who began it.
    pub started_by: Option<String>,
}

/// Which scopes were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFeatures {
    /// Everything.
    All,
    /// Without `automation`.
    Base,
}

/// Who began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatePurpose {
    /// Our own link.
    Install,
    /// HubSpot's marketplace.
    Marketplace,
}

/// A consent that was under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthState {
    /// What was asked for.
    pub request: StateRequest,
    /// The redirect URI of the authorize URL.
    pub redirect_uri: String,
}

/// What became of a state that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consumed {
    /// It counts, and from now on no more.
    Valid(OauthState),
    /// Nobody began it, or long ago.
    Unknown,
    /// Another browser began it. It still counts there.
    Foreign,
    /// Its time is over.
    Expired,
    /// It counted before.
    Used,
}

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = Bytea)]
    browser_sha256: Vec<u8>,
    #[diesel(sql_type = Text)]
    redirect_uri: String,
    #[diesel(sql_type = Text)]
    features: String,
    #[diesel(sql_type = Text)]
    purpose: String,
    #[diesel(sql_type = Nullable<Text>)]
    return_url: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    admin_name: Option<String>,
    #[diesel(sql_type = Bool)]
    is_used: bool,
    #[diesel(sql_type = Bool)]
    is_expired: bool,
}

/// Remembers a consent.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut PgConnection, state: &NewState<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO oauth_states (state_sha256, browser_sha256, redirect_uri, features, \
            purpose, return_url, started_by_admin, admin_name, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
            clock_timestamp() + $9 * interval '1 millisecond')";
    let features = match state.request.features {
        StateFeatures::All => "all",
        StateFeatures::Base => "base",
    };
    let purpose = match state.request.purpose {
        StatePurpose::Install => "install",
        StatePurpose::Marketplace => "marketplace",
    };
    diesel::sql_query(sql)
        .bind::<Bytea, _>(state.state_sha256.as_slice())
        .bind::<Bytea, _>(state.browser_sha256.as_slice())
        .bind::<Text, _>(state.redirect_uri)
        .bind::<Text, _>(features)
        .bind::<Text, _>(purpose)
        .bind::<Nullable<Text>, _>(state.request.return_url.as_deref())
        .bind::<Bool, _>(state.request.started_by.is_some())
        .bind::<Nullable<Text>, _>(state.request.started_by.as_deref())
        .bind::<BigInt, _>(state.expires_in.as_millis())
        .execute(conn)?;
    Ok(())
}

/// Uses a state up. Of two callers at once, one gets [`Consumed::Valid`].
///
/// # Errors
/// Those of the database.
pub fn consume(
    conn: &mut PgConnection,
    state_sha256: &Sha256,
    browser_sha256: &Sha256,
) -> Result<Consumed, StoreError> {
    let read = "SELECT browser_sha256, redirect_uri, features, purpose, return_url, admin_name, \
            used_at IS NOT NULL AS is_used, expires_at <= clock_timestamp() AS is_expired \
        FROM oauth_states WHERE state_sha256 = $1 FOR UPDATE";
    let mark = "UPDATE oauth_states SET used_at = clock_timestamp() WHERE state_sha256 = $1";
    conn.transaction(|conn| {
        let row: Option<StateRow> = diesel::sql_query(read)
            .bind::<Bytea, _>(state_sha256.as_slice())
            .get_result(conn)
            .optional()?;
        let Some(row) = row else {
            return Ok(Consumed::Unknown);
        };
        if row.browser_sha256 != browser_sha256 {
            return Ok(Consumed::Foreign);
        }
        if row.is_used {
            return Ok(Consumed::Used);
        }
        if row.is_expired {
            return Ok(Consumed::Expired);
        }
        let state = OauthState::try_from(row)?;
        diesel::sql_query(mark)
            .bind::<Bytea, _>(state_sha256.as_slice())
            .execute(conn)?;
        Ok(Consumed::Valid(state))
    })
}

/// Deletes states whose time was over a day ago: until then a late one is told from a foreign one.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<usize, StoreError> {
    let sql = "DELETE FROM oauth_states WHERE expires_at < now() - interval '1 day'";
    Ok(diesel::sql_query(sql).execute(conn)?)
}

impl TryFrom<StateRow> for OauthState {
    type Error = StoreError;

    fn try_from(row: StateRow) -> Result<Self, StoreError> {
        let features = match row.features.as_str() {
            "all" => StateFeatures::All,
            "base" => StateFeatures::Base,
            other => return Err(unknown("features", other)),
        };
        let purpose = match row.purpose.as_str() {
            "install" => StatePurpose::Install,
            "marketplace" => StatePurpose::Marketplace,
            other => return Err(unknown("purpose", other)),
        };
        Ok(Self {
            request: StateRequest {
                features,
                purpose,
                return_url: row.return_url,
                started_by: row.admin_name,
            },
            redirect_uri: row.redirect_uri,
        })
    }
}

fn unknown(what: &str, name: &str) -> StoreError {
    StoreError::Unexpected(format!("unknown {what} of a state '{name}'"))
}
