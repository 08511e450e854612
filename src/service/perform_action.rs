//! A workflow's action: from a verified, parsed call to a committed answer. Nothing remote.

use super::allow_portal::PortalGuard;
use crate::decider::Decider;
use crate::decider::command::{AnswerShape, Body, Command, NotDecided, Once, Reply};
use crate::domain::actor::Requester;
use crate::domain::command::{Ask, Reach, Subject, What};
use crate::hubspot::action_call::{ActionCall, CalledObject};
use crate::hubspot::action_kind::ActionKind;
use crate::hubspot::asks;
use crate::hubspot::input_reader::Misfit;
use crate::store::batch::read::ReceiptKey;
use crate::store::error::StoreError;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// An action is answered within 3 s in all; this much of it may go into waiting for the database.
const WITHIN: Duration = Duration::from_millis(2_500);

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
    decider: &Decider,
    guard: &PortalGuard,
    kind: ActionKind,
    call: &ActionCall,
) -> Result<Reply, NotPerformed> {
    let performed = tokio::time::timeout(WITHIN, perform(decider, guard, kind, call)).await;
    let too_late = || NotDecided::TimedOut("the database did not answer in time".to_owned());
    performed.unwrap_or_else(|_| Err(too_late().into()))
}

async fn perform(
    decider: &Decider,
    guard: &PortalGuard,
    kind: ActionKind,
    call: &ActionCall,
) -> Result<Reply, NotPerformed> {
    if !guard.allows(call.portal).await? {
        return Err(NotPerformed::PortalNotAllowed);
    }
    let ask = ask(kind, call);
    let thread = match ask.reach {
        Reach::Thread(id) => Some(id),
        Reach::AllOpen | Reach::Latest | Reach::Originating => call.originating_thread,
    };
    let ticket = match call.object {
        CalledObject::Ticket(id) => Some(id),
        CalledObject::Contact(_) | CalledObject::Other { .. } | CalledObject::None => None,
    };
    // Without a ticket, the property of some other object names no conversation of ours.
    let names_thread = ticket.is_some() || matches!(ask.reach, Reach::Thread(_));
    let command = Command {
        portal: call.portal,
        subject: Subject {
            ticket,
            thread: thread.filter(|_| names_thread),
        },
        linked_ticket: None,
        body: Body::Ask {
            ask: Box::new(ask),
            once: Some(Once {
                key: ReceiptKey::callback(call.portal, call.callback_id.as_str()),
                request_hash: request_hash(kind, call),
            }),
            shape: AnswerShape::HubSpot,
        },
    };
    Ok(decider.decide(command, WITHIN).await?)
}

/// What is asked; an input that does not fit becomes a request that is recorded and refused.
fn ask(kind: ActionKind, call: &ActionCall) -> Ask {
    let by = Requester::workflow(call.workflow);
    let nul = call.inputs.holding_nul.first();
    let nul = nul.map(|field| Misfit::new(field, "(holds U+0000)", "a text without U+0000"));
    let read = match nul {
        Some(misfit) => Err(misfit),
        None => asks::read(kind, &call.inputs.values, by.clone()),
    };
    read.unwrap_or_else(|misfit| Ask {
        what: What::Unfit(misfit.of_action(kind.name())),
        reach: Reach::AllOpen,
        by,
        note: None,
        reason_code: None,
        metadata: None,
        dry_run: false,
        waits: false,
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
