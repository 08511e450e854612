//! Everything of a portal that an admin may see, in one read.

use super::account::Account;
use super::switches::Sender;
use crate::domain::gate::Portal;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::portals::{GATE_COLUMNS, GateColumns};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};

/// A portal's row, with what its gates are judged by.
#[derive(Clone, Debug)]
pub struct Card {
    /// The portal.
    pub portal: PortalId,
    /// Its gates.
    pub gates: Portal,
    /// What HubSpot said of the account.
    pub account: Account,
    /// The AI sender, as chosen.
    pub sender: Option<Sender>,
    /// When it was last connected.
    pub connected_at: Option<Timestamp>,
    /// Why the connection is gone: a word of the column's.
    pub unavailable_because: Option<String>,
    /// Since when.
    pub unavailable_since: Option<Timestamp>,
    /// The database's clock.
    pub read_at: Timestamp,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(embed)]
    gates: GateColumns,
    #[diesel(sql_type = Nullable<BigInt>)]
    sender_user_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    ai_sender_name: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    ai_sender_is_shared: Option<bool>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    connected_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    hub_domain: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    ui_domain: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    region: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    account_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    account_time_zone: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    installed_by: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    installed_by_user_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    unavailable_because: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    unavailable_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    read_at: DateTime<Utc>,
}

/// Beside those of the gates, which name two of these as well.
const COLUMNS: &str = "portal_id, ai_sender_user_id AS sender_user_id, ai_sender_name, \
    ai_sender_is_shared, connected_at, hub_domain, ui_domain, region, account_type, \
    time_zone AS account_time_zone, installed_by, installed_by_user_id, unavailable_because, unavailable_since, \
    clock_timestamp() AS read_at";

/// Reads one portal; none if it has no row.
///
/// # Errors
/// Those of the database; [`StoreError::Unexpected`] if the row cannot be read.
pub fn find(conn: &mut PgConnection, portal: PortalId) -> Result<Option<Card>, StoreError> {
    let sql = format!("SELECT {GATE_COLUMNS}, {COLUMNS} FROM portals WHERE portal_id = $1");
    let row: Option<Row> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .get_result(conn)
        .optional()?;
    row.map(card).transpose()
}

/// Which rows a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// All.
    Every,
    /// Those of portals that were connected, now or once.
    EverConnected,
}

/// Reads portals with ids above `after`, in the order of their ids, at most `limit`.
///
/// # Errors
/// As for [`find`].
pub fn list(
    conn: &mut PgConnection,
    after: i64,
    rows: Rows,
    limit: i64,
) -> Result<Vec<Card>, StoreError> {
    let sql = format!(
        "SELECT {GATE_COLUMNS}, {COLUMNS} FROM portals \
         WHERE portal_id > $1 AND ($2 OR connection <> 'not_connected') \
         ORDER BY portal_id LIMIT $3"
    );
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<BigInt, _>(after)
        .bind::<Bool, _>(rows == Rows::Every)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    rows.into_iter().map(card).collect()
}

/// Reads those of these portals that have a row, in the order of their ids.
///
/// # Errors
/// As for [`find`].
pub fn of(conn: &mut PgConnection, portals: &[PortalId]) -> Result<Vec<Card>, StoreError> {
    let sql = format!(
        "SELECT {GATE_COLUMNS}, {COLUMNS} FROM portals WHERE portal_id = ANY($1) \
         ORDER BY portal_id"
    );
    let ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    rows.into_iter().map(card).collect()
}

fn card(row: Row) -> Result<Card, StoreError> {
    let portal = PortalId(row.portal_id);
    Ok(Card {
        portal,
        gates: row.gates.of(portal)?,
        account: Account {
            hub_domain: row.hub_domain,
            ui_domain: row.ui_domain,
            region: row.region,
            account_type: row.account_type,
            time_zone: row.account_time_zone,
            installed_by: row.installed_by,
            installed_by_user_id: row.installed_by_user_id,
        },
        sender: row.sender_user_id.map(|user_id| Sender {
            user_id,
            name: row.ai_sender_name,
            is_shared: row.ai_sender_is_shared,
        }),
        connected_at: row.connected_at.map(Timestamp::from),
        unavailable_because: row.unavailable_because,
        unavailable_since: row.unavailable_since.map(Timestamp::from),
        read_at: row.read_at.into(),
    })
}

impl Card {
    /// A portal that may connect and never did.
    pub fn never_connected(portal: PortalId, read_at: Timestamp) -> Self {
        Self {
            portal,
            gates: Portal::unknown(),
            account: Account::default(),
            sender: None,
            connected_at: None,
            unavailable_because: None,
            unavailable_since: None,
            read_at,
        }
    }
}
