//! The same decisions from the AI's side, or an admin's, through the API.

use super::authenticate::Caller;
use crate::decider::Decider;
use crate::decider::command::{AnswerShape, Body, Command, NotDecided, Once, Reply};
use crate::domain::command::{Ask, Reach, Subject, What};
use crate::domain::ids::{PortalId, ThreadId};
use crate::hubspot::action_kind::ActionKind;
use crate::hubspot::asks;
use crate::hubspot::input_reader::Misfit;
use crate::store::batch::read::ReceiptKey;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

const WITHIN: Duration = Duration::from_millis(2_500);

/// What the API can ask of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiAction {
    /// One that workflows have too, with the same inputs.
    Shared(ActionKind),
    /// Lock.
    Lock,
    /// Unlock.
    Unlock,
}

impl ApiAction {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Shared(ActionKind::PauseAi),
        Self::Shared(ActionKind::ResumeAi),
        Self::Shared(ActionKind::SendToAi),
        Self::Shared(ActionKind::RequestHandoff),
        Self::Lock,
        Self::Unlock,
    ];

    /// The last part of its URL.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Shared(ActionKind::PauseAi) => "pause",
            Self::Shared(ActionKind::ResumeAi) => "resume",
            Self::Shared(ActionKind::SendToAi) => "send",
            Self::Shared(ActionKind::RequestHandoff) => "handoff",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
        }
    }

    /// The name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared(kind) => kind.name(),
            Self::Lock => "lock",
            Self::Unlock => "unlock",
        }
    }
}

/// A request of the API.
pub struct ApiRequest<'a> {
    /// The portal.
    pub portal: PortalId,
    /// The conversation.
    pub thread: ThreadId,
    /// What is asked.
    pub action: ApiAction,
    /// The inputs.
    pub inputs: &'a BTreeMap<String, String>,
    /// The key under which it happens once, where the caller gave one.
    pub idempotency_key: Option<&'a str>,
}

/// Why a request of the API has no answer.
#[derive(Debug, thiserror::Error)]
pub enum NotCommanded {
    /// An input does not fit.
    #[error("{} does not fit", .0.field)]
    Misfit(Misfit),
    /// It was not decided.
    #[error(transparent)]
    NotDecided(#[from] NotDecided),
}

/// Decides a request of the API.
///
/// # Errors
/// See [`NotCommanded`].
pub async fn command_conversation(
    decider: &Decider,
    caller: &Caller,
    request: ApiRequest<'_>,
) -> Result<Reply, NotCommanded> {
    let ask = ask(caller, &request).map_err(NotCommanded::Misfit)?;
    let once = request.idempotency_key.map(|key| Once {
        key: ReceiptKey::api(request.portal, request.thread, key),
        request_hash: request_hash(&request),
    });
    let command = Command {
        portal: request.portal,
        subject: Subject {
            ticket: None,
            thread: Some(request.thread),
        },
        linked_ticket: None,
        body: Body::Ask {
            ask: Box::new(ask),
            once,
            shape: AnswerShape::Api,
        },
    };
    Ok(decider.decide(command, WITHIN).await?)
}

fn ask(caller: &Caller, request: &ApiRequest<'_>) -> Result<Ask, Misfit> {
    let by = caller.requester();
    let reach = Reach::Thread(request.thread);
    match request.action {
        ApiAction::Shared(kind) => {
            if let Some(unknown) = request.inputs.keys().find(|name| !is_own(kind, name)) {
                return Err(Misfit::new(unknown, "", "no such input here"));
            }
            Ok(Ask {
                reach,
                ..asks::read(kind, request.inputs, by)?
            })
        }
        ApiAction::Lock | ApiAction::Unlock => {
            let allowed = ["note", "reason_code", "dry_run"];
            let unknown = request
                .inputs
                .keys()
                .find(|name| !allowed.contains(&name.as_str()));
            if let Some(unknown) = unknown {
                return Err(Misfit::new(unknown, "", "no such input here"));
            }
            // The shared inputs are read as those of any action.
            let read = asks::read(ActionKind::PauseAi, request.inputs, by)?;
            let is_lock = request.action == ApiAction::Lock;
            let what = if is_lock { What::Lock } else { What::Unlock };
            Ok(Ask {
                what,
                reach,
                ..read
            })
        }
    }
}

/// The conversation is named by the URL, so the inputs that name others are not the API's.
fn is_own(kind: ActionKind, input: &str) -> bool {
    asks::is_known(kind, input) && !["conversations", "thread_id", "more_options"].contains(&input)
}

/// Unlike HubSpot, a caller of the API repeats its own body: the inputs count.
fn request_hash(request: &ApiRequest<'_>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(format!("{:?}\n{}", request.action, request.thread));
    for (name, value) in request.inputs {
        hasher.update(format!("\n{}:{name}={}:{value}", name.len(), value.len()));
    }
    hasher.finalize().into()
}
