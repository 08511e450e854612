//! How many calls an account has had in the last seconds.

use super::clock::after;
use super::options::RateLimit;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, VecDeque};

/// Calls of every account. Each app has a budget of its own, and so has a private app.
pub(super) struct RateLimits {
    limit: RateLimit,
    calls: BTreeMap<(PortalId, i64), VecDeque<DateTime<Utc>>>,
}

/// What is left for an account after a call.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    limit: RateLimit,
    /// `None`: this call was one too many.
    remaining: Option<usize>,
}

impl RateLimits {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            calls: BTreeMap::new(),
        }
    }

    /// Counts a call of an app to an account, if there is room for one.
    pub(super) fn count(&mut self, portal: PortalId, app: i64, now: DateTime<Utc>) -> Budget {
        let limit = self.limit;
        let calls = self.calls.entry((portal, app)).or_default();
        while calls
            .front()
            .is_some_and(|call| after(*call, limit.within) <= now)
        {
            calls.pop_front();
        }
        let remaining = limit.calls.checked_sub(calls.len() + 1);
        if remaining.is_some() {
            calls.push_back(now);
        }
        Budget { limit, remaining }
    }
}

impl Budget {
    pub(super) fn is_spent(self) -> bool {
        self.remaining.is_none()
    }

    /// The headers HubSpot puts on every answer to an app installed by OAuth.
    pub(super) fn write_on(self, response: &mut HttpResponse) {
        let headers = response.headers_mut();
        let mut put = |name, number: u64| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
        };
        let whole = |count| u64::try_from(count).unwrap_or(u64::MAX);
        put("x-hubspot-ratelimit-max", whole(self.limit.calls));
        put(
            "x-hubspot-ratelimit-remaining",
            whole(self.remaining.unwrap_or(0)),
        );
        let interval = u64::try_from(self.limit.within.as_millis()).unwrap_or(u64::MAX);
        put("x-hubspot-ratelimit-interval-milliseconds", interval);
    }
}
