//! The demo's simulated HubSpot, and the installation of the app in its first account: by the same
//! steps as in a browser, with the consent given at once.

use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::scopes::AskedFor;
use crate::domain::time::Span;
use crate::hubspot::oauth::client::{OAuthClient, OAuthSettings};
use crate::service::choose_ai_sender::{Choice, NotChosen, choose_ai_sender};
use crate::service::hubspot_app::{HubspotApp, StartedBy};
use crate::service::install_portal::begin::{Beginning, NotBegun, Way, begin};
use crate::service::install_portal::finish::{CameBack, NotFinished, finish};
use crate::service::install_portal::one_time::OneTimeValue;
use crate::service::keep_hubspot_clock::keep_hubspot_clock;
use crate::simulator::demo_world;
use crate::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use crate::startup::hubspot_app::HubspotParts;
use crate::store::conversations;
use crate::store::credentials::wipe::remove_grant;
use crate::store::error::StoreError;
use crate::store::pool::connect;
use secrecy::SecretString;
use std::net::SocketAddr;
use url::Url;

/// Who connects the demo's account, as its card says.
const ACTOR: &str = "demo";

/// Why the account is not connected.
#[derive(Debug, thiserror::Error)]
pub enum NotInstalled {
    #[error(transparent)]
    NotBegun(#[from] NotBegun),
    #[error("the simulated HubSpot refused the consent: {0}")]
    Refused(String),
    #[error("the simulated HubSpot sent the browser to {0}, without state or code")]
    NoCode(String),
    #[error(transparent)]
    NotFinished(#[from] NotFinished),
    #[error(transparent)]
    NoSender(#[from] NotChosen),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Forgets what the simulated HubSpot of an earlier demo granted: it knows its tokens no more, and
/// whatever waits for an answer of HubSpot's would be refused before the app is installed again.
pub fn forget_grant(database_url: &str) -> Result<(), StoreError> {
    remove_grant(&mut connect(database_url)?, demo_world::PORTAL)?;
    Ok(())
}

/// How many conversations the simulated HubSpots of earlier demos numbered, rounded up: a new one
/// has forgotten them, and what is kept of them here is not to be taken for its own.
pub fn numbered_before(database_url: &str) -> Result<i64, StoreError> {
    let mut conn = connect(database_url)?;
    let mut before = 0;
    loop {
        let mut is_kept = false;
        for thread in demo_world::FIRST_NUMBERED {
            let thread = ThreadId(thread.saturating_add(before));
            let seen = conversations::thread(&mut conn, demo_world::PORTAL, thread)?;
            is_kept |= seen.ticket.is_some();
        }
        if !is_kept {
            return Ok(before);
        }
        before += demo_world::NUMBERED_IN_A_RUN;
    }
}

/// How many ports are tried, the one that was asked for among them.
const PORTS: u16 = 100;

/// Starts it at this address, or at the next free port after it where other programs have that one.
pub async fn start(
    service_url: &str,
    wanted: SocketAddr,
    numbered_before: i64,
) -> std::io::Result<SimulatedHubSpot> {
    let options = |listen: SocketAddr| {
        let mut options = HubSpotOptions {
            listen,
            numbered_before,
            ..HubSpotOptions::demo()
        };
        options.app.serve_at(service_url);
        options
    };
    let mut address = wanted;
    loop {
        match SimulatedHubSpot::start(options(address)).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                let next = address.port().checked_add(1);
                let next = next.filter(|port| port - wanted.port() < PORTS);
                address.set_port(next.ok_or(error)?);
            }
            started => return started,
        }
    }
}

/// How the service reaches it.
pub fn parts(url: &str) -> Result<(HubspotParts, OAuthSettings), url::ParseError> {
    let url = Url::parse(&format!("{}/", url.trim_end_matches('/')))?;
    let oauth = OAuthSettings {
        client_id: demo_world::CLIENT_ID.to_owned(),
        client_secret: SecretString::from(demo_world::CLIENT_SECRET),
        api_url: url.clone(),
        timeout: OAuthClient::TIMEOUT,
    };
    let hubspot = HubspotParts {
        api_url: url.clone(),
        auth_url: url,
        rollback_window: Span::from_days(7),
        app_id: Some(demo_world::APP_ID),
    };
    Ok((hubspot, oauth))
}

/// Installs the app in the account, again in each run: a simulated HubSpot forgets its tokens.
pub async fn install(
    app: &HubspotApp,
    hubspot: &SimulatedHubSpot,
    portal: PortalId,
) -> Result<(), NotInstalled> {
    let beginning = Beginning {
        asked_for: AskedFor::All,
        by: StartedBy::Admin(ACTOR.to_owned()),
        browser: None,
        way: Way::OurLink(None),
    };
    let begun = begin(app, beginning).await?;
    let sent_to = hubspot
        .approve(&begun.go_to, portal)
        .map_err(|mistake| NotInstalled::Refused(mistake.to_string()))?;
    let (state, code) =
        state_and_code(&sent_to).ok_or_else(|| NotInstalled::NoCode(sent_to.clone()))?;
    let browser = Some(begun.browser);
    finish(
        app,
        CameBack {
            state,
            browser,
            code,
        },
    )
    .await?;
    let choice = Choice {
        user_id: demo_world::AI_SENDER_USER_ID,
        is_shared: Some(false),
    };
    choose_ai_sender(app, portal, choice, ACTOR).await?;
    // HubSpot's answers have told its clock; what the first workflow places shall count by it.
    keep_hubspot_clock(&app.store, &app.api).await?;
    Ok(())
}

fn state_and_code(sent_to: &str) -> Option<(OneTimeValue, SecretString)> {
    let url = Url::parse(sent_to).ok()?;
    let value = |wanted: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
    };
    let state = OneTimeValue::parse(&value("state")?)?;
    Some((state, SecretString::from(value("code")?)))
}
