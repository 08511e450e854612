//! `POST /conversations/v3/conversations/threads/{threadId}/messages`: an app writes to a customer in
//! a user's name, or leaves a note.

use super::super::account::Account;
use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::desk::actor::Actor;
use super::super::desk::thread::{Thread, Words};
use super::super::simulation::Simulation;
use super::message_json::public_message;
use super::threads::{WRITE, present, read_json, refusal, thread_id, through_api};
use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Egg {
    #[serde(rename = "type")]
    kind: String,
    text: String,
    rich_text: Option<String>,
    /// The OpenAPI file requires it of both kinds; a sample of the guide leaves it out of a note.
    attachments: Option<Vec<Value>>,
    sender_actor_id: Option<String>,
    channel_id: Option<String>,
    channel_account_id: Option<String>,
    recipients: Option<Vec<Recipient>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    delivery_identifiers: Option<Vec<Identifier>>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

/// Sends it.
pub fn send(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, WRITE, |world, caller| {
        let id = thread_id(call)?;
        let egg: Egg = read_json(call)?;
        let thread = present(world, caller, id)?;
        if thread.is_archived {
            return Err(ApiError::not_found("thread not found"));
        }
        let account = world.accounts.get(&caller.portal);
        let account = account.ok_or_else(ApiError::unauthenticated)?;
        let sender = egg
            .judge(account, &thread)
            .map_err(|what| ApiError::invalid(&format!("Invalid input: {what}")))?;
        let words = Words {
            text: egg.text,
            rich_text: egg.rich_text,
        };
        let doer = through_api(caller, now);
        let written = world.on_desk(caller.portal, |desk| match sender {
            Some(sender) => desk.reply(id, sender, words, doer),
            None => desk.comment(id, words, doer),
        });
        let message = written.and_then(|done| done).map_err(refusal)?;
        let thread = present(world, caller, id)?;
        let names = world.names(caller.portal, &thread)?;
        let item = thread.items.iter().find(|item| item.id == message);
        let item = item.ok_or_else(|| ApiError::not_found("message not found"))?;
        Ok(HttpResponse::Created().json(public_message(&thread, item, &names)))
    })
}

impl Egg {
    /// Who sends it; nobody sends a note. Otherwise what is wrong.
    fn judge(&self, account: &Account, thread: &Thread) -> Result<Option<Actor>, String> {
        if self.attachments.is_none() {
            return Err("attachments is required".to_owned());
        }
        match self.kind.as_str() {
            "COMMENT" => return Ok(None),
            "MESSAGE" => {}
            _ => return Err("type must be one of: [MESSAGE, COMMENT]".to_owned()),
        }
        let sender = self.sender_actor_id.as_deref().and_then(Actor::read);
        let Some(Actor::Agent(user)) = sender else {
            return Err("senderActorId must be an agent's, for instance A-1".to_owned());
        };
        if account.user(user).is_none() {
            return Err(format!("A-{user} is not an agent of this account"));
        }
        if self.channel_id.as_deref() != Some(thread.channel.id())
            || self.channel_account_id.as_deref() != Some(thread.channel.account())
        {
            return Err("channelId and channelAccountId are not the thread's".to_owned());
        }
        let recipients = self.recipients.as_deref().unwrap_or_default();
        let is_known = |identifier: &Identifier| {
            let kinds = [
                "CHANNEL_SPECIFIC_OPAQUE_ID",
                "HS_EMAIL_ADDRESS",
                "HS_PHONE_NUMBER",
                "HS_SHORT_CODE",
            ];
            kinds.contains(&identifier.kind.as_str()) && !identifier.value.is_empty()
        };
        let can_be_reached = |recipient: &Recipient| {
            let identifiers = recipient
                .delivery_identifiers
                .as_deref()
                .unwrap_or_default();
            !identifiers.is_empty() && identifiers.iter().all(is_known)
        };
        if recipients.is_empty() || !recipients.iter().all(can_be_reached) {
            return Err("recipients need deliveryIdentifiers with type and value".to_owned());
        }
        Ok(sender)
    }
}
