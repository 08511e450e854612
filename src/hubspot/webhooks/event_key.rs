//! What makes an event the same event. HubSpot may send one more than once and does not promise
//! that its id is unique (page "Webhooks", read 2026-11-22), so everything that tells two events
//! apart counts, but for the number of the attempt.

use super::fields::Fields;
use sha2::{Digest, Sha256};

/// What an event is about and when; the rest tells two changes of one moment apart.
const NAMING: [&str; 10] = [
    "objectId",
    "objectTypeId",
    "propertyName",
    "messageId",
    "occurredAt",
    "eventId",
    "associationType",
    "fromObjectId",
    "toObjectId",
    "primaryObjectId",
];
/// Values of any form, compared as JSON.
const VALUES: [&str; 3] = ["propertyValue", "associationRemoved", "mergedObjectIds"];

/// The key, within its portal.
pub fn of(fields: Fields<'_>, subscription_type: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut add = |part: &str| {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    };
    add(&subscription_type.to_ascii_lowercase());
    for name in NAMING {
        // An id that came as a text is the same id as a number.
        add(&fields.text(name));
    }
    for name in VALUES {
        add(&fields
            .get(name)
            .map(ToString::to_string)
            .unwrap_or_default());
    }
    hasher.finalize().into()
}
