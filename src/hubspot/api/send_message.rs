//! Says something in a thread: to the customer, or to the portal's users (conversations API
//! description v3, read 2026-11-22; scope `conversations.write`). An app cannot send as itself.

use super::messages::{self, HistoryItem, Party};
use super::request::{Body, Method, Request};
use super::threads;
use crate::domain::ids::{ChannelId, ThreadId};
use serde_json::{Value, json};

/// A message to the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The user in whose name it is sent.
    pub sender_user_id: i64,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub rich_text: Option<String>,
    /// Of an e-mail.
    pub subject: Option<String>,
    /// The channel of the newest message.
    pub channel: ChannelId,
    /// The account of that channel.
    pub channel_account: i64,
    /// To whom: the parties of the newest message.
    pub recipients: Vec<Party>,
}

/// Sends a message to the customer. The answer is the item that was made.
pub fn send(thread: ThreadId, message: &NewMessage) -> Request<HistoryItem> {
    let recipients: Vec<Value> = message.recipients.iter().map(recipient).collect();
    let mut body = json!({
        "type": "MESSAGE",
        "text": message.text,
        "senderActorId": format!("A-{}", message.sender_user_id),
        "channelId": message.channel.to_string(),
        "channelAccountId": message.channel_account.to_string(),
        "recipients": recipients,
        "attachments": [],
    });
    put(&mut body, "richText", message.rich_text.as_deref());
    put(&mut body, "subject", message.subject.as_deref());
    post("messages.send", thread, body)
}

/// Leaves a comment, which only the portal's users see. The API description requires
/// `attachments`, though the guide leaves it out.
pub fn comment(thread: ThreadId, text: &str) -> Request<HistoryItem> {
    let body = json!({ "type": "COMMENT", "text": text, "attachments": [] });
    post("messages.comment", thread, body)
}

fn post(endpoint: &'static str, thread: ThreadId, body: Value) -> Request<HistoryItem> {
    let path = format!("{}/messages", threads::path(thread));
    Request::get(endpoint, path, messages::read).with(Method::Post, Body::Json(body))
}

fn recipient(party: &Party) -> Value {
    let addresses = party.address.iter();
    let addresses: Vec<Value> = addresses
        .map(|address| json!({ "type": address.kind, "value": address.value }))
        .collect();
    let mut recipient = json!({ "deliveryIdentifiers": addresses });
    let actor = party.actor.as_ref().map(ToString::to_string);
    put(&mut recipient, "actorId", actor.as_deref());
    put(&mut recipient, "name", party.name.as_deref());
    put(&mut recipient, "recipientField", party.field.as_deref());
    recipient
}

/// Absent, rather than null: HubSpot refuses null in some fields.
fn put(object: &mut Value, name: &str, value: Option<&str>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(name.to_owned(), value.into());
    }
}
