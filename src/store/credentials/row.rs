//! One stored credential, and finding it.

use crate::domain::credential::{CredentialKind, CredentialStatus};
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use crate::encryption::sealed::Sealed;
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Nullable, Text, Timestamptz};

/// A credential as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// Whose it is.
    pub portal: PortalId,
    /// What it is.
    pub kind: CredentialKind,
    /// Grows by one with every new token.
    pub generation: i64,
    /// Whether it may be used.
    pub status: CredentialStatus,
    /// The token for calls.
    pub access_token: Sealed,
    /// What fetches the next one; only with OAuth.
    pub refresh_token: Option<Sealed>,
    /// The redirect URI the grant was made with; only with OAuth.
    pub redirect_uri: Option<String>,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// HubSpot's user who granted them.
    pub hubspot_user_id: Option<i64>,
    /// When this token came.
    pub obtained_at: Timestamp,
    /// When it ends; only with OAuth.
    pub expires_at: Option<Timestamp>,
    /// When it was replaced.
    pub retired_at: Option<Timestamp>,
    /// When what was replaced is deleted.
    pub wipe_at: Option<Timestamp>,
    /// The database's clock when this row was read.
    pub read_at: Timestamp,
}

impl CredentialRow {
    /// How long the token still counts, by the database's clock; none: without end.
    pub fn remaining(&self) -> Option<Span> {
        self.expires_at.map(|end| end - self.read_at)
    }

    /// How long it counted when it came; none: without end.
    pub fn lifetime(&self) -> Option<Span> {
        self.expires_at.map(|end| end - self.obtained_at)
    }
}

/// The columns that [`StoredRow`] reads.
pub(super) const COLUMNS: &str = "portal_id, kind, generation, status, key_id, access_token, \
    refresh_token, redirect_uri, scopes, hubspot_user_id, obtained_at, expires_at, retired_at, \
    wipe_at, clock_timestamp() AS read_at";

/// The row as the database gives it.
#[derive(QueryableByName)]
pub(super) struct StoredRow {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    generation: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    key_id: String,
    #[diesel(sql_type = Bytea)]
    access_token: Vec<u8>,
    #[diesel(sql_type = Nullable<Bytea>)]
    refresh_token: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    redirect_uri: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    hubspot_user_id: Option<i64>,
    #[diesel(sql_type = Timestamptz)]
    obtained_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    retired_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    wipe_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    read_at: DateTime<Utc>,
}

impl TryFrom<StoredRow> for CredentialRow {
    type Error = StoreError;

    fn try_from(row: StoredRow) -> Result<Self, StoreError> {
        let unknown = |what: &str, name: &str| {
            StoreError::Unexpected(format!("unknown {what} of a credential '{name}'"))
        };
        let sealed = |bytes| Sealed {
            key_id: row.key_id.clone(),
            bytes,
        };
        Ok(Self {
            portal: PortalId(row.portal_id),
            kind: CredentialKind::named(&row.kind).ok_or_else(|| unknown("kind", &row.kind))?,
            generation: row.generation,
            status: CredentialStatus::named(&row.status)
                .ok_or_else(|| unknown("status", &row.status))?,
            access_token: sealed(row.access_token),
            refresh_token: row.refresh_token.map(sealed),
            redirect_uri: row.redirect_uri,
            scopes: row.scopes,
            hubspot_user_id: row.hubspot_user_id,
            obtained_at: row.obtained_at.into(),
            expires_at: row.expires_at.map(Timestamp::from),
            retired_at: row.retired_at.map(Timestamp::from),
            wipe_at: row.wipe_at.map(Timestamp::from),
            read_at: row.read_at.into(),
        })
    }
}

/// The credential of this kind, whatever its status.
///
/// # Errors
/// Those of the database; [`StoreError::Unexpected`] if the row cannot be read.
pub fn find(
    conn: &mut PgConnection,
    portal: PortalId,
    kind: CredentialKind,
) -> Result<Option<CredentialRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM credentials WHERE portal_id = $1 AND kind = $2");
    let row: Option<StoredRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Text, _>(kind.name())
        .get_result(conn)
        .optional()?;
    row.map(CredentialRow::try_from).transpose()
}

/// All credentials of these portals, whatever their status, in the order of the portals' ids and
/// the app's before any other.
///
/// # Errors
/// Those of [`find`].
pub fn of(conn: &mut PgConnection, portals: &[PortalId]) -> Result<Vec<CredentialRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM credentials WHERE portal_id = ANY($1) \
         ORDER BY portal_id, kind <> 'oauth'"
    );
    let ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    let rows: Vec<StoredRow> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    rows.into_iter().map(CredentialRow::try_from).collect()
}

/// The credential in use: active, or refused by HubSpot until an admin connects again.
///
/// # Errors
/// Those of [`find`].
pub fn in_use(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Option<CredentialRow>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM credentials WHERE portal_id = $1 AND status <> 'retired'");
    let row: Option<StoredRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .get_result(conn)
        .optional()?;
    row.map(CredentialRow::try_from).transpose()
}
