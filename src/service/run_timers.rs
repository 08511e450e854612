//! What the clock brings: ends of pauses and windows, claim deadlines, alerts. A record that is due
//! is claimed by one replica, and a command without a receipt has the decider look at it: what is
//! due is found under the record's lock, so nothing of another epoch is ever done.

use crate::decider::Decider;
use crate::decider::command::{Body, Command, NotDecided};
use crate::domain::ids::{PortalId, ThreadId};
use crate::metrics::METRICS;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::timers::{self, DueRecord};
use std::sync::Arc;
use std::time::Duration;

/// Shorter than a claim, so that nobody else looks meanwhile.
const WITHIN: Duration = Duration::from_secs(8);

/// Claims up to `most` records of each kind that are due now.
///
/// # Errors
/// Those of the database.
pub async fn claim_due(store: &Arc<Store>, most: i32) -> Result<Vec<DueRecord>, StoreError> {
    read(store, move |conn| timers::claim_due(conn, most)).await
}

/// Has one of them looked at. One that is not decided is claimed again when its claim is over.
pub async fn look_at(decider: &Decider, due: DueRecord) {
    let command = Command {
        portal: due.portal,
        subject: due.subject,
        linked_ticket: due.linked_ticket,
        body: Body::Timer,
    };
    let outcome = match decider.decide(command, WITHIN).await {
        Ok(reply) if reply.verdict.is_some() => "acted",
        Ok(_) => "nothing_due",
        Err(NotDecided::Draining) => "draining",
        Err(error) => {
            let portal_id = due.portal.0;
            log::warn!(portal_id; "a timer could not look at its record: {error}");
            "failed"
        }
    };
    METRICS.timers.with_label_values(&[outcome]).inc();
}

/// After a change of policies: has timers look at every record of the portal that waits.
///
/// # Errors
/// Those of the database; calling it again goes on.
pub async fn look_again(store: &Arc<Store>, portal: PortalId) -> Result<(), StoreError> {
    let mut after = Some(ThreadId(0));
    while let Some(last) = after {
        after = read(store, move |conn| timers::look_again(conn, portal, last)).await?;
    }
    Ok(())
}
