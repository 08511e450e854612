//! From settings to the parts of a service.

use super::error::StartError;
use super::running::{Parts, listen};
use crate::config::Settings;
use crate::config::api_keys::{ApiKey, ApiKeyRole};
use crate::config::hubspot::MinSignature;
use crate::config::portals::AllowedPortals as AllowedSetting;
use crate::domain::actor::Authority;
use crate::encryption::keyring::{Keyring, KeyringError};
use crate::hubspot::oauth::client::{OAuthClient, OAuthSettings};
use crate::hubspot::signature::public_url::PublicUrl;
use crate::hubspot::signature::secrets::ClientSecrets;
use crate::hubspot::signature::verify::Verifier;
use crate::hubspot::signature::version::SignatureVersion;
use crate::service::allow_portal::AllowedPortals;
use crate::service::authenticate::BootstrapKey;
use secrecy::ExposeSecret;

/// The parts of the service that the settings describe, with its socket already bound.
///
/// # Errors
/// See [`StartError`].
pub fn parts(settings: &Settings, database_url: &str) -> Result<Parts, StartError> {
    let listener = listen(settings.http.listen)?;
    let public_url = settings.http.public_url_at(listener.local_addr()?);
    let keyring = keyring(settings)?;
    let secret = settings.hubspot.required_for_serve()?.clone();
    let previous = settings.hubspot.client_secret_previous.clone();
    let minimum = match settings.hubspot.min_signature {
        MinSignature::V2 => SignatureVersion::V2,
        MinSignature::V3 => SignatureVersion::V3,
    };
    Ok(Parts {
        database_url: database_url.to_owned(),
        listener,
        verifier: Verifier {
            public_url: PublicUrl::parse(&public_url)?,
            secrets: ClientSecrets::new(secret, previous)?,
            minimum,
            webhook_minimum: match settings.hubspot.webhooks_accept_v1 {
                true => SignatureVersion::V1,
                false => minimum,
            },
        },
        allowed: match &settings.portals.allowed {
            AllowedSetting::ConnectedByAdmin => AllowedPortals::Connected,
            AllowedSetting::All => AllowedPortals::Any,
            AllowedSetting::Listed(portals) => {
                AllowedPortals::Listed(portals.iter().copied().collect())
            }
        },
        bootstrap_keys: settings.api_keys.iter().map(bootstrap_key).collect(),
        keyring,
        oauth: oauth(settings),
        writers: settings.writers.count,
        most_in_batch: crate::decider::Options::MOST_IN_BATCH,
    })
}

/// The keyring of the settings.
///
/// # Errors
/// [`KeyringError::Empty`] if none is set.
pub fn keyring(settings: &Settings) -> Result<Keyring, KeyringError> {
    let keys = settings.encryption_keys.iter();
    Keyring::new(keys.map(|key| (key.id.clone(), key.key.clone())).collect())
}

/// The app at HubSpot's OAuth endpoints, where the settings have its id and secret.
pub fn oauth(settings: &Settings) -> Option<OAuthSettings> {
    let hubspot = &settings.hubspot;
    Some(OAuthSettings {
        client_id: hubspot.client_id.clone()?,
        client_secret: hubspot.client_secret.clone()?,
        api_url: hubspot.api_url.clone(),
        timeout: OAuthClient::TIMEOUT,
    })
}

fn bootstrap_key(key: &ApiKey) -> BootstrapKey {
    let authority = match key.role {
        ApiKeyRole::Ai => Authority::Ai,
        ApiKeyRole::Admin => Authority::Admin,
    };
    BootstrapKey::new(key.secret.expose_secret(), key.portal, authority)
}
