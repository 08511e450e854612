//! Whether stored credentials open, and whether each connected portal granted what is needed.

use super::check::Check;
use crate::config::Settings;
use crate::domain::gate::Connection;
use crate::domain::scopes::{self, Scope};
use crate::service::check_keyring::check_keyring;
use crate::startup::wiring;
use crate::store::PgConnection;
use crate::store::credentials::row::in_use;
use crate::store::error::StoreError;
use crate::store::portal_record::card::{Rows, list};

/// More portals than these are not looked at one by one.
const MOST: i64 = 1_000;

/// Checks the rows of an up-to-date database.
pub(super) fn portals(conn: &mut PgConnection, settings: &Settings) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Ok(keyring) = wiring::keyring(settings) {
        let name = "stored credentials";
        checks.push(match check_keyring(conn, &keyring) {
            Ok(()) => Check::new(name, true, "open with the keys", ""),
            Err(error) => Check::new(name, false, error.to_string(), "put the old key back"),
        });
    }
    match scopes_of_all(conn) {
        Ok(of_portals) => checks.extend(of_portals),
        Err(error) => {
            let remedy = "check the database";
            checks.push(Check::new("portals", false, error.to_string(), remedy));
        }
    }
    checks
}

fn scopes_of_all(conn: &mut PgConnection) -> Result<Vec<Check>, StoreError> {
    let mut checks = Vec::new();
    for card in list(conn, 0, Rows::EverConnected, MOST)? {
        let portal = card.portal;
        let remedy = "connect the portal again in the console, at /console";
        if card.gates.connection != Connection::Connected {
            let because = card.unavailable_because.unwrap_or_default();
            let found = format!("{portal}: not connected any more ({because})");
            checks.push(Check::new("portal", false, found, remedy));
            continue;
        }
        let Some(row) = in_use(conn, portal)? else {
            let found = format!("{portal}: no credentials");
            checks.push(Check::new("portal", false, found, remedy));
            continue;
        };
        // A private app cannot have the scope oauth.
        let missing = scopes::missing_required(&row.scopes).into_iter();
        let missing: Vec<&str> = missing
            .filter(|scope| *scope != Scope::Oauth)
            .map(Scope::name)
            .collect();
        let found = match missing.as_slice() {
            [] => format!("{portal}: connected, all required scopes granted"),
            missing => format!("{portal}: missing {}", missing.join(", ")),
        };
        checks.push(Check::new("portal", missing.is_empty(), found, remedy));
    }
    Ok(checks)
}
