//! A ticket as the API writes it: the properties that were asked for, all as text.

use super::super::api_error::ApiError;
use super::super::call::Fields;
use super::super::desk::doer::By;
use super::super::desk::ticket::{MORE_PROPERTIES, OWNER, Ticket, USUAL_PROPERTIES};
use super::super::request_log::written;
use super::associations;
use serde_json::{Map, Value, json};

/// Answered whatever is asked for.
const ALWAYS: [&str; 3] = ["createdate", "hs_lastmodifieddate", "hs_object_id"];

/// Which properties and associations an answer has.
pub struct Asked {
    pub properties: Vec<String>,
    /// Properties whose changes are asked for; of the owner alone they are kept.
    pub histories: Vec<String>,
    pub associations: Vec<associations::Kind>,
}

impl Asked {
    /// Reads `properties`, `propertiesWithHistory` and `associations`, each a list with commas.
    pub fn read(query: &Fields) -> Result<Self, ApiError> {
        let list = |name: &str| {
            let list = query.get(name).unwrap_or_default().split(',');
            let named = list.map(str::trim).filter(|name| !name.is_empty());
            named.map(str::to_owned).collect::<Vec<_>>()
        };
        let kinds = list("associations");
        let kinds = kinds.iter().map(|name| associations::Kind::read(name));
        Ok(Self {
            properties: list("properties"),
            histories: list("propertiesWithHistory"),
            associations: kinds.collect::<Result<_, _>>()?,
        })
    }

    /// The operation's `SimplePublicObjectWithAssociations`. Names that no ticket has are left out;
    /// a property without a value is null.
    pub fn public_ticket(&self, ticket: &Ticket) -> Value {
        let usual = USUAL_PROPERTIES.iter().chain(&MORE_PROPERTIES).copied();
        let asked = usual.filter(|name| {
            let is_usual = self.properties.is_empty() && USUAL_PROPERTIES.contains(name);
            let is_asked = self.properties.iter().any(|asked| asked == name);
            is_usual || is_asked || ALWAYS.contains(name)
        });
        let properties: Map<String, Value> = asked
            .map(|name| (name.to_owned(), value(ticket, name)))
            .collect();
        let mut json = json!({
            "id": ticket.id.to_string(),
            "properties": properties,
            "createdAt": written(ticket.created_at),
            "updatedAt": written(ticket.updated_at),
            "archived": ticket.is_archived,
        });
        let associated: Map<String, Value> = self
            .associations
            .iter()
            .filter_map(|kind| kind.of_ticket(ticket))
            .collect();
        if let (false, Some(fields)) = (associated.is_empty(), json.as_object_mut()) {
            fields.insert("associations".to_owned(), Value::Object(associated));
        }
        let wants_owners = self.histories.iter().any(|name| name == OWNER);
        if let (true, Some(fields)) = (wants_owners, json.as_object_mut()) {
            let histories = json!({ OWNER: owner_history(ticket) });
            fields.insert("propertiesWithHistory".to_owned(), histories);
        }
        json
    }
}

/// The description's `ValueWithTimestamp` for each change, the newest first.
fn owner_history(ticket: &Ticket) -> Value {
    let changes = ticket.owner_changes.iter().rev().map(|change| {
        let (source_type, source_id) = change.by.source_of_record();
        let mut json = json!({
            "value": change.owner, "timestamp": written(change.at),
            "sourceType": source_type, "sourceId": source_id,
        });
        if let (By::Person(user), Some(fields)) = (change.by, json.as_object_mut()) {
            fields.insert("updatedByUserId".to_owned(), json!(user));
        }
        json
    });
    changes.collect()
}

fn value(ticket: &Ticket, name: &str) -> Value {
    match name {
        "createdate" => json!(written(ticket.created_at)),
        "hs_lastmodifieddate" => json!(written(ticket.updated_at)),
        _ => ticket
            .properties
            .get(name)
            .map_or(Value::Null, |value| json!(value)),
    }
}
