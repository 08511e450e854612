//! How long events take until they are committed: counted in memory, added to the database every
//! few seconds, and published by portal and kind of event.

use crate::domain::ids::PortalId;
use crate::domain::latency::{bucket, summarize};
use crate::domain::time::{Span, Timestamp};
use crate::store::error::StoreError;
use crate::store::latency::{self, LatencyCount, LatencyKey, LatencyRow};
use crate::store::pool::{Store, read};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// More keys than this are not held while the database is away; what comes then is not counted.
const MOST_KEYS: usize = 50_000;

/// An event that was committed.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Its portal.
    pub portal: PortalId,
    /// Its kind.
    pub kind: &'static str,
    /// From its receipt until it was committed.
    pub took: Duration,
    /// From HubSpot's time of it until it was committed, as right as the two clocks agree.
    pub age: Span,
    /// When it was committed.
    pub committed_at: Timestamp,
}

/// The counts that are not in the database yet.
#[derive(Default)]
pub struct LatencyBook {
    counts: Mutex<HashMap<LatencyKey, LatencyCount>>,
}

impl LatencyBook {
    /// Counts an event.
    pub fn record(&self, event: Measured) {
        let took = u64::try_from(event.took.as_micros()).unwrap_or(u64::MAX);
        // HubSpot's clock may be ahead of ours.
        let age = u64::try_from(event.age.as_millis()).unwrap_or(0);
        let mut counts = self.lock();
        for (measure, micros) in [("received", took), ("occurred", age.saturating_mul(1_000))] {
            let key = LatencyKey {
                portal: event.portal,
                kind: event.kind,
                measure,
                minute: event.committed_at.as_millis().div_euclid(60_000),
                bucket: bucket(micros),
            };
            let count = LatencyCount {
                times: 1,
                longest_us: i64::try_from(micros).unwrap_or(i64::MAX),
            };
            add(&mut counts, key, count);
        }
    }

    /// Adds what was counted to the database. If that certainly failed, it is kept for the next time.
    /// Where nobody knows, since the database did not answer in time and may still commit, it is
    /// dropped: counted twice, every such second would weigh double in the percentiles.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn flush(&self, store: &Arc<Store>) -> Result<(), StoreError> {
        let taken = std::mem::take(&mut *self.lock());
        if taken.is_empty() {
            return Ok(());
        }
        let mut sorted: Vec<(LatencyKey, LatencyCount)> = taken.into_iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        // Whoever takes them first has them: the database, or, where it was not reached, the book.
        let waiting = Arc::new(Mutex::new(sorted));
        let to_add = Arc::clone(&waiting);
        let added = read(store, move |conn| {
            let counts = std::mem::take(&mut *lock(&to_add));
            let added = latency::add(conn, &counts);
            if matches!(added, Err(StoreError::Busy(_))) {
                // Certainly nothing was added.
                *lock(&to_add) = counts;
            }
            added
        })
        .await;
        let left = std::mem::take(&mut *lock(&waiting));
        let mut counts = self.lock();
        for (key, count) in left {
            add(&mut counts, key, count);
        }
        added
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LatencyKey, LatencyCount>> {
        lock(&self.counts)
    }
}

fn lock<T>(counts: &Mutex<T>) -> MutexGuard<'_, T> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(counts: &mut HashMap<LatencyKey, LatencyCount>, key: LatencyKey, count: LatencyCount) {
    if counts.len() >= MOST_KEYS && !counts.contains_key(&key) {
        return;
    }
    let sum = counts.entry(key).or_default();
    sum.times += count.times;
    sum.longest_us = sum.longest_us.max(count.longest_us);
}

/// A portal's latencies of the last hour and day, by kind of event, as the API shows them.
///
/// # Errors
/// Those of the database.
pub async fn read_latency(store: &Arc<Store>, portal: PortalId) -> Result<Value, StoreError> {
    let rows = read(store, move |conn| latency::of_portal(conn, portal)).await?;
    let mut kinds: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for of_measure in rows.chunk_by(|a, b| (&a.kind, &a.measure) == (&b.kind, &b.measure)) {
        let Some(first) = of_measure.first() else {
            continue;
        };
        let name = format!("{}_to_committed", first.measure);
        let shown = json!({
            "last_hour": shown(of_measure, |row| (row.times_hour, row.longest_hour)),
            "last_day": shown(of_measure, |row| (row.times_day, row.longest_day)),
        });
        kinds.entry(&first.kind).or_default().insert(name, shown);
    }
    Ok(json!({ "portal_id": portal.to_string(), "kinds": kinds }))
}

/// Null where there was none.
fn shown(rows: &[LatencyRow], column: fn(&LatencyRow) -> (i64, i64)) -> Value {
    let mut buckets = BTreeMap::new();
    let mut longest = 0;
    for row in rows {
        let (times, of_row) = column(row);
        let times = u64::try_from(times).unwrap_or_default();
        let place = u16::try_from(row.bucket).unwrap_or_default();
        if times > 0 {
            buckets.insert(place, times);
        }
        longest = longest.max(u64::try_from(of_row).unwrap_or_default());
    }
    summarize(&buckets, longest).map_or(Value::Null, |summary| {
        json!({
            "count": summary.count,
            "p50_ms": summary.p50_ms,
            "p95_ms": summary.p95_ms,
            "p99_ms": summary.p99_ms,
            "max_ms": summary.max_ms,
        })
    })
}
