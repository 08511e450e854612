//! An entry of a history as the API writes it.

use super::super::account::Account;
use super::super::desk::actor::Actor;
use super::super::desk::contact::Contact;
use super::super::desk::thread::{Item, Thread, What, Words};
use super::super::request_log::written;
use serde_json::{Value, json};

/// Longer texts come shortened, as HubSpot shortens long mails; the number is a guess.
const LONGEST_TEXT: usize = 50_000;

/// Whose names and addresses a history shows.
pub struct Names<'a> {
    pub account: &'a Account,
    pub contact: Option<&'a Contact>,
}

/// The operation's `PublicMessage`.
pub fn public_message(thread: &Thread, item: &Item, names: &Names<'_>) -> Value {
    let (client_type, app) = item.by.client();
    let mut client = json!({ "clientType": client_type });
    if let (Some(app), Some(fields)) = (app, client.as_object_mut()) {
        fields.insert("integrationAppId".to_owned(), json!(app));
    }
    let mut json = json!({
        "id": item.id,
        "conversationsThreadId": thread.id.to_string(),
        "createdAt": written(item.at),
        "updatedAt": written(item.at),
        "createdBy": item.actor.to_string(),
        "client": client,
        "senders": [names.sender(item.actor)],
        "recipients": [],
        "archived": false,
    });
    let more = match &item.what {
        What::Incoming(words) => message(thread, words, "INCOMING", Vec::new()),
        What::Outgoing(words) => message(thread, words, "OUTGOING", names.customer()),
        What::Comment(words) => {
            let rich_text = words.rich_text.clone();
            json!({
                "type": "COMMENT",
                "text": words.text,
                "richText": rich_text.unwrap_or_else(|| words.text.clone()),
                "attachments": [],
            })
        }
        What::Assignment(from, to) => {
            let mut json = json!({ "type": "ASSIGNMENT" });
            if let Some(fields) = json.as_object_mut() {
                for (name, actor) in [("assignedFrom", from), ("assignedTo", to)] {
                    let actor = actor.map(|actor| json!(actor.to_string()));
                    fields.extend(actor.map(|actor| (name.to_owned(), actor)));
                }
            }
            json
        }
        What::StatusChange(to) => {
            json!({ "type": "THREAD_STATUS_CHANGE", "newStatus": to.name() })
        }
    };
    if let (Some(fields), Value::Object(more)) = (json.as_object_mut(), more) {
        fields.extend(more);
    }
    json
}

fn message(thread: &Thread, words: &Words, direction: &str, recipients: Vec<Value>) -> Value {
    let shown: String = words.text.chars().take(LONGEST_TEXT).collect();
    let is_whole = shown.len() == words.text.len();
    let mut json = json!({
        "type": "MESSAGE",
        "direction": direction,
        "channelId": thread.channel.id(),
        "channelAccountId": thread.channel.account(),
        "text": shown,
        "truncationStatus": if is_whole { "NOT_TRUNCATED" } else { "TRUNCATED" },
        "attachments": [],
        "recipients": recipients,
        "status": { "statusType": if direction == "INCOMING" { "RECEIVED" } else { "SENT" } },
    });
    if let (Some(rich_text), Some(fields)) = (&words.rich_text, json.as_object_mut()) {
        fields.insert("richText".to_owned(), json!(rich_text));
    }
    json
}

impl Names<'_> {
    fn sender(&self, actor: Actor) -> Value {
        let name = match actor {
            Actor::Agent(id) => self.account.user(id).map(|user| user.name.to_owned()),
            Actor::Visitor(_) => self.contact.map(|contact| contact.name.clone()),
            Actor::CustomerAgent(_) => Some("Customer Agent".to_owned()),
            Actor::Integration(_) | Actor::System => None,
        };
        let mut sender = json!({ "actorId": actor.to_string(), "senderField": "FROM" });
        if let Some(fields) = sender.as_object_mut() {
            fields.extend(name.map(|name| ("name".to_owned(), json!(name))));
            if let (Actor::Visitor(_), Some(contact)) = (actor, self.contact) {
                fields.insert("deliveryIdentifier".to_owned(), identifier(contact));
            }
        }
        sender
    }

    fn customer(&self) -> Vec<Value> {
        let contact = self.contact.map(|contact| {
            json!({
                "actorId": Actor::Visitor(contact.id).to_string(),
                "name": contact.name,
                "recipientField": "TO",
                "deliveryIdentifier": identifier(contact),
            })
        });
        contact.into_iter().collect()
    }
}

fn identifier(contact: &Contact) -> Value {
    json!({ "type": "HS_EMAIL_ADDRESS", "value": contact.email })
}
