//! Associations of tickets with conversations. The page "Webhooks" (read 2026-11-22) lists names
//! such as `CONTACT_TO_COMPANY`, none of them with a conversation, so any plausible one is read.

use super::fields::{Fields, Unusable};
use super::happened::Happened;
use crate::domain::ids::{ThreadId, TicketId};
use serde_json::Value;

/// What HubSpot calls a conversation where it names associations.
const THREAD: [&str; 2] = ["THREAD", "CONVERSATION"];

/// Reads the change of an association.
pub fn read(fields: Fields<'_>) -> Result<Happened, Unusable> {
    let name = fields.text("associationType").to_ascii_uppercase();
    let (ticket, thread) = match name.split_once("_TO_") {
        Some(("TICKET", to)) if THREAD.contains(&to) => ("fromObjectId", "toObjectId"),
        Some((from, "TICKET")) if THREAD.contains(&from) => ("toObjectId", "fromObjectId"),
        Some(_) | None => return Ok(Happened::NothingOfUse),
    };
    let ticket = TicketId(fields.id(ticket)?);
    let thread = ThreadId(fields.id(thread)?);
    let is_removed = match fields.get("associationRemoved") {
        None => false,
        Some(Value::Bool(is_removed)) => *is_removed,
        Some(value) => value.as_str() == Some("true"),
    };
    Ok(match is_removed {
        // A link is only ever replaced by a newer one: taking one away could only free the AI.
        true => Happened::NothingOfUse,
        false => Happened::TicketLinked { ticket, thread },
    })
}
