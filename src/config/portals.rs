//! Which portals may connect, and where a connect session may send the browser back.

use super::mistake::Expected;
use super::reader::{Reader, Recorded};
use super::table;
use crate::domain::ids::PortalId;
use std::collections::BTreeSet;
use url::Host;

/// The portals' settings.
#[derive(Clone, Debug)]
pub struct PortalSettings {
    /// Who may connect.
    pub allowed: AllowedPortals,
    /// Host names in lower case, internationalised ones in their ASCII form.
    pub return_url_hosts: Vec<String>,
}

/// The portals that may connect, and whose authentic calls are accepted before they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedPortals {
    /// Only those that a signed-in admin connects.
    ConnectedByAdmin,
    /// These.
    Listed(BTreeSet<PortalId>),
    /// Any.
    All,
}

impl PortalSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let allowed = reader.optional(&table::ALLOWED_PORTALS, allowed_portals);
        let hosts = reader.optional(&table::RETURN_URL_HOSTS, host_names);
        Ok(Self {
            allowed: allowed?.unwrap_or(AllowedPortals::ConnectedByAdmin),
            return_url_hosts: hosts?.unwrap_or_default(),
        })
    }
}

fn allowed_portals(text: &str) -> Result<AllowedPortals, Expected> {
    if text == "*" {
        return Ok(AllowedPortals::All);
    }
    let ids: Result<BTreeSet<PortalId>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    ids.map(AllowedPortals::Listed)
        .map_err(|_| Expected::new("portal ids separated by commas, or * alone for any portal"))
}

fn host_names(text: &str) -> Result<Vec<String>, Expected> {
    let hosts: Option<Vec<String>> = text.split(',').map(|host| host_name(host.trim())).collect();
    hosts.ok_or_else(|| {
        Expected::new("host names separated by commas, without scheme, port, path or *")
    })
}

fn host_name(text: &str) -> Option<String> {
    // A * in a host name is legal to the url crate, and would never match anything.
    let host = Host::parse(text).ok().filter(|_| !text.contains('*'))?;
    Some(host.to_string())
}
