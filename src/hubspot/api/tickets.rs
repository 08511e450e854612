//! Tickets (CRM tickets API description 2026-03, read 2026-11-22; scope `tickets`).

use super::request::{Body, Method, Request};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::time::Timestamp;
use crate::hubspot::lenient;
use serde_json::{Value, json};

/// HubSpot's largest batch.
pub const MAX_BATCH: usize = 100;

/// A batch that asks for histories holds at most half as many.
pub const MAX_HISTORY_BATCH: usize = 50;

const PATH: &str = "crm/objects/2026-03/tickets";

const OWNER: &str = "hubspot_owner_id";
const PROPERTIES: [&str; 5] = [
    OWNER,
    "hs_conversations_originating_thread_id",
    "hs_pipeline_stage",
    "hs_pipeline",
    "hs_lastmodifieddate",
];

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Who owns it.
    pub owner: TicketOwner,
    /// The newest change of that, if the request asked for it.
    pub owner_change: Option<OwnerChange>,
    /// The thread it was made from. HubSpot sets it once.
    pub originating_thread: Option<ThreadId>,
    /// The pipeline.
    pub pipeline: Option<String>,
    /// The stage in its pipeline.
    pub pipeline_stage: Option<String>,
    /// When any of its properties changed last.
    pub modified_at: Option<Timestamp>,
    /// Its contacts, if the request asked for them.
    pub contacts: Vec<i64>,
    /// In the recycling bin.
    pub is_archived: bool,
}

/// What `hubspot_owner_id` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketOwner {
    /// Nobody: null, or an empty text.
    Nobody,
    /// An owner's id, which is not a user's.
    Owner(i64),
    /// The answer leaves it out, or it is no id. Not the same as nobody: that would free the AI.
    NotSaid,
}

/// What a batch found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketBatch {
    /// The tickets that were read.
    pub found: Vec<Ticket>,
    /// Those that HubSpot says do not exist. A ticket in neither list is just not known.
    pub not_found: Vec<TicketId>,
}

/// How a ticket's owner field came to be what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerHistory {
    /// The ticket.
    pub id: TicketId,
    /// The newest change; none: it was never set.
    pub newest: Option<OwnerChange>,
}

/// One change of an owner field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerChange {
    /// Whom it names since then.
    pub owner: TicketOwner,
    /// When; none: HubSpot did not say.
    pub at: Option<Timestamp>,
    /// What kind of thing changed it, by HubSpot's word.
    pub source_type: Option<Value>,
    /// Which one.
    pub source_id: Option<Value>,
}

/// One ticket, with its contacts.
pub fn get(ticket: TicketId) -> Request<Ticket> {
    Request::get("tickets.get", format!("{PATH}/{ticket}"), read)
        .query("properties", PROPERTIES.join(","))
        .query("associations", "contacts")
}

/// Up to [`MAX_BATCH`] tickets; further ones are left out. The batch has no associations.
pub fn batch(tickets: &[TicketId]) -> Request<TicketBatch> {
    let body = json!({
        "inputs": inputs(tickets, MAX_BATCH),
        "properties": PROPERTIES,
        "propertiesWithHistory": [],
    });
    Request::get("tickets.batch", format!("{PATH}/batch/read"), read_batch)
        .with(Method::Post, Body::Json(body))
}

/// Up to [`MAX_HISTORY_BATCH`] tickets, each with the newest change of its owner; further ones are
/// left out.
pub fn batch_with_changes(tickets: &[TicketId]) -> Request<TicketBatch> {
    let body = json!({
        "inputs": inputs(tickets, MAX_HISTORY_BATCH),
        "properties": PROPERTIES,
        "propertiesWithHistory": [OWNER],
    });
    Request::get("tickets.changes", format!("{PATH}/batch/read"), read_batch)
        .with(Method::Post, Body::Json(body))
}

fn inputs(tickets: &[TicketId], most: usize) -> Vec<Value> {
    let inputs = tickets.iter().take(most);
    inputs
        .map(|ticket| json!({ "id": ticket.to_string() }))
        .collect()
}

/// The newest tickets, up to [`MAX_BATCH`] of them (operation `post-/crm/objects/2026-03/tickets/
/// search_doSearch`; its sorts as the page "Search the CRM" writes them, read 2026-11-22).
pub fn newest() -> Request<Vec<TicketId>> {
    let body = json!({
        "filterGroups": [],
        "sorts": [{ "propertyName": "createdate", "direction": "DESCENDING" }],
        "properties": ["createdate"],
        "limit": MAX_BATCH,
        "after": "0",
    });
    Request::get("tickets.newest", format!("{PATH}/search"), read_ids)
        .with(Method::Post, Body::Json(body))
}

fn read_ids(body: &Value) -> Result<Vec<TicketId>, &'static str> {
    let results = body.get("results").and_then(Value::as_array);
    let ids = results.ok_or("it holds no list of results")?.iter();
    ids.map(|value| value.get("id").and_then(lenient::id).map(TicketId))
        .collect::<Option<_>>()
        .ok_or("a ticket has no id")
}

/// The histories of up to [`MAX_HISTORY_BATCH`] owner fields; further ones are left out. A ticket
/// that is not there is not in the answer.
pub fn owner_histories(tickets: &[TicketId]) -> Request<Vec<OwnerHistory>> {
    let body = json!({
        "inputs": inputs(tickets, MAX_HISTORY_BATCH),
        "properties": [],
        "propertiesWithHistory": [OWNER],
    });
    let path = format!("{PATH}/batch/read");
    Request::get("tickets.histories", path, read_histories).with(Method::Post, Body::Json(body))
}

fn read_histories(body: &Value) -> Result<Vec<OwnerHistory>, &'static str> {
    let results = body.get("results").and_then(Value::as_array);
    let results = results.ok_or("it holds no list of results")?.iter();
    results.map(read_history).collect()
}

fn read_history(value: &Value) -> Result<OwnerHistory, &'static str> {
    let id = value.get("id").and_then(lenient::id);
    Ok(OwnerHistory {
        id: id.map(TicketId).ok_or("a ticket has no id")?,
        newest: newest_change(value),
    })
}

fn newest_change(ticket: &Value) -> Option<OwnerChange> {
    let histories = ticket.get("propertiesWithHistory");
    let changes = histories.and_then(|histories| histories.get(OWNER));
    let changes = changes.and_then(Value::as_array).into_iter().flatten();
    let made_at = |change: &Value| change.get("timestamp").and_then(lenient::time);
    // HubSpot lists the newest first, so of two of one moment that is the later one.
    let newest = changes.rev().max_by_key(|change| made_at(change))?;
    Some(OwnerChange {
        owner: owner(newest.get("value")),
        at: made_at(newest),
        source_type: newest.get("sourceType").cloned(),
        source_id: newest.get("sourceId").cloned(),
    })
}

fn read_batch(body: &Value) -> Result<TicketBatch, &'static str> {
    let results = body.get("results").and_then(Value::as_array);
    let errors = body.get("errors").and_then(Value::as_array);
    let is_absence =
        |error: &&Value| error.get("category").and_then(Value::as_str) == Some("OBJECT_NOT_FOUND");
    let absent = errors.into_iter().flatten().filter(is_absence);
    let ids = absent.filter_map(|error| error.pointer("/context/ids")?.as_array());
    Ok(TicketBatch {
        found: results
            .ok_or("it holds no list of results")?
            .iter()
            .map(read)
            .collect::<Result<_, _>>()?,
        not_found: ids
            .flatten()
            .filter_map(lenient::id)
            .map(TicketId)
            .collect(),
    })
}

fn read(value: &Value) -> Result<Ticket, &'static str> {
    let property = |name: &str| value.get("properties")?.get(name);
    let text = |name: &str| property(name).and_then(lenient::text);
    let contacts = value.pointer("/associations/contacts/results");
    let contacts = contacts.and_then(Value::as_array).into_iter().flatten();
    let id = value.get("id").and_then(lenient::id);
    Ok(Ticket {
        id: id.map(TicketId).ok_or("a ticket has no id")?,
        owner: owner(property(OWNER)),
        owner_change: newest_change(value),
        originating_thread: property("hs_conversations_originating_thread_id")
            .and_then(lenient::id)
            .map(ThreadId),
        pipeline: text("hs_pipeline"),
        pipeline_stage: text("hs_pipeline_stage"),
        modified_at: property("hs_lastmodifieddate").and_then(lenient::time),
        contacts: contacts
            .filter_map(|contact| contact.get("id").and_then(lenient::id))
            .collect(),
        is_archived: value.get("archived").and_then(Value::as_bool) == Some(true),
    })
}

fn owner(value: Option<&Value>) -> TicketOwner {
    match value {
        Some(Value::Null) => TicketOwner::Nobody,
        Some(Value::String(text)) if text.is_empty() => TicketOwner::Nobody,
        Some(value) => lenient::id(value).map_or(TicketOwner::NotSaid, TicketOwner::Owner),
        None => TicketOwner::NotSaid,
    }
}
