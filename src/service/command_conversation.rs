//! The same decisions from the AI's side, or an admin's, through the API.

use super::authenticate::Caller;
use crate::decider::Decider;
use crate::decider::command::{AnswerShape, Body, Command, NotDecided, Once, Reply};
use crate::domain::command::{Ask, Reach, Subject, What};
use crate::domain::ids::{PortalId, ThreadId};
use crate::hubspot::action_kind::ActionKind;
use crate::hubspot::asks;
use crate::hubspot::input_reader::{Misfit, shown};
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
    #[error("{0}")]
    Misfit(Misfit),
    /// An input that the action does not have. Left out it would have been missed.
    #[error("there is no input '{name}' here; expected any of {}", .known.join(", "))]
    UnknownInput {
        /// Its name, shortened.
        name: String,
        /// The inputs there are.
        known: Vec<&'static str>,
    },
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
    let ask = ask(caller, &request)?;
    let once = request.idempotency_key.map(|key| Once {
        key: ReceiptKey::api(request.portal, request.thread, key),
        request_hash: request_hash(&request),
        parts: Vec::new(),
    });
    let command = Command {
        portal: request.portal,
        subject: Subject::of_thread(request.thread),
        linked_ticket: None,
        body: Body::Ask {
            ask: Box::new(ask),
            once,
            shape: AnswerShape::Api,
        },
    };
    Ok(decider.decide(command, WITHIN).await?)
}

fn ask(caller: &Caller, request: &ApiRequest<'_>) -> Result<Ask, NotCommanded> {
    let known = inputs_of(request.action);
    if let Some(unknown) = request
        .inputs
        .keys()
        .find(|name| !known.contains(&name.as_str()))
    {
        return Err(NotCommanded::UnknownInput {
            name: shown(unknown),
            known,
        });
    }
    // The shared inputs of lock and unlock are read as those of any action.
    let kind = match request.action {
        ApiAction::Shared(kind) => kind,
        ApiAction::Lock | ApiAction::Unlock => ActionKind::PauseAi,
    };
    let read =
        asks::read(kind, request.inputs, caller.requester()).map_err(NotCommanded::Misfit)?;
    let what = match request.action {
        ApiAction::Shared(_) => read.what,
        ApiAction::Lock => What::Lock,
        ApiAction::Unlock => What::Unlock,
    };
    Ok(Ask {
        what,
        reach: Reach::Thread(request.thread),
        metadata: asks::metadata(request.inputs).map_err(NotCommanded::Misfit)?,
        ..read
    })
}

/// The conversation is named by the URL, so the inputs that name others are not the API's.
fn inputs_of(action: ApiAction) -> Vec<&'static str> {
    let own = match action {
        ApiAction::Shared(kind) => asks::own_inputs(kind),
        ApiAction::Lock | ApiAction::Unlock => &[],
    };
    let names_others = ["conversations", "thread_id", "more_options"];
    let shared = asks::SHARED
        .iter()
        .filter(|name| !names_others.contains(name));
    let attached: &[&str] = if places_a_hold(action) {
        &["metadata"]
    } else {
        &[]
    };
    let all = own.iter().chain(shared).chain(attached);
    all.copied().collect()
}

const fn places_a_hold(action: ApiAction) -> bool {
    match action {
        ApiAction::Shared(ActionKind::PauseAi | ActionKind::RequestHandoff) | ApiAction::Lock => {
            true
        }
        ApiAction::Shared(ActionKind::ResumeAi | ActionKind::SendToAi) | ApiAction::Unlock => false,
    }
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
