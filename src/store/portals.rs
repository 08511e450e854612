//! Portals: what opens or shuts the gates of all their conversations.

use super::error::StoreError;
use super::portal_record::missed::note_missed;
use super::schema::portals;
use crate::domain::gate::{Connection, Mode, Portal};
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::dsl::{exists, now};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Jsonb, Nullable, Text, Timestamptz};

/// What [`GateColumns`] reads.
pub(super) const GATE_COLUMNS: &str = "mode, connection, ai_enabled, ai_sender_user_id, \
    missed_until, sender_changed_at, time_zone, policies";

/// What a portal's gates are judged by, as the database gives it.
#[derive(QueryableByName)]
pub(super) struct GateColumns {
    #[diesel(sql_type = Text)]
    mode: String,
    #[diesel(sql_type = Text)]
    connection: String,
    #[diesel(sql_type = Bool)]
    ai_enabled: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    ai_sender_user_id: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    missed_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    sender_changed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    time_zone: Option<String>,
    #[diesel(sql_type = Jsonb)]
    policies: serde_json::Value,
}

impl GateColumns {
    /// Reads them; the portal is named where they cannot be read.
    pub(super) fn of(self, portal: PortalId) -> Result<Portal, StoreError> {
        let policies = serde_json::from_value(self.policies)
            .map_err(|error| StoreError::Unexpected(format!("policies of {portal}: {error}")))?;
        Ok(Portal {
            mode: mode_named(&self.mode)?,
            connection: connection_named(&self.connection)?,
            ai_enabled: self.ai_enabled,
            missed_until: self.missed_until.map(Timestamp::from),
            sender_changed_at: self.sender_changed_at.map(Timestamp::from),
            ai_sender: self.ai_sender_user_id,
            time_zone: zone_named(self.time_zone.as_deref()),
            policies,
        })
    }
}

/// Why a connection that worked no longer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnavailableBecause {
    /// An admin ended it here.
    Disconnected,
    /// HubSpot refuses the grant.
    Revoked,
    /// The app was removed in HubSpot.
    Uninstalled,
}

impl UnavailableBecause {
    /// Its name in the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Revoked => "revoked",
            Self::Uninstalled => "uninstalled",
        }
    }
}

/// Marks a portal as connected, with the teammate its AI sends as. Connecting again keeps the
/// kill switch, the policies and, if none is given, the sender.
///
/// # Errors
/// Those of the database.
pub fn connect(
    conn: &mut PgConnection,
    portal: PortalId,
    ai_sender: Option<i64>,
) -> Result<(), StoreError> {
    let inserted = (
        portals::portal_id.eq(portal.0),
        portals::connection.eq("connected"),
        portals::connected_at.eq(now),
        portals::ai_sender_user_id.eq(ai_sender),
    );
    let updated = (
        portals::connection.eq("connected"),
        portals::connected_at.eq(now),
        ai_sender.map(|sender| portals::ai_sender_user_id.eq(sender)),
        portals::unavailable_because.eq(None::<String>),
        portals::unavailable_since.eq(None::<DateTime<Utc>>),
    );
    diesel::insert_into(portals::table)
        .values(inserted)
        .on_conflict(portals::portal_id)
        .do_update()
        .set(updated)
        .execute(conn)?;
    Ok(())
}

/// Shuts the gate of a portal that was connected. One that never was, or whose gate is shut for
/// another reason, stays as it is.
///
/// # Errors
/// Those of the database.
pub fn mark_unavailable(
    conn: &mut PgConnection,
    portal: PortalId,
    because: UnavailableBecause,
) -> Result<(), StoreError> {
    let connected = portals::table
        .find(portal.0)
        .filter(portals::connection.eq("connected"));
    let values = (
        portals::connection.eq("unavailable"),
        portals::unavailable_because.eq(because.name()),
        portals::unavailable_since.eq(now),
    );
    diesel::update(connected).set(values).execute(conn)?;
    Ok(())
}

/// Opens the gate again if it was shut for this reason, as a connection of its own: what was
/// missed meanwhile is noted, and open conversations are imported anew.
///
/// # Errors
/// Those of the database.
pub fn available_again(
    conn: &mut PgConnection,
    portal: PortalId,
    because: UnavailableBecause,
) -> Result<(), StoreError> {
    let shut = portals::table
        .find(portal.0)
        .filter(portals::unavailable_because.eq(because.name()));
    if !diesel::select(exists(shut)).get_result::<bool>(conn)? {
        return Ok(());
    }
    note_missed(conn, portal)?;
    let values = (
        portals::connection.eq("connected"),
        portals::connected_at.eq(now),
        portals::unavailable_because.eq(None::<String>),
        portals::unavailable_since.eq(None::<DateTime<Utc>>),
    );
    diesel::update(shut).set(values).execute(conn)?;
    Ok(())
}

/// Reads a portal; one without a row was never connected.
///
/// # Errors
/// Those of the database; [`StoreError::Unexpected`] if the row cannot be read.
pub fn find(conn: &mut PgConnection, portal: PortalId) -> Result<Option<Portal>, StoreError> {
    let sql = format!("SELECT {GATE_COLUMNS} FROM portals WHERE portal_id = $1");
    let row: Option<GateColumns> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .get_result(conn)
        .optional()?;
    row.map(|gates| gates.of(portal)).transpose()
}

/// Says whether what is decided for a portal binds from now on. A portal without a row is left
/// as it is: it has nothing to bind.
///
/// # Errors
/// Those of the database.
pub fn set_mode(conn: &mut PgConnection, portal: PortalId, mode: Mode) -> Result<(), StoreError> {
    let name = match mode {
        Mode::Observe => "observe",
        Mode::Live => "live",
    };
    diesel::update(portals::table.find(portal.0))
        .set(portals::mode.eq(name))
        .execute(conn)?;
    Ok(())
}

/// The zone that HubSpot named; none if it named one that nobody here knows.
pub(super) fn zone_named(name: Option<&str>) -> Option<Tz> {
    name?.parse().ok()
}

/// Reads the name a column holds.
pub(super) fn mode_named(name: &str) -> Result<Mode, StoreError> {
    match name {
        "observe" => Ok(Mode::Observe),
        "live" => Ok(Mode::Live),
        other => Err(StoreError::Unexpected(format!("unknown mode '{other}'"))),
    }
}

/// Reads the name a column holds.
pub(super) fn connection_named(name: &str) -> Result<Connection, StoreError> {
    match name {
        "not_connected" => Ok(Connection::NotConnected),
        "connected" => Ok(Connection::Connected),
        "unavailable" => Ok(Connection::Unavailable),
        other => Err(StoreError::Unexpected(format!(
            "unknown connection '{other}'"
        ))),
    }
}
