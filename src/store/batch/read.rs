//! What a batch reads once its records are locked: receipts, portals and the clocks. In a
//! statement of its own, since one that also waits for locks sees the past.

use super::statement::statement;
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::time::{Span, Timestamp};
use crate::store::error::StoreError;
use crate::store::portals::{connection_named, mode_named, zone_named};
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, Text, Timestamptz};
use std::collections::HashMap;

/// The key under which a request happens once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptKey {
    /// The portal.
    pub portal: PortalId,
    /// Whose key it is.
    pub source: ReceiptSource,
    /// HubSpot's callback id, or the caller's `Idempotency-Key`.
    pub key: String,
}

impl ReceiptKey {
    /// A callback id of HubSpot's.
    pub fn callback(portal: PortalId, callback_id: &str) -> Self {
        Self {
            portal,
            source: ReceiptSource::HubSpot,
            key: callback_id.to_owned(),
        }
    }

    /// An idempotency key of the API, separate for each thread's own space of keys.
    pub fn api(portal: PortalId, thread: ThreadId, key: &str) -> Self {
        Self {
            portal,
            source: ReceiptSource::Api,
            key: format!("{thread}:{key}"),
        }
    }
}

/// Whose key a receipt is kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptSource {
    /// HubSpot's callback ids.
    HubSpot,
    /// The API's idempotency keys.
    Api,
}

impl ReceiptSource {
    /// The name in the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HubSpot => "hubspot",
            Self::Api => "api",
        }
    }
}

/// What was answered under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// SHA-256 of what was asked.
    pub request_hash: [u8; 32],
    /// The bytes of the answer.
    pub answer: Vec<u8>,
}

/// What a batch knows beside its records.
pub struct Read {
    /// The database's clock.
    pub now: Timestamp,
    /// How far HubSpot's clock is ahead of it; none until a `Date` header was seen.
    pub hubspot_offset: Option<Span>,
    /// The receipts that exist among those asked for.
    pub receipts: HashMap<ReceiptKey, Receipt>,
    /// The portals that have a row.
    pub portals: HashMap<PortalId, Portal>,
}

type Columns = (
    Timestamptz,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Bytea>,
    Nullable<Bytea>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Bool>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
);

statement! {
    ReadAll -> Columns {
        portals: Array<BigInt> => Vec<i64>,
        sources: Array<Text> => Vec<&'static str>,
        keys: Array<Text> => Vec<String>,
        places: Array<BigInt> => Vec<i64>,
        distinct_portals: Array<BigInt> => Vec<i64>,
    }
    "SELECT clock_timestamp(), (SELECT offset_ms FROM hubspot_clock), NULL::bigint, NULL::bytea, \
            NULL::bytea, NULL::bigint, NULL::text, NULL::bool, NULL::bigint, NULL::text, NULL::text, \
            NULL::text, NULL::timestamptz, NULL::timestamptz \
     UNION ALL \
     SELECT now(), NULL, k.place, r.request_hash, r.answer, NULL, NULL, NULL, NULL, NULL, NULL, \
            NULL, NULL, NULL \
     FROM (SELECT unnest(?) AS portal_id, unnest(?) AS source, unnest(?) AS key, \
                  unnest(?) AS place) AS k \
     JOIN action_receipts r USING (portal_id, source, key) \
     UNION ALL \
     SELECT now(), NULL, NULL, NULL, NULL, p.portal_id, p.connection, p.ai_enabled, \
            p.ai_sender_user_id, p.policies::text, p.mode, p.time_zone, p.missed_until, \
            p.sender_changed_at \
     FROM (SELECT unnest(?) AS portal_id) AS w JOIN portals p USING (portal_id)"
}

type Row = (
    DateTime<Utc>,
    Option<i64>,
    Option<i64>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<i64>,
    Option<String>,
    Option<bool>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// Reads receipts, portals and clocks.
///
/// # Errors
/// Those of the database; [`StoreError::Unreadable`] if a receipt cannot be read, and
/// [`StoreError::Unexpected`] if a portal cannot: that concerns every command of it, and none of them
/// may be put aside for it.
pub fn read(
    conn: &mut PgConnection,
    keys: &[ReceiptKey],
    portals: &[PortalId],
) -> Result<Read, StoreError> {
    let statement = ReadAll {
        portals: keys.iter().map(|key| key.portal.0).collect(),
        sources: keys.iter().map(|key| key.source.name()).collect(),
        keys: keys.iter().map(|key| key.key.clone()).collect(),
        places: (0..).take(keys.len()).collect(),
        distinct_portals: portals.iter().map(|portal| portal.0).collect(),
    };
    let rows: Vec<Row> = statement.load(conn)?;
    let mut read = Read {
        now: Timestamp::from_millis(0),
        hubspot_offset: None,
        receipts: HashMap::new(),
        portals: HashMap::new(),
    };
    for row in rows {
        let (
            now,
            offset,
            place,
            hash,
            answer,
            portal,
            connection,
            ai_enabled,
            sender,
            policies,
            mode,
            zone,
            missed_until,
            sender_changed_at,
        ) = row;
        if let (Some(place), Some(hash), Some(answer)) = (place, hash, answer) {
            let key = usize::try_from(place)
                .ok()
                .and_then(|place| keys.get(place));
            let request_hash = hash
                .try_into()
                .map_err(|_| StoreError::Unreadable("a receipt's hash is not 32 bytes".into()))?;
            if let Some(key) = key {
                read.receipts.insert(
                    key.clone(),
                    Receipt {
                        request_hash,
                        answer,
                    },
                );
            }
        } else if let (Some(portal), Some(mode), Some(connection), Some(ai_enabled)) =
            (portal, mode, connection, ai_enabled)
        {
            let policies = serde_json::from_str(policies.as_deref().unwrap_or("{}"))
                .map_err(|error| StoreError::Unexpected(format!("policies: {error}")))?;
            let connection = connection_named(&connection)?;
            let gates = Portal {
                mode: mode_named(&mode)?,
                connection,
                ai_enabled,
                missed_until: missed_until.map(Timestamp::from),
                sender_changed_at: sender_changed_at.map(Timestamp::from),
                ai_sender: sender,
                time_zone: zone_named(zone.as_deref()),
                policies,
            };
            read.portals.insert(PortalId(portal), gates);
        } else {
            read.now = Timestamp::from(now);
            read.hubspot_offset = offset.map(Span::from_millis);
        }
    }
    Ok(read)
}
