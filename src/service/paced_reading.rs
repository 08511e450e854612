//! Reading in the background: one call after the other, with a pause between, so that it takes no
//! more than its share of a portal's budget of calls.

use super::call_hubspot::CallError;
use super::follower::{Follower, NotTold};
use super::take_in::Reading;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::request::Request;
use crate::store::error::StoreError;
use std::time::Duration;

/// How fast a round reads.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two calls.
    pub between_calls: Duration,
    /// Calls in one round, at most; then others get their turn.
    pub calls: u32,
}

impl Pace {
    /// 5 calls in 10 s: below 5 % of the 110 that HubSpot allows (page "API usage guidelines",
    /// read 2026-11-22).
    pub const USUAL: Self = Self {
        between_calls: Duration::from_secs(2),
        calls: 20,
    };
}

/// Why a round came to an end before its time.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// HubSpot gave nothing.
    #[error(transparent)]
    HubSpot(#[from] CallError),
    /// What it gave was not taken in.
    #[error(transparent)]
    NotTakenIn(#[from] NotTold),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The calls of one round.
pub(super) struct Round<'a> {
    pub(super) follower: &'a Follower,
    pub(super) portal: PortalId,
    pace: Pace,
    made: u32,
}

impl<'a> Round<'a> {
    pub(super) const fn new(follower: &'a Follower, portal: PortalId, pace: Pace) -> Self {
        Self {
            follower,
            portal,
            pace,
            made: 0,
        }
    }

    /// True if the round has calls left.
    pub(super) const fn has_calls(&self) -> bool {
        self.made < self.pace.calls
    }

    /// True if less than half of them are left.
    pub(super) const fn is_half_over(&self) -> bool {
        self.made * 2 >= self.pace.calls
    }

    /// Makes a call, once its time has come.
    pub(super) async fn ask<T>(
        &mut self,
        request: &Request<T>,
    ) -> Result<(T, Timestamp), CallError> {
        tokio::time::sleep(self.pace.between_calls).await;
        self.made += 1;
        let lane = Lane::PropertiesAndSweep;
        self.follower
            .hubspot
            .ask_timed(self.portal, lane, request)
            .await
    }

    pub(super) const fn reading(&self, began_at: Timestamp) -> Reading {
        Reading {
            portal: self.portal,
            lane: Lane::PropertiesAndSweep,
            began_at,
        }
    }
}
