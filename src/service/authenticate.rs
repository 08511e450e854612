//! Bearer keys of the API: who calls, for which portal, in which role.

use crate::domain::actor::{Authority, Requester};
use crate::domain::ids::PortalId;
use crate::store::api_keys;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Who calls the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The only portal the key may see; none is every portal.
    pub portal: Option<PortalId>,
    /// Its role.
    pub authority: Authority,
    /// Its name.
    pub name: String,
}

impl Caller {
    /// True if the key may see this portal.
    pub fn may_see(&self, portal: PortalId) -> bool {
        self.portal.is_none_or(|own| own == portal)
    }

    /// As timelines show it.
    pub fn requester(&self) -> Requester {
        Requester::api(self.authority, self.name.clone())
    }
}

/// A key from the settings, which works before any is stored.
pub struct BootstrapKey {
    secret_sha256: [u8; 32],
    caller: Caller,
}

impl BootstrapKey {
    /// A key from its secret.
    pub fn new(secret: &str, portal: Option<PortalId>, authority: Authority) -> Self {
        let name = match authority {
            Authority::Admin => "bootstrap admin key",
            Authority::Ai | Authority::Workflow => "bootstrap key",
        };
        let caller = Caller {
            portal,
            authority,
            name: name.to_owned(),
        };
        Self {
            secret_sha256: hash(secret),
            caller,
        }
    }
}

/// SHA-256 of a key. Keys are long and random, so a plain hash keeps them.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Finds whom a key belongs to. None: nobody, or it was revoked.
///
/// # Errors
/// Those of the database.
pub async fn authenticate(
    store: &Arc<Store>,
    bootstrap: &[BootstrapKey],
    secret: &str,
) -> Result<Option<Caller>, StoreError> {
    let presented = hash(secret);
    // Every one is compared, so that the time says nothing about which fits.
    let fitting = bootstrap.iter().fold(None, |found, key| {
        let fits: bool = key.secret_sha256.ct_eq(&presented).into();
        if fits { Some(&key.caller) } else { found }
    });
    if let Some(caller) = fitting {
        return Ok(Some(caller.clone()));
    }
    let stored = read(store, move |conn| api_keys::find(conn, &presented)).await?;
    Ok(stored.map(|key| Caller {
        portal: key.portal_id.map(PortalId),
        authority: if key.role == "admin" {
            Authority::Admin
        } else {
            Authority::Ai
        },
        name: key.name,
    }))
}
