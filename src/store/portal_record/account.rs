//! Recording that a portal is connected, with what HubSpot said of the account.

use super::missed::note_missed;
use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

/// What HubSpot said of an account. What it did not say this time stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its domain.
    pub hub_domain: Option<String>,
    /// Where its people work in HubSpot.
    pub ui_domain: Option<String>,
    /// Its hublet.
    pub region: Option<String>,
    /// Its type.
    pub account_type: Option<String>,
    /// Its time zone.
    pub time_zone: Option<String>,
    /// Who connected it.
    pub installed_by: Option<String>,
    /// The same as HubSpot's user id.
    pub installed_by_user_id: Option<i64>,
}

/// Opens the portal's connection gate. Kill switch, policies and sender stay as they were; if it
/// was dead, what was missed meanwhile is noted.
///
/// # Errors
/// Those of the database.
pub fn record_connected(
    conn: &mut PgConnection,
    portal: PortalId,
    account: &Account,
) -> Result<(), StoreError> {
    note_missed(conn, portal)?;
    let sql = "INSERT INTO portals AS p (portal_id, connection, connected_at, hub_domain, \
            ui_domain, region, account_type, time_zone, installed_by, installed_by_user_id) \
        VALUES ($1, 'connected', clock_timestamp(), $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (portal_id) DO UPDATE SET connection = 'connected', \
            connected_at = excluded.connected_at, \
            hub_domain = coalesce(excluded.hub_domain, p.hub_domain), \
            ui_domain = coalesce(excluded.ui_domain, p.ui_domain), \
            region = coalesce(excluded.region, p.region), \
            account_type = coalesce(excluded.account_type, p.account_type), \
            time_zone = coalesce(excluded.time_zone, p.time_zone), \
            installed_by = excluded.installed_by, \
            installed_by_user_id = excluded.installed_by_user_id, \
            unavailable_because = NULL, unavailable_since = NULL";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Nullable<Text>, _>(&account.hub_domain)
        .bind::<Nullable<Text>, _>(&account.ui_domain)
        .bind::<Nullable<Text>, _>(&account.region)
        .bind::<Nullable<Text>, _>(&account.account_type)
        .bind::<Nullable<Text>, _>(&account.time_zone)
        .bind::<Nullable<Text>, _>(&account.installed_by)
        .bind::<Nullable<BigInt>, _>(account.installed_by_user_id)
        .execute(conn)?;
    Ok(())
}
