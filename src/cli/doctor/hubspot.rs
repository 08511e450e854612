//! Whether HubSpot would let portals connect: keys, redirect URL, the app's credentials, clocks.

use super::check::Check;
use crate::config::Settings;
use crate::domain::time::Timestamp;
use crate::hubspot::api::account_info;
use crate::hubspot::api::budget::Allowance;
use crate::hubspot::api::client::{ApiClient, ApiSettings, Call};
use crate::hubspot::api::clock::Clock;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::oauth::client::OAuthClient;
use crate::hubspot::oauth::error::OAuthError;
use crate::hubspot::signature::public_url::PublicUrl;
use crate::service::check_readiness::MOST_CLOCK_OFFSET;
use crate::startup::hubspot_app::redirect_uri;
use crate::startup::{tls, wiring};
use secrecy::SecretString;
use url::{Host, Url};

/// Checks what needs no database.
pub(super) async fn hubspot(settings: &Settings) -> Vec<Check> {
    tls::install();
    vec![
        encryption_keys(settings),
        redirect_url(settings),
        app_id(settings),
        app_credentials(settings).await,
        clock(settings).await,
    ]
}

fn encryption_keys(settings: &Settings) -> Check {
    let ids: Vec<&str> = settings
        .encryption_keys
        .iter()
        .map(|key| key.id.as_str())
        .collect();
    let found = match ids.as_slice() {
        [] => "BATON_ENCRYPTION_KEYS is not set".to_owned(),
        ids => ids.join(", "),
    };
    let remedy = "set BATON_ENCRYPTION_KEYS to id:KEY, where `openssl rand -base64 32` makes KEY";
    Check::new("encryption keys", !ids.is_empty(), found, remedy)
}

/// HubSpot takes `https`, or `http://localhost`, and no addresses in numbers (page "OAuth", read
/// 2026-11-22).
fn redirect_url(settings: &Settings) -> Check {
    let name = "redirect URL";
    let remedy = "set BATON_PUBLIC_URL to an https URL with a host name (or http://localhost), \
                  and register this redirect URL on the app's Auth page in HubSpot";
    let public = settings.http.public_url();
    let Ok(public_url) = PublicUrl::parse(&public) else {
        return Check::new(name, false, public, remedy);
    };
    let redirect = redirect_uri(&public_url);
    let url = Url::parse(&redirect).ok();
    let is_taken = url.is_some_and(|url| match url.host() {
        Some(Host::Domain(host)) => url.scheme() == "https" || host == "localhost",
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    });
    Check::new(name, is_taken, redirect, remedy)
}

/// Nothing fails without it, but what the app itself sends is taken for another AI's.
fn app_id(settings: &Settings) -> Check {
    let name = "HubSpot app id";
    let remedy = "set HUBSPOT_APP_ID to the id on the app's page in HubSpot: without it, messages \
                  that the app sends count as another AI's, and silence yours for five minutes";
    match settings.hubspot.app_id {
        Some(id) => Check::new(name, true, id.to_string(), remedy),
        None => Check::warning(name, "HUBSPOT_APP_ID is not set", remedy),
    }
}

/// Asks about a token that nobody has: with the right credentials HubSpot says that it is not
/// active, with wrong ones it refuses to say anything.
async fn app_credentials(settings: &Settings) -> Check {
    let name = "HubSpot credentials";
    let Some(oauth) = wiring::oauth(settings) else {
        let remedy = "copy both from the app's Auth page in HubSpot; without them nobody connects";
        let found = "HUBSPOT_CLIENT_ID or HUBSPOT_CLIENT_SECRET is not set";
        return Check::new(name, false, found, remedy);
    };
    let wrong = "compare HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET with the app's Auth page";
    let away = "check that this machine reaches HUBSPOT_API_URL, and try again";
    let nobodys = SecretString::from("asked-by-baton-doctor");
    let asked = match OAuthClient::new(oauth) {
        Ok(client) => client.introspect(&nobodys).await,
        Err(error) => return Check::new(name, false, error.to_string(), away),
    };
    match asked {
        Ok(_) => Check::new(name, true, "HubSpot accepts them", ""),
        // A refusal of the token is no refusal of the app.
        Err(OAuthError::Revoked(_)) => Check::new(name, true, "HubSpot accepts them", ""),
        Err(error @ OAuthError::Configuration(_)) => {
            Check::new(name, false, error.to_string(), wrong)
        }
        Err(error @ OAuthError::Transient { .. }) => {
            Check::new(name, false, error.to_string(), away)
        }
    }
}

async fn clock(settings: &Settings) -> Check {
    let name = "HubSpot's clock";
    let remedy = "set this machine's clock, for instance with NTP: HubSpot's requests are dated";
    if settings.hubspot.client_id.is_none() {
        return Check::new(name, true, "not asked without HUBSPOT_CLIENT_ID", remedy);
    }
    let client = ApiClient::new(ApiSettings {
        api_url: settings.hubspot.api_url.clone(),
        timeout: ApiSettings::TIMEOUT,
        allowance: Allowance::HUBSPOT,
        clock: Clock::new(|| Timestamp::from(chrono::Utc::now())),
    });
    let Ok(client) = client else {
        return Check::new(name, true, "not asked", remedy);
    };
    let call = Call {
        portal: None,
        token: &SecretString::from("asked-by-baton-doctor"),
        lane: Lane::LookUps,
    };
    // Refused, and dated all the same.
    let refused = client.send(call, &account_info::details()).await;
    match (client.clock_offset(), refused) {
        (Some(offset), _) => {
            let (least, most) = (offset.at_least.as_millis(), offset.at_most.as_millis());
            let limit = MOST_CLOCK_OFFSET.as_millis();
            let fits = least <= limit && most >= -limit;
            let found = format!("{least} to {most} ms ahead of this machine's");
            Check::new(name, fits, found, remedy)
        }
        (None, Ok(_)) => Check::new(name, true, "HubSpot gave no date", remedy),
        // That HubSpot cannot be reached is said by the check of the credentials.
        (None, Err(error)) => Check::new(name, true, format!("not known: {error}"), remedy),
    }
}
