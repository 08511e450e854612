//! Refreshes tokens ahead of their end, so that nobody has to wait for one. Every replica runs
//! it; the claim on the row lets one of them act.

use super::pause::{Next, pause};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::service::access_token::{AccessTokens, TokenError};
use crate::store::error::StoreError;
use futures_util::StreamExt;
use futures_util::stream;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Refreshes under way at once: a portal whose data centre hangs must not hold up the others.
const AT_ONCE: usize = 8;
/// Between two looks, whatever the tokens say: another replica may have stored new ones.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Runs until `stop` says true; refreshes under way come to their end.
pub async fn run(tokens: Arc<AccessTokens>, mut stop: watch::Receiver<bool>) {
    loop {
        let length = match round(&tokens).await {
            Ok(length) => length,
            Err(error) => {
                log::warn!("tokens that end soon could not be looked up: {error}");
                SHORTEST_PAUSE
            }
        };
        if pause(&mut stop, length).await == Next::End {
            return;
        }
    }
}

async fn round(tokens: &AccessTokens) -> Result<Duration, StoreError> {
    let due = tokens.due().await?;
    stream::iter(due.now)
        .for_each_concurrent(AT_ONCE, |portal| refresh(tokens, portal))
        .await;
    Ok(pause_until(tokens.due().await?.next_in))
}

async fn refresh(tokens: &AccessTokens, portal: PortalId) {
    match tokens.refresh_ahead(portal).await {
        // What HubSpot said was logged where it was heard.
        Ok(())
        | Err(
            TokenError::NotConnected
            | TokenError::ReconnectRequired
            | TokenError::Unavailable { .. }
            | TokenError::Configuration(_),
        ) => {}
        Err(TokenError::Store(error)) => {
            let portal_id = portal.0;
            log::warn!(portal_id; "a token could not be refreshed: {error}");
        }
    }
}

fn pause_until(next: Option<Span>) -> Duration {
    let next = next.map_or(LONGEST_PAUSE, |span| {
        Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(0))
    });
    next.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}
