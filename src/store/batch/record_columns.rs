//! A record's content as columns and back.

use crate::domain::alerts::Alerts;
use crate::domain::late::Release;
use crate::domain::loop_guard::Attempts;
use crate::domain::record::Record;
use crate::store::error::StoreError;
use serde::{Deserialize, Serialize};

/// The column `upkeep`: what is kept about a record without being shown.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Upkeep {
    #[serde(skip_serializing_if = "Attempts::is_empty")]
    attempts: Attempts,
    #[serde(skip_serializing_if = "Alerts::is_empty")]
    alerts: Alerts,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    releases: Vec<Release>,
}

/// The same on the way out, without a copy.
#[derive(Serialize)]
struct UpkeepRef<'a> {
    #[serde(skip_serializing_if = "Attempts::is_empty")]
    attempts: &'a Attempts,
    #[serde(skip_serializing_if = "Alerts::is_empty")]
    alerts: &'a Alerts,
    #[serde(skip_serializing_if = "<[Release]>::is_empty")]
    releases: &'a [Release],
}

/// Which columns of a record changed. Most commands leave most of them, and what is not sent is
/// not parsed again by PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    facts: bool,
    holds: bool,
    upkeep: bool,
}

impl Changed {
    /// Every one.
    pub const ALL: Self = Self {
        facts: true,
        holds: true,
        upkeep: true,
    };

    /// Those that differ between two contents of the same record.
    pub fn between(before: &Record, after: &Record) -> Self {
        Self {
            facts: before.facts != after.facts,
            holds: before.holds != after.holds,
            upkeep: before.attempts != after.attempts
                || before.alerts != after.alerts
                || before.releases != after.releases,
        }
    }

    /// Those that changed here or there.
    pub const fn or(self, other: Self) -> Self {
        Self {
            facts: self.facts || other.facts,
            holds: self.holds || other.holds,
            upkeep: self.upkeep || other.upkeep,
        }
    }
}

/// A record's content as JSON texts; none where it did not change.
pub(super) struct RecordColumns {
    pub(super) facts: Option<String>,
    pub(super) holds: Option<String>,
    pub(super) upkeep: Option<String>,
}

/// Reads a record out of its columns.
///
/// # Errors
/// [`StoreError::Unreadable`] if a column is not what this version writes.
pub fn read(facts: &str, holds: &str, upkeep: &str) -> Result<Record, StoreError> {
    let Upkeep {
        attempts,
        alerts,
        releases,
    } = parse(upkeep)?;
    Ok(Record {
        facts: parse(facts)?,
        holds: parse(holds)?,
        attempts,
        alerts,
        releases,
    })
}

/// Writes those of the columns that changed.
///
/// # Errors
/// [`StoreError::Unexpected`] if a value has no JSON form.
pub(super) fn write(record: &Record, changed: Changed) -> Result<RecordColumns, StoreError> {
    let upkeep = UpkeepRef {
        attempts: &record.attempts,
        alerts: &record.alerts,
        releases: &record.releases,
    };
    Ok(RecordColumns {
        facts: changed.facts.then(|| json(&record.facts)).transpose()?,
        holds: changed.holds.then(|| json(&record.holds)).transpose()?,
        upkeep: changed.upkeep.then(|| json(&upkeep)).transpose()?,
    })
}

/// Any value as JSON text.
pub fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unexpected(error.to_string()))
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, StoreError> {
    let unreadable = |error| StoreError::Unreadable(format!("a stored record: {error}"));
    serde_json::from_str(text).map_err(unreadable)
}
