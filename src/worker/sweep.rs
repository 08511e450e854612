//! Imports the open conversations of portals that were just connected, and sweeps these and all others. Each
//! portal is read for by one replica at a time.

use super::in_flight::InFlight;
use super::pause::{Next, pause};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::service::call_hubspot::CallError;
use crate::service::follower::Follower;
use crate::service::import_conversations::{Imported, import_conversations};
use crate::service::paced_reading::{NotRead, Pace};
use crate::service::sweep::{Swept, sweep};
use crate::store::error::StoreError;
use crate::store::followed_portals::{self, Followed, RoundEnded};
use crate::store::pool::read;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// While an import is under way, it has half of a round's calls, and the sweep the others.
const HALF: Pace = Pace {
    calls: Pace::USUAL.calls / 2,
    ..Pace::USUAL
};
const PERIOD: Duration = Duration::from_secs(1);
/// Where nothing is due, something will be before long: a tenth of the shortest sweep period.
const NOTHING_DUE: Span = Span::from_secs(6);
/// Where more is due, the next round follows, once others had their turn.
const MORE_IS_DUE: Span = Span::from_secs(1);
/// After a failure that passes.
const AFTER_FAILURE: Span = Span::from_secs(15);
/// What only an admin can change is not tried more often than this.
const NO_USE_BEFORE: Span = Span::from_minutes(1);

/// Runs until `stop` says true.
pub async fn run(follower: Arc<Follower>, mut stop: watch::Receiver<bool>) {
    let mut under_way = InFlight::default();
    loop {
        if under_way.room() > 0
            && let Err(error) = begin(&follower, &mut under_way).await
        {
            log::warn!("portals to be swept could not be looked up: {error}");
        }
        if pause(&mut stop, PERIOD).await == Next::End {
            return;
        }
    }
}

async fn begin(follower: &Arc<Follower>, under_way: &mut InFlight) -> Result<(), StoreError> {
    for followed in read(&follower.store, followed_portals::claim).await? {
        let follower = Arc::clone(follower);
        let portal = followed.portal();
        under_way.begin(portal, async move {
            let ended = round(&follower, &followed).await;
            let released = read(&follower.store, move |conn| {
                followed_portals::release(conn, portal, &ended)
            });
            if let Err(error) = released.await {
                // Its turn comes when the claim is over.
                log::warn!(portal_id = portal.0; "a portal could not be released: {error}");
            }
        });
    }
    Ok(())
}

/// One round.
async fn round(follower: &Follower, followed: &Followed) -> RoundEnded {
    let portal = followed.portal();
    let done = match followed.is_imported {
        true => sweep_round(follower, portal).await,
        false => match import_conversations(follower, followed, HALF).await {
            Ok(Imported::All) => Ok(MORE_IS_DUE),
            // A long import keeps nobody from finding what no webhook told of what is known.
            Ok(Imported::Some) => sweep(follower, portal, HALF).await.map(|_| MORE_IS_DUE),
            // An import that cannot go on keeps nobody from reading what is known.
            Err(error) => sweep_round(follower, portal).await.and(Err(error)),
        },
    };
    match done {
        Ok(next_after) => RoundEnded {
            next_after,
            failure: None,
        },
        Err(error) => {
            log::warn!(portal_id = portal.0; "open conversations could not be read: {error}");
            RoundEnded {
                next_after: wait_after(&error),
                failure: Some(error.to_string()),
            }
        }
    }
}

async fn sweep_round(follower: &Follower, portal: PortalId) -> Result<Span, NotRead> {
    Ok(match sweep(follower, portal, Pace::USUAL).await? {
        Swept::All => NOTHING_DUE,
        Swept::Some => MORE_IS_DUE,
    })
}

fn wait_after(error: &NotRead) -> Span {
    match error {
        NotRead::Store(_) | NotRead::NotTakenIn(_) => AFTER_FAILURE,
        NotRead::HubSpot(error) => after_call(error),
    }
}

fn after_call(error: &CallError) -> Span {
    error.retry_after().map_or(NO_USE_BEFORE, |wait| {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        AFTER_FAILURE.max(Span::from_millis(wait))
    })
}
