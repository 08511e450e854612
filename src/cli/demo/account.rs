//! The demo's HubSpot: simulated, on this machine, with one account that installs the app as a
//! person at a browser would.

use crate::domain::scopes::AskedFor;
use crate::service::choose_ai_sender::{Choice, choose_ai_sender};
use crate::service::hubspot_app::{HubspotApp, StartedBy};
use crate::service::install_portal::begin::{Beginning, Way, begin};
use crate::service::install_portal::finish::{CameBack, finish};
use crate::service::install_portal::one_time::OneTimeValue;
use crate::simulator::demo_world;
use crate::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use secrecy::SecretString;
use std::io;
use std::net::SocketAddr;
use url::Url;

/// Who installs it, as the audit names them.
const ACTOR: &str = "demo";

/// Starts it at its usual address, or at a free port where that is taken.
pub(super) async fn start(service_url: &str) -> io::Result<SimulatedHubSpot> {
    let at = |listen: SocketAddr| {
        let mut options = HubSpotOptions {
            listen,
            ..HubSpotOptions::demo()
        };
        options.app.serve_at(service_url);
        options
    };
    let usual = demo_world::HUBSPOT_ADDRESS
        .parse()
        .map_err(io::Error::other)?;
    match SimulatedHubSpot::start(at(usual)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            SimulatedHubSpot::start(HubSpotOptions {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                ..at(usual)
            })
            .await
        }
        started => started,
    }
}

/// Installs the app in the account and chooses its AI sender: with a consent page that is
/// approved, a code that is exchanged, and teammates that are read over HTTP.
pub(super) async fn install(app: &HubspotApp, hubspot: &SimulatedHubSpot) -> Result<(), String> {
    let portal = demo_world::PORTAL;
    let begun = begin(
        app,
        Beginning {
            asked_for: AskedFor::All,
            by: StartedBy::Admin(ACTOR.to_owned()),
            browser: None,
            way: Way::OurLink(Some(portal)),
        },
    );
    let begun = begun.await.map_err(|error| error.to_string())?;
    let back = hubspot.approve(begun.go_to.as_str(), portal);
    let back = back.map_err(|mistake| mistake.to_string())?;
    let back = Url::parse(&back).map_err(|error| error.to_string())?;
    let given = |wanted: &str| {
        let found = back.query_pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let (Some(code), Some(state)) = (given("code"), given("state")) else {
        return Err("the simulated HubSpot gave no code".to_owned());
    };
    let came_back = CameBack {
        state: OneTimeValue::parse(&state).ok_or("the simulated HubSpot changed the state")?,
        browser: Some(begun.browser),
        code: SecretString::from(code),
    };
    let finished = finish(app, came_back).await;
    finished.map_err(|error| error.to_string())?;
    let choice = Choice {
        user_id: demo_world::AI_SENDER_USER_ID,
        is_shared: Some(false),
    };
    let chosen = choose_ai_sender(app, portal, choice, ACTOR).await;
    chosen.map_err(|error| error.to_string())
}
