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

/// Reads a record out of its columns.
///
/// # Errors
/// [`StoreError::Unexpected`] if a column is not what this version writes.
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

/// Writes the columns `facts`, `holds` and `upkeep`.
///
/// # Errors
/// [`StoreError::Unexpected`] if a value has no JSON form.
pub fn write(record: &Record) -> Result<(String, String, String), StoreError> {
    let upkeep = UpkeepRef {
        attempts: &record.attempts,
        alerts: &record.alerts,
        releases: &record.releases,
    };
    Ok((json(&record.facts)?, json(&record.holds)?, json(&upkeep)?))
}

/// Any value as JSON text.
pub fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unexpected(error.to_string()))
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, StoreError> {
    let unreadable = |error| StoreError::Unexpected(format!("a stored record: {error}"));
    serde_json::from_str(text).map_err(unreadable)
}
