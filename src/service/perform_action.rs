//! A workflow's action: from a verified, parsed call to a committed answer. HubSpot is asked only
//! where it must be: for the conversation of Send to AI, and for those of a contact.

use super::access_token::TokenError;
use super::allow_portal::PortalGuard;
use super::call_hubspot::CallError;
use super::follower::Follower;
use super::look_up_threads::{self, NotFound};
use crate::decider::command::{AnswerShape, Body, Command, NotDecided, Once, Reply};
use crate::domain::actor::Requester;
use crate::domain::command::{Ask, Reach, Subject, What};
use crate::domain::explain::TEST_RUN;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::hubspot::action_call::{ActionCall, CalledObject};
use crate::hubspot::action_kind::ActionKind;
use crate::hubspot::asks;
use crate::hubspot::input_reader::Misfit;
use crate::store::action_receipts;
use crate::store::batch::read::ReceiptKey;
use crate::store::error::StoreError;
use crate::store::pool::read;
use futures_util::future::try_join_all;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// An action is answered within 3 s in all; this much of it may go into waiting for the database.
const WITHIN: Duration = Duration::from_millis(2_500);

/// Conversations of a contact that an action reaches, beside the one whose customer wrote last: all of
/// them within the time in which HubSpot waits. Shared mailboxes and test contacts may have more; those
/// whose customer wrote longest ago are left out, and it is said so.
const MOST_OF_CONTACT: usize = 50;

/// An action that was performed.
#[derive(Debug)]
pub struct Performed {
    /// The committed answer.
    pub reply: Reply,
    /// Open conversations of its contact that it did not reach.
    pub left_out: usize,
}

impl From<Reply> for Performed {
    fn from(reply: Reply) -> Self {
        Self { reply, left_out: 0 }
    }
}

/// Why an authentic call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum NotPerformed {
    /// The portal may not use this Baton.
    #[error("the portal is not allowed")]
    PortalNotAllowed,
    /// The database could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The command was not decided.
    #[error(transparent)]
    NotDecided(#[from] NotDecided),
}

/// Performs an action once for its callback id.
///
/// # Errors
/// See [`NotPerformed`].
pub async fn perform_action(
    follower: &Arc<Follower>,
    guard: &PortalGuard,
    kind: ActionKind,
    call: &ActionCall,
) -> Result<Performed, NotPerformed> {
    let performed = tokio::time::timeout(WITHIN, perform(follower, guard, kind, call)).await;
    let too_late = || NotDecided::TimedOut("not all was known in time".to_owned());
    performed.unwrap_or_else(|_| Err(too_late().into()))
}

async fn perform(
    follower: &Arc<Follower>,
    guard: &PortalGuard,
    kind: ActionKind,
    call: &ActionCall,
) -> Result<Performed, NotPerformed> {
    if !guard.allows(call.portal).await? {
        return Err(NotPerformed::PortalNotAllowed);
    }
    let action = Action {
        portal: call.portal,
        callback: call.callback_id.as_str(),
        hash: request_hash(kind, call),
        ask: ask(kind, call),
    };
    let named = match action.ask.reach {
        Reach::Thread(id) => Some(id),
        Reach::AllOpen | Reach::Latest | Reach::Originating => None,
    };
    match (&call.object, named) {
        (CalledObject::Ticket(ticket), _) => {
            let thread = named.or(call.originating_thread);
            on_ticket(follower, &action, *ticket, thread).await
        }
        // Nothing HubSpot could say makes its input fit.
        (CalledObject::Contact(_), None) if matches!(action.ask.what, What::Unfit(_)) => {
            Ok(decide(follower, action.on(None, None)).await?.into())
        }
        (CalledObject::Contact(contact), None) => on_contact(follower, &action, *contact).await,
        // Without a ticket, the property of some other object names no conversation of ours.
        (CalledObject::Contact(_) | CalledObject::Other { .. } | CalledObject::None, _) => {
            Ok(decide(follower, action.on(None, named)).await?.into())
        }
    }
}

async fn on_ticket(
    follower: &Arc<Follower>,
    action: &Action<'_>,
    ticket: TicketId,
    thread: Option<ThreadId>,
) -> Result<Performed, NotPerformed> {
    let command = || action.on(Some(ticket), thread);
    match decide(follower, command()).await {
        Err(NotDecided::NeedsThread) => {}
        decided => {
            if thread.is_none() && decided.is_ok() {
                // What is recorded counts for its conversations from the moment they are seen.
                follower.look_up(action.portal, ticket);
            }
            return Ok(decided?.into());
        }
    }
    // Only Send to AI comes here: it is about one conversation, and none is known.
    match look_up_threads::of_ticket(follower, action.portal, ticket).await {
        Ok(true) => Ok(decide(follower, command()).await?.into()),
        Ok(false) => Ok(decide(follower, action.on(None, None)).await?.into()),
        Err(error) => {
            let portal_id = action.portal.0;
            log::warn!(portal_id; "the conversation of ticket {ticket} is not known: {error}");
            Err(NotDecided::NeedsThread.into())
        }
    }
}

/// A contact has no record of its own: what is asked for one is asked for its conversations that
/// are open now, each in a command of its own. The one whose customer wrote last is decided last,
/// and its answer is for all of them: until it is there, a repeat does all again, and each
/// command's own receipt keeps it from happening twice.
async fn on_contact(
    follower: &Arc<Follower>,
    action: &Action<'_>,
    contact: i64,
) -> Result<Performed, NotPerformed> {
    let key = ReceiptKey::callback(action.portal, action.callback);
    let is_repeat = read(&follower.store, move |conn| {
        action_receipts::exists(conn, &key)
    });
    if is_repeat.await? {
        return Ok(decide(follower, action.on(None, None)).await?.into());
    }
    let found = look_up_threads::of_contact(follower, action.portal, contact).await;
    let found = match found {
        Ok(found) => found,
        // Nothing is known of a portal without a connection, and retrying changes nothing.
        Err(NotFound::HubSpot(CallError::Token(
            TokenError::NotConnected | TokenError::ReconnectRequired,
        ))) => Vec::new(),
        Err(error) => {
            let portal_id = action.portal.0;
            log::warn!(portal_id; "the conversations of contact {contact} are not known: {error}");
            return Err(NotDecided::NeedsThread.into());
        }
    };
    let Some(((newest, ticket), others)) = found.split_first() else {
        return Ok(decide(follower, action.on(None, None)).await?.into());
    };
    let reaches_all = matches!(action.ask.reach, Reach::AllOpen);
    let others = if reaches_all { others } else { &[] };
    let left_out = others.len().saturating_sub(MOST_OF_CONTACT);
    if left_out > 0 {
        log::warn!(portal_id = action.portal.0;
            "contact {contact} has too many open conversations: {left_out} are left out");
    }
    let others = others.iter().take(MOST_OF_CONTACT).map(|(thread, ticket)| {
        let callback = action.callback_for(*thread);
        let (callback, parts) = (callback.as_str(), Vec::new());
        let answered = Answered { callback, parts };
        decide(follower, action.on_thread(*thread, *ticket, answered))
    });
    let parts = try_join_all(others).await?.into_iter();
    let answered = Answered {
        callback: action.callback,
        parts: parts.map(|part| part.bytes).collect(),
    };
    let last = action.on_thread(*newest, *ticket, answered);
    let reply = decide(follower, last).await?;
    Ok(Performed { reply, left_out })
}

async fn decide(follower: &Follower, command: Command) -> Result<Reply, NotDecided> {
    follower.decider.decide(command, WITHIN).await
}

/// What is to be done, but for the conversation.
struct Action<'a> {
    portal: PortalId,
    callback: &'a str,
    hash: [u8; 32],
    ask: Ask,
}

/// Under which key a command is answered, and for which others it is.
struct Answered<'a> {
    callback: &'a str,
    parts: Vec<Vec<u8>>,
}

impl Action<'_> {
    fn on(&self, ticket: Option<TicketId>, thread: Option<ThreadId>) -> Command {
        let subject = Subject { ticket, thread };
        let answered = Answered {
            callback: self.callback,
            parts: Vec::new(),
        };
        self.command(subject, None, (self.ask.clone(), answered))
    }

    /// About one conversation alone, whatever its ticket.
    fn on_thread(
        &self,
        thread: ThreadId,
        ticket: Option<TicketId>,
        answered: Answered<'_>,
    ) -> Command {
        let subject = Subject::of_thread(thread);
        let ask = Ask {
            reach: Reach::Thread(thread),
            ..self.ask.clone()
        };
        self.command(subject, ticket, (ask, answered))
    }

    fn command(
        &self,
        subject: Subject,
        linked_ticket: Option<TicketId>,
        (ask, answered): (Ask, Answered<'_>),
    ) -> Command {
        Command {
            portal: self.portal,
            subject,
            linked_ticket,
            body: Body::Ask {
                ask: Box::new(ask),
                once: Some(Once {
                    key: ReceiptKey::callback(self.portal, answered.callback),
                    request_hash: self.hash,
                    parts: answered.parts,
                }),
                shape: AnswerShape::HubSpot,
            },
        }
    }

    /// The key of the part of this action that is about another conversation. A hash, since a
    /// callback id may be as long as a key can be; HubSpot makes none that looks like it.
    fn callback_for(&self, thread: ThreadId) -> String {
        let digest = Sha256::digest(self.callback);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("conversation {thread} of {hex}")
    }
}

/// What is asked; an input that does not fit becomes a request that is recorded and refused.
fn ask(kind: ActionKind, call: &ActionCall) -> Ask {
    let by = Requester {
        name: call.is_test().then(|| TEST_RUN.to_owned()),
        ..Requester::workflow(call.workflow)
    };
    let is_read = |field: &&String| {
        let mut known = asks::SHARED.iter().chain(asks::own_inputs(kind));
        known.any(|known| known == &field.as_str())
    };
    let nul = call.inputs.holding_nul.iter().find(is_read);
    let nul = nul.map(|field| Misfit::new(field, "(holds U+0000)", "a text without U+0000"));
    let read = match nul {
        Some(misfit) => Err(misfit),
        None => asks::read(kind, &call.inputs.values, by.clone()),
    };
    read.unwrap_or_else(|misfit| {
        let unfit = What::Unfit(misfit.of_action(kind.name()));
        Ask::new(unfit, Reach::AllOpen, by)
    })
}

/// What makes a call the same call: not its body or inputs, which HubSpot may render anew.
fn request_hash(kind: ActionKind, call: &ActionCall) -> [u8; 32] {
    let object = match &call.object {
        CalledObject::Ticket(id) => format!("ticket {id}"),
        CalledObject::Contact(id) => format!("contact {id}"),
        CalledObject::Other { object_type, id } => format!("{object_type} {id:?}"),
        CalledObject::None => String::new(),
    };
    let workflow = call.workflow.map(|id| id.to_string()).unwrap_or_default();
    Sha256::digest(format!("{}\n{object}\n{workflow}", kind.slug())).into()
}
