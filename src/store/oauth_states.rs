//! Consents under way: each state counts once, before its time is over, in the browser that began
//! it. Only hashes are stored.

use super::error::StoreError;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Bytea, Integer, Nullable, Text};

/// States deleted in one short transaction: a long one would be cancelled.
const MOST_AT_ONCE: i32 = 5_000;

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
    /// So many of those that nobody signed in has begun, and whose time is not over, are too many.
    pub most_of_strangers: i64,
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

/// How many consents of a kind strangers have under way, counted as far as `most`. No lock: with
/// what is begun at the same moment it may be more by the number of connections, which is no harm,
/// while strangers who wait for a lock would keep the connections.
pub(super) fn under_way_of_strangers(purpose: &str, most: &str) -> String {
    format!(
        "(SELECT count(*) FROM (SELECT FROM oauth_states WHERE expires_at > clock_timestamp() \
            AND NOT started_by_admin AND purpose = {purpose} LIMIT {most}) AS s)"
    )
}

/// Remembers a consent. False: strangers have begun too many, and this is another of theirs.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut PgConnection, state: &NewState<'_>) -> Result<bool, StoreError> {
    let sql = format!(
        "INSERT INTO oauth_states (state_sha256, browser_sha256, redirect_uri, features, \
            purpose, return_url, started_by_admin, admin_name, expires_at) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, \
            clock_timestamp() + $9 * interval '1 millisecond' WHERE $7 OR {} < $10",
        under_way_of_strangers("$5", "$10")
    );
    let features = match state.request.features {
        StateFeatures::All => "all",
        StateFeatures::Base => "base",
    };
    let purpose = match state.request.purpose {
        StatePurpose::Install => "install",
        StatePurpose::Marketplace => "marketplace",
    };
    let inserted = diesel::sql_query(sql)
        .bind::<Bytea, _>(state.state_sha256.as_slice())
        .bind::<Bytea, _>(state.browser_sha256.as_slice())
        .bind::<Text, _>(state.redirect_uri)
        .bind::<Text, _>(features)
        .bind::<Text, _>(purpose)
        .bind::<Nullable<Text>, _>(state.request.return_url.as_deref())
        .bind::<Bool, _>(state.request.started_by.is_some())
        .bind::<Nullable<Text>, _>(state.request.started_by.as_deref())
        .bind::<BigInt, _>(state.expires_in.as_millis())
        .bind::<BigInt, _>(state.most_of_strangers)
        .execute(conn)?;
    Ok(inserted > 0)
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
/// Strangers can make many, so it is done some thousands at a time. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "DELETE FROM oauth_states WHERE ctid = ANY(ARRAY(SELECT ctid FROM oauth_states \
        WHERE expires_at < now() - interval '1 day' LIMIT $1))";
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
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
