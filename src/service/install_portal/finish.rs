//! Finishing: HubSpot sent the browser back with a code. Of callbacks at once, one exchanges it
//! and the others show what that one did.

use super::begin::{MOST_OF_STRANGERS, STATE_LIFETIME};
use super::connect::{Code, NotExchanged, connect};
use super::one_time::OneTimeValue;
use super::outcome::InstallOutcome;
use crate::domain::time::Span;
use crate::service::hubspot_app::{Consent, HubspotApp, StartedBy};
use crate::store::error::StoreError;
use crate::store::install_outcomes::{self, Known, Stateless};
use crate::store::oauth_states::{self, Consumed, OauthState, Sha256 as Hash};
use crate::store::pool::read;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;
use url::Url;

/// Exchange, questions and storing together end before this; a state that was used longer ago
/// without coming to anything was left by a process that died.
const PATIENCE: Span = Span::from_secs(45);
/// How often and how many times a second callback looks for what the first one did: 10 s in all.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const MOST_LOOKS: usize = 100;

/// A browser that came back.
pub struct CameBack {
    /// The state it brought.
    pub state: OneTimeValue,
    /// The cookie it was given at the beginning.
    pub browser: Option<OneTimeValue>,
    /// HubSpot's code.
    pub code: SecretString,
}

/// What an installation came to, and where the browser goes from there.
#[derive(Debug)]
pub struct Finished {
    /// What it came to.
    pub outcome: InstallOutcome,
    /// Where HubSpot's marketplace wants the browser back.
    pub return_url: Option<Url>,
}

/// Why an installation is not finished.
#[derive(Debug, thiserror::Error)]
pub enum NotFinished {
    /// No client id is set.
    #[error("HUBSPOT_CLIENT_ID is not set")]
    NoApp,
    /// The state is none of ours, or very old.
    #[error("the state is not known")]
    UnknownState,
    /// Another browser began.
    #[error("the state belongs to another browser")]
    ForeignState,
    /// It took longer than ten minutes.
    #[error("the state has expired")]
    ExpiredState,
    /// Only an admin may begin.
    #[error("an admin has to begin")]
    AdminNeeded,
    /// Another callback is still at it.
    #[error("another callback is still under way")]
    UnderWay,
    /// A callback began and died.
    #[error("the first callback came to nothing")]
    Abandoned,
    /// HubSpot could not be reached; the same callback may come again.
    #[error("HubSpot cannot be reached")]
    HubSpotUnavailable,
    /// Too many are under way; the same callback may come again.
    #[error("too many installations are under way")]
    Crowded,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finishes an installation that this Baton's own state began.
///
/// # Errors
/// See [`NotFinished`]. After [`NotFinished::HubSpotUnavailable`] and [`NotFinished::Crowded`] the
/// same call may be made again.
pub async fn finish(app: &HubspotApp, came_back: CameBack) -> Result<Finished, NotFinished> {
    let consent = app.consent.as_ref().ok_or(NotFinished::NoApp)?;
    let state_sha256 = came_back.state.sha256();
    let browser_sha256 = match &came_back.browser {
        Some(browser) => browser.sha256(),
        // No cookie fits no state, and a state is not used up by it.
        None => [0; 32],
    };
    // First of all: a state that is not used up needs no giving back.
    let turn = app.turns.begun().await.ok_or(NotFinished::Crowded)?;
    let consumed = read(&app.store, move |conn| {
        oauth_states::consume(conn, &state_sha256, &browser_sha256)
    })
    .await?;
    match consumed {
        Consumed::Valid(state) => {
            let code = Code {
                code: came_back.code,
                redirect_uri: state.redirect_uri.clone(),
                state_sha256,
                by: started_by(&state),
            };
            let outcome = exchange_once(app, consent, &code).await?;
            let return_url = return_url(state.request.return_url);
            Ok(Finished {
                outcome,
                return_url,
            })
        }
        Consumed::Used => {
            drop(turn);
            what_the_first_did(app, state_sha256).await
        }
        Consumed::Unknown => Err(NotFinished::UnknownState),
        Consumed::Foreign => Err(NotFinished::ForeignState),
        Consumed::Expired => Err(NotFinished::ExpiredState),
    }
}

/// Finishes an installation that began in HubSpot's marketplace and brings no state. Nothing
/// binds it to a browser, so it counts as begun by anyone: where only admins connect portals,
/// the code is not even exchanged, and no token comes into being.
///
/// # Errors
/// See [`NotFinished`].
pub async fn finish_from_marketplace(
    app: &HubspotApp,
    code: SecretString,
    return_url: Url,
) -> Result<Finished, NotFinished> {
    let consent = app.consent.as_ref().ok_or(NotFinished::NoApp)?;
    let by = StartedBy::Anyone;
    if !app.may_begin(&by) {
        return Err(NotFinished::AdminNeeded);
    }
    // The code takes the place of a state: of two callbacks with it, one exchanges it.
    let state_sha256 = code_sha256(&code);
    let redirect_uri = consent.redirect_uri.clone();
    let back = return_url.to_string();
    let turn = app.turns.from_marketplace().await;
    let turn = turn.ok_or(NotFinished::Crowded)?;
    let consumed = read(&app.store, move |conn| {
        let new = Stateless {
            code_sha256: state_sha256,
            redirect_uri: &redirect_uri,
            return_url: &back,
            expires_in: STATE_LIFETIME,
            most_of_strangers: MOST_OF_STRANGERS,
        };
        install_outcomes::insert_stateless(conn, &new)?;
        oauth_states::consume(conn, &state_sha256, &state_sha256)
    })
    .await?;
    match consumed {
        Consumed::Valid(state) => {
            let code = Code {
                code,
                redirect_uri: state.redirect_uri,
                state_sha256,
                by,
            };
            let outcome = exchange_once(app, consent, &code).await?;
            Ok(Finished {
                outcome,
                return_url: Some(return_url),
            })
        }
        Consumed::Used => {
            drop(turn);
            what_the_first_did(app, state_sha256).await
        }
        // It was not remembered, for there are too many.
        Consumed::Unknown => Err(NotFinished::Crowded),
        Consumed::Foreign => Err(NotFinished::UnknownState),
        Consumed::Expired => Err(NotFinished::ExpiredState),
    }
}

async fn exchange_once(
    app: &HubspotApp,
    consent: &Consent,
    code: &Code,
) -> Result<InstallOutcome, NotFinished> {
    let state_sha256 = code.state_sha256;
    match connect(app, consent, code).await {
        // Its outcome was stored together with the grant.
        Ok(outcome @ InstallOutcome::Connected { .. }) => Ok(outcome),
        Ok(outcome) => {
            let value = outcome.to_value()?;
            read(&app.store, move |conn| {
                install_outcomes::record(conn, &state_sha256, &value)
            })
            .await?;
            Ok(outcome)
        }
        Err(NotExchanged::HubSpotUnavailable) => {
            read(&app.store, move |conn| {
                install_outcomes::release(conn, &state_sha256)
            })
            .await?;
            Err(NotFinished::HubSpotUnavailable)
        }
        Err(NotExchanged::Store(error)) => Err(error.into()),
    }
}

async fn what_the_first_did(app: &HubspotApp, state_sha256: Hash) -> Result<Finished, NotFinished> {
    for _ in 0..MOST_LOOKS {
        let known = read(&app.store, move |conn| {
            install_outcomes::find(conn, &state_sha256, PATIENCE)
        })
        .await?;
        match known {
            Known::Outcome {
                outcome,
                return_url: url,
            } => {
                return Ok(Finished {
                    outcome: InstallOutcome::from_value(outcome)?,
                    return_url: return_url(url),
                });
            }
            Known::Abandoned => return Err(NotFinished::Abandoned),
            Known::Released => return Err(NotFinished::HubSpotUnavailable),
            Known::UnderWay => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
    Err(NotFinished::UnderWay)
}

fn started_by(state: &OauthState) -> StartedBy {
    match &state.request.started_by {
        Some(name) => StartedBy::Admin(name.clone()),
        None => StartedBy::Anyone,
    }
}

/// It was checked before it was stored.
fn return_url(stored: Option<String>) -> Option<Url> {
    Url::parse(&stored?).ok()
}

fn code_sha256(code: &SecretString) -> Hash {
    let hashed = Sha256::new()
        .chain_update("a code of HubSpot's marketplace: ")
        .chain_update(code.expose_secret());
    hashed.finalize().into()
}
