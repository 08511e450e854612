//! Beginning: a state of one use is remembered, and the browser is sent to HubSpot.

use super::one_time::OneTimeValue;
use crate::domain::ids::PortalId;
use crate::domain::scopes::{self, AskedFor};
use crate::domain::time::Span;
use crate::hubspot::oauth::authorize_url::{ConsentRequest, authorize_url};
use crate::service::hubspot_app::{HubspotApp, StartedBy};
use crate::store::error::StoreError;
use crate::store::oauth_states::{self, NewState, StateFeatures, StatePurpose, StateRequest};
use crate::store::pool::read;
use url::Url;

/// How long a person may take for the consent screen.
pub const STATE_LIFETIME: Span = Span::from_minutes(10);

/// Installations that strangers may have under way, of each of the two ways: each is a row that is
/// kept for a day. Whoever is signed in is not kept waiting by them.
pub(super) const MOST_OF_STRANGERS: i64 = 1_000;

/// What is begun.
pub struct Beginning {
    /// How much is asked for.
    pub asked_for: AskedFor,
    /// Who began.
    pub by: StartedBy,
    /// The cookie of a browser that began before, perhaps in another tab.
    pub browser: Option<OneTimeValue>,
    /// Where to go.
    pub way: Way,
}

/// The two ways to HubSpot's consent screen.
pub enum Way {
    /// From our own link. The account, where only one will do; else the person chooses.
    OurLink(Option<PortalId>),
    /// From HubSpot's marketplace, which waits at this address for our state.
    Marketplace(Url),
}

/// What the browser needs now.
pub struct Begun {
    /// The cookie that ties the installation to it.
    pub browser: OneTimeValue,
    /// Where it goes. Holds the state.
    pub go_to: String,
}

/// Why nothing was begun.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// No client id is set.
    #[error("HUBSPOT_CLIENT_ID is not set")]
    NoApp,
    /// Only an admin may begin.
    #[error("an admin has to sign in first")]
    AdminNeeded,
    /// Strangers have begun too many lately.
    #[error("too many installations were begun lately")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins an installation.
///
/// # Errors
/// See [`NotBegun`].
pub async fn begin(app: &HubspotApp, beginning: Beginning) -> Result<Begun, NotBegun> {
    let consent = app.consent.as_ref().ok_or(NotBegun::NoApp)?;
    if !app.may_begin(&beginning.by) {
        return Err(NotBegun::AdminNeeded);
    }
    let state = OneTimeValue::random();
    let browser = beginning.browser.unwrap_or_else(OneTimeValue::random);
    let (purpose, return_url, go_to) = match beginning.way {
        Way::OurLink(portal) => {
            let request = ConsentRequest {
                client_id: &consent.client_id,
                redirect_uri: &consent.redirect_uri,
                scopes: &scopes::required(beginning.asked_for),
                optional_scopes: &scopes::optional(),
                state: state.expose(),
                portal,
            };
            let url = authorize_url(&consent.auth_url, &request);
            (StatePurpose::Install, None, url)
        }
        Way::Marketplace(return_url) => {
            let mut url = return_url.clone();
            url.query_pairs_mut().append_pair("state", state.expose());
            let back = Some(return_url.to_string());
            (StatePurpose::Marketplace, back, url.to_string())
        }
    };
    let request = StateRequest {
        features: match beginning.asked_for {
            AskedFor::All => StateFeatures::All,
            AskedFor::Base => StateFeatures::Base,
        },
        purpose,
        return_url,
        started_by: match beginning.by {
            StartedBy::Admin(name) => Some(name),
            StartedBy::Anyone => None,
        },
    };
    let (state_sha256, browser_sha256) = (state.sha256(), browser.sha256());
    let redirect_uri = consent.redirect_uri.clone();
    let is_remembered = read(&app.store, move |conn| {
        let new = NewState {
            state_sha256,
            browser_sha256,
            request,
            redirect_uri: &redirect_uri,
            expires_in: STATE_LIFETIME,
            most_of_strangers: MOST_OF_STRANGERS,
        };
        oauth_states::insert(conn, &new)
    })
    .await?;
    match is_remembered {
        true => Ok(Begun { browser, go_to }),
        false => Err(NotBegun::TooMany),
    }
}
