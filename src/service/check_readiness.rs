//! Whether this replica can do its work now.

use crate::decider::Decider;
use crate::domain::time::{Span, Timestamp};
use crate::metrics::METRICS;
use crate::store::error::StoreError;
use crate::store::health::{ServerState, server_state};
use crate::store::hubspot_clock;
use crate::store::migrate::is_up_to_date;
use crate::store::pool::{Store, read};
use std::sync::Arc;

/// With a clock further off than this, every request signed with a time would be refused.
pub const MOST_CLOCK_OFFSET: Span = Span::from_secs(30);

/// Why a replica cannot work.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The database cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Migrations are missing.
    #[error("the database is not up to date; run `baton migrate`")]
    NotMigrated,
    /// The database takes no writes.
    #[error("the database is a standby and takes no writes")]
    InRecovery,
    /// The clocks differ.
    #[error(
        "this machine's clock is {offset_ms} ms off the database's; \
         HubSpot's signed requests would be refused: set the clock (for instance with NTP)"
    )]
    ClockDrift {
        /// Milliseconds ahead (or behind, negative).
        offset_ms: i64,
    },
    /// HubSpot's clock, which dates its requests, differs from ours.
    #[error(
        "this machine's clock is {offset_ms} ms off HubSpot's, as its answers show; \
         its signed requests would be refused: set the clock (for instance with NTP)"
    )]
    HubSpotDrift {
        /// Milliseconds ahead (or behind, negative).
        offset_ms: i64,
    },
    /// A writer thread is down.
    #[error("a writer is down and starts again")]
    WriterDown,
}

/// Checks database, schema, clock and writers. `now` is this machine's clock.
///
/// # Errors
/// The first reason found.
pub async fn check_readiness(
    store: &Arc<Store>,
    decider: &Decider,
    now: impl Fn() -> Timestamp + Send + 'static,
) -> Result<ServerState, NotReady> {
    if !decider.is_alive() {
        return Err(NotReady::WriterDown);
    }
    let (state, up_to_date, offset, hubspot_ahead) = read(store, move |conn| {
        let up_to_date = is_up_to_date(conn)?;
        let state = server_state(conn)?;
        let offset = now() - Timestamp::from(state.now);
        let hubspot_ahead = match up_to_date {
            true => hubspot_clock::seen_lately(conn)?,
            false => None,
        };
        Ok((state, up_to_date, offset, hubspot_ahead))
    })
    .await?;
    METRICS.clock_offset_ms.set(offset.as_millis());
    if state.in_recovery {
        return Err(NotReady::InRecovery);
    }
    if !up_to_date {
        return Err(NotReady::NotMigrated);
    }
    if offset.as_millis().abs() > MOST_CLOCK_OFFSET.as_millis() {
        return Err(NotReady::ClockDrift {
            offset_ms: offset.as_millis(),
        });
    }
    if let Some(hubspot_ahead) = hubspot_ahead {
        let off_hubspot = offset.as_millis() - hubspot_ahead.as_millis();
        if off_hubspot.abs() > MOST_CLOCK_OFFSET.as_millis() {
            return Err(NotReady::HubSpotDrift {
                offset_ms: off_hubspot,
            });
        }
    }
    Ok(state)
}
