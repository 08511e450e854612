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
use crate::store::followed_portals::{self, Claim, Followed, RoundEnded};
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
/// A third of the time after which a claim lapses.
const RENEWED_AFTER: Duration = Duration::from_secs(60);
/// Where nothing is due, something will be before long: a tenth of the shortest sweep period.
const NOTHING_DUE: Span = Span::from_secs(6);
/// Where more is due, the next round follows at once: there are never so many rounds under way that
/// the others' turns do not come.
const MORE_IS_DUE: Span = followed_portals::AHEAD_OF_IDLE;
/// After a failure that passes.
const AFTER_FAILURE: Span = Span::from_secs(15);
/// What only an admin can change is not tried more often than this.
const NO_USE_BEFORE: Span = Span::from_minutes(1);

/// Runs until `stop` says true; rounds under way are cut short and leave their portals to others.
pub async fn run(follower: Arc<Follower>, mut stop: watch::Receiver<bool>) {
    let mut under_way = InFlight::at_most_of_portal(1);
    loop {
        if under_way.room() > 0
            && let Err(error) = begin(&follower, &mut under_way, &stop).await
        {
            log::warn!("portals to be swept could not be looked up: {error}");
        }
        if pause(&mut stop, PERIOD).await == Next::End {
            break;
        }
    }
    under_way.end().await;
}

async fn begin(
    follower: &Arc<Follower>,
    under_way: &mut InFlight,
    stop: &watch::Receiver<bool>,
) -> Result<(), StoreError> {
    // Whatever became of its claim, no portal is read for twice at once here.
    let but_of = under_way.busy();
    let claimed = read(&follower.store, move |conn| {
        followed_portals::claim(conn, &but_of)
    });
    for followed in claimed.await? {
        let (follower, mut stop) = (Arc::clone(follower), stop.clone());
        let portal = followed.portal();
        under_way.begin(portal, async move {
            let claim = followed.claim();
            let ended = tokio::select! {
                ended = round(&follower, &followed) => Some(ended),
                _ = stop.wait_for(|is_stopping| *is_stopping) => None,
                () = until_lost(&follower, claim) => return,
            };
            let released = read(&follower.store, move |conn| {
                let ended = match ended {
                    Some(ended) => ended,
                    None => RoundEnded {
                        next_after: MORE_IS_DUE,
                        // It says nothing new: what failed before still does.
                        failure: followed_portals::progress(conn, portal)?
                            .and_then(|known| known.failure),
                    },
                };
                followed_portals::release(conn, claim, &ended)
            });
            if let Err(error) = released.await {
                // Its turn comes when the claim is over.
                log::warn!(portal_id = portal.0; "a portal could not be released: {error}");
            }
        });
    }
    Ok(())
}

/// Renews a claim for as long as nobody else has it.
async fn until_lost(follower: &Follower, claim: Claim) {
    loop {
        tokio::time::sleep(RENEWED_AFTER).await;
        let renewed = read(&follower.store, move |conn| {
            followed_portals::renew(conn, claim)
        });
        match renewed.await {
            Ok(true) => {}
            Ok(false) => {
                log::warn!(portal_id = claim.portal.0; "another round reads for the portal by now");
                return;
            }
            Err(error) => {
                log::warn!(portal_id = claim.portal.0; "a claim could not be renewed: {error}");
            }
        }
    }
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
