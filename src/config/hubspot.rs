//! The HubSpot app: who it is, how HubSpot signs, and where HubSpot is.

use super::mistake::{Expected, Mistake, Mistakes};
use super::reader::{Reader, Recorded};
use super::table::{self, Setting};
use super::url_text;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The settings without which `serve` can neither check who is calling nor keep what HubSpot
/// grants.
pub const REQUIRED_FOR_SERVE: &[&Setting] =
    &[&table::HUBSPOT_CLIENT_SECRET, &table::ENCRYPTION_KEYS];

/// The app, as HubSpot knows it.
#[derive(Clone, Debug)]
pub struct HubspotSettings {
    /// The app's id.
    pub app_id: Option<u64>,
    /// The app's client id, public.
    pub client_id: Option<String>,
    /// What HubSpot signs with.
    pub client_secret: Option<SecretString>,
    /// What it signed with before the last rotation.
    pub client_secret_previous: Option<SecretString>,
    /// The oldest signature that an action may carry.
    pub min_signature: MinSignature,
    /// Whether a webhook may be signed with v1 only.
    pub webhooks_accept_v1: bool,
    /// HubSpot's API; its path ends with `/`.
    pub api_url: Url,
    /// Where consent is asked for; its path ends with `/`.
    pub auth_url: Url,
}

/// The versions of HubSpot's signature that an action may be held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinSignature {
    /// v2 or v3.
    V2,
    /// Only v3.
    V3,
}

impl HubspotSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let app_id = reader.optional(&table::HUBSPOT_APP_ID, number);
        let client_id = reader.optional(&table::HUBSPOT_CLIENT_ID, word);
        let client_secret = reader.optional(&table::HUBSPOT_CLIENT_SECRET, secret_word);
        let previous = reader.optional(&table::HUBSPOT_CLIENT_SECRET_PREVIOUS, secret_word);
        let min_signature = reader.value(&table::HUBSPOT_MIN_SIGNATURE, min_signature);
        let accept_v1 = reader.value(&table::HUBSPOT_WEBHOOKS_ACCEPT_V1, true_or_false);
        let api_url = reader.value(&table::HUBSPOT_API_URL, url_text::base_url);
        let auth_url = reader.value(&table::HUBSPOT_AUTH_URL, url_text::base_url);
        check_pair(reader, client_secret.as_ref().ok(), previous.as_ref().ok());
        Ok(Self {
            app_id: app_id?,
            client_id: client_id?,
            client_secret: client_secret?,
            client_secret_previous: previous?,
            min_signature: min_signature?,
            webhooks_accept_v1: accept_v1?,
            api_url: api_url?,
            auth_url: auth_url?,
        })
    }

    /// The client secret, which `serve` cannot do without. To have its absence reported with all
    /// other mistakes, read the settings with [`REQUIRED_FOR_SERVE`].
    pub fn required_for_serve(&self) -> Result<&SecretString, Mistakes> {
        let missing = || Mistakes::new(vec![Mistake::missing(&table::HUBSPOT_CLIENT_SECRET)]);
        self.client_secret.as_ref().ok_or_else(missing)
    }
}

/// A previous secret without a new one, or equal to it, is a rotation that did not happen.
fn check_pair(
    reader: &mut Reader<'_>,
    current: Option<&Option<SecretString>>,
    previous: Option<&Option<SecretString>>,
) {
    let (Some(current), Some(Some(previous))) = (current, previous) else {
        return;
    };
    let name = table::HUBSPOT_CLIENT_SECRET_PREVIOUS.name;
    match current {
        None => {
            reader.record(Mistake::of(name, "HUBSPOT_CLIENT_SECRET beside it"));
        }
        Some(current) if current.expose_secret() == previous.expose_secret() => {
            reader.record(Mistake::of(
                name,
                "another secret than HUBSPOT_CLIENT_SECRET",
            ));
        }
        Some(_) => {}
    }
}

fn number(text: &str) -> Result<u64, Expected> {
    let is_decimal = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_decimal && number > 0 => Ok(number),
        Ok(_) | Err(_) => Err(Expected::new("a positive whole number")),
    }
}

fn word(text: &str) -> Result<String, Expected> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err(Expected::new(
        "one word of ASCII characters, without spaces",
    ))
}

fn secret_word(text: &str) -> Result<SecretString, Expected> {
    word(text).map(SecretString::from)
}

fn min_signature(text: &str) -> Result<MinSignature, Expected> {
    match text {
        "v2" => Ok(MinSignature::V2),
        "v3" => Ok(MinSignature::V3),
        _ => Err(Expected::new("v2 or v3")),
    }
}

fn true_or_false(text: &str) -> Result<bool, Expected> {
    text.parse().map_err(|_| Expected::new("true or false"))
}
