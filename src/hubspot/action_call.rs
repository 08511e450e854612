//! The request by which a workflow executes an action, read from its raw body.
//! Lenient in all that Baton can do without; strict only about what it keys everything by.
//! Not here: the signature, the body's size limit and what each input must hold.

use super::action_inputs::ActionInputs;
use super::{lenient, nesting, nul};
use crate::domain::ids::{CallbackId, PortalId, ThreadId, TicketId, WorkflowId};
use serde_json::Value;

/// One execution of an action (page "Custom workflow actions", read 2026-11-22, and captured
/// bodies, which carry more than the page shows).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionCall {
    /// HubSpot's id of this execution; a repeated request carries it again.
    pub callback_id: CallbackId,
    /// The account whose workflow calls.
    pub portal: PortalId,
    /// The action's definition, where given.
    pub definition_id: Option<i64>,
    /// The revision of the definition; 0 in test runs.
    pub definition_version: Option<i64>,
    /// Which part of HubSpot calls.
    pub source: CallSource,
    /// The workflow that calls, where given; test runs have none.
    pub workflow: Option<WorkflowId>,
    /// The record that is enrolled in the workflow.
    pub object: CalledObject,
    /// The conversation that the ticket was made from, when the definition asks for that property.
    /// HubSpot sets it once, at the ticket's creation.
    pub originating_thread: Option<ThreadId>,
    /// The action's inputs.
    pub inputs: ActionInputs,
}

/// What part of HubSpot calls (`context.source` in HubSpot's API description of action callbacks,
/// read 2026-11-22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallSource {
    /// A workflow.
    Workflows,
    /// A Breeze agent that uses the action as a tool.
    Agents,
    /// The Breeze assistant.
    Copilot,
    /// A call outside of any workflow.
    Standalone,
    /// A trial run from the workflow editor.
    Test,
    /// Not said, as in captured test runs, or a word we do not know.
    Unknown,
}

/// The record a call is about. Types arrive as names (`TICKET`) or as ids (`0-5`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalledObject {
    /// A ticket.
    Ticket(TicketId),
    /// A contact, by its id.
    Contact(i64),
    /// A record of another type.
    Other {
        /// The type as received.
        object_type: String,
        /// The id as received.
        id: String,
    },
    /// No record, or one without a type or a usable id.
    None,
}

/// Why a body is not an action call. The message is for the caller and quotes nothing of the body.
#[derive(Debug, thiserror::Error)]
pub enum NotAnActionCall {
    /// Not UTF-8.
    #[error("the body is not UTF-8: expected an action call as JSON")]
    NotUtf8,
    /// Arrays and objects inside each other, too many times.
    #[error("the body nests deeper than {} levels", nesting::MAX_DEPTH)]
    TooDeep,
    /// Not JSON.
    #[error("the body is not JSON: expected an action call as a JSON object")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but no object.
    #[error("the body is {0}: expected an action call as a JSON object")]
    NotAnObject(&'static str),
    /// Fields that have to be there are missing or of no use.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Incomplete(Vec<Fault>),
    /// A field outside the inputs, here by its path, holds U+0000.
    #[error("{0} holds U+0000")]
    Nul(String),
}

/// What is wrong with a field that has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No `callbackId`.
    #[error("callbackId is missing")]
    CallbackIdMissing,
    /// A `callbackId` that can not be a key.
    #[error("callbackId is not a text of 1 to {} bytes", CallbackId::MAX_BYTES)]
    CallbackIdUnusable,
    /// No `origin.portalId`.
    #[error("origin.portalId is missing")]
    PortalIdMissing,
    /// An `origin.portalId` that is no id.
    #[error("origin.portalId is not a positive whole number")]
    PortalIdUnusable,
}

const CALLBACK_ID: &str = "/callbackId";
const PORTAL_ID: &str = "/origin/portalId";
const DEFINITION_ID: &str = "/origin/actionDefinitionId";
const DEFINITION_VERSION: &str = "/origin/actionDefinitionVersion";
const SOURCE: &str = "/context/source";
const WORKFLOW_ID: &str = "/context/workflowId";
const OBJECT_ID: &str = "/object/objectId";
const OBJECT_TYPE: &str = "/object/objectType";
const ORIGINATING_THREAD: &str = "/object/properties/hs_conversations_originating_thread_id";

/// Where inputs stand. U+0000 in one of them is a misfit of that input, which the workflow's author
/// is told of; anywhere else it makes the body no action call.
const INPUTS: [&str; 3] = ["inputFields", "fields", "typedInputs"];

impl ActionCall {
    /// True for a run of the test button in the workflow editor. Captured ones do not say so, but
    /// have neither a workflow nor a revision.
    pub fn is_test(&self) -> bool {
        let has_no_origin = self.workflow.is_none() && self.definition_version == Some(0);
        match self.source {
            CallSource::Test => true,
            CallSource::Unknown => has_no_origin,
            CallSource::Workflows
            | CallSource::Agents
            | CallSource::Copilot
            | CallSource::Standalone => false,
        }
    }

    /// Reads a body, whose size the caller has bounded and whose signature it has verified.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnActionCall> {
        let body = json_object(body)?;
        let at = |field| body.pointer(field).filter(|value| !value.is_null());
        if let Some(path) = nul::find(&body, &INPUTS) {
            return Err(NotAnActionCall::Nul(path));
        }

        let callback_id = callback_id(at(CALLBACK_ID));
        let portal = portal(at(PORTAL_ID));
        let (callback_id, portal) = match (callback_id, portal) {
            (Ok(callback_id), Ok(portal)) => (callback_id, portal),
            (callback_id, portal) => {
                let faults = [callback_id.err(), portal.err()]
                    .into_iter()
                    .flatten()
                    .collect();
                return Err(NotAnActionCall::Incomplete(faults));
            }
        };
        Ok(Self {
            callback_id,
            portal,
            definition_id: at(DEFINITION_ID).and_then(lenient::integer),
            definition_version: at(DEFINITION_VERSION).and_then(lenient::integer),
            source: at(SOURCE)
                .and_then(Value::as_str)
                .map_or(CallSource::Unknown, source),
            workflow: at(WORKFLOW_ID).and_then(lenient::id).map(WorkflowId),
            object: object(at(OBJECT_TYPE), at(OBJECT_ID)),
            originating_thread: at(ORIGINATING_THREAD).and_then(lenient::id).map(ThreadId),
            inputs: ActionInputs::of(&body),
        })
    }
}

fn json_object(body: &[u8]) -> Result<Value, NotAnActionCall> {
    let text = std::str::from_utf8(body).map_err(|_| NotAnActionCall::NotUtf8)?;
    if nesting::is_too_deep(body) {
        return Err(NotAnActionCall::TooDeep);
    }
    let value: Value = serde_json::from_str(text).map_err(NotAnActionCall::NotJson)?;
    let found = match value {
        Value::Object(_) => return Ok(value),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
    };
    Err(NotAnActionCall::NotAnObject(found))
}

fn callback_id(value: Option<&Value>) -> Result<CallbackId, Fault> {
    let text = lenient::text(value.ok_or(Fault::CallbackIdMissing)?);
    text.and_then(CallbackId::new)
        .ok_or(Fault::CallbackIdUnusable)
}

fn portal(value: Option<&Value>) -> Result<PortalId, Fault> {
    let id = lenient::id(value.ok_or(Fault::PortalIdMissing)?);
    id.map(PortalId).ok_or(Fault::PortalIdUnusable)
}

fn source(word: &str) -> CallSource {
    match word.to_ascii_uppercase().as_str() {
        "WORKFLOWS" => CallSource::Workflows,
        "AGENTS" => CallSource::Agents,
        "COPILOT" => CallSource::Copilot,
        "STANDALONE" => CallSource::Standalone,
        "TEST" => CallSource::Test,
        _ => CallSource::Unknown,
    }
}

fn object(object_type: Option<&Value>, id: Option<&Value>) -> CalledObject {
    let (Some(object_type), Some(id)) = (object_type.and_then(lenient::text), id) else {
        return CalledObject::None;
    };
    let found = match object_type.to_ascii_uppercase().as_str() {
        "TICKET" | "0-5" => lenient::id(id).map(TicketId).map(CalledObject::Ticket),
        "CONTACT" | "0-1" => lenient::id(id).map(CalledObject::Contact),
        _ => lenient::text(id).map(|id| CalledObject::Other { object_type, id }),
    };
    found.unwrap_or(CalledObject::None)
}

#[cfg(test)]
mod tests;
