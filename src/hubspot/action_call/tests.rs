//! Bodies as they were captured, with invented ids, bodies with holes, and bodies that are none.

mod read;
mod refused;

use super::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

/// Compact, as HubSpot sends it.
const CAPTURED: &str = concat!(
    r#"{"callbackId":"ap-50001-2384000000001-1-0","#,
    r#""origin":{"portalId":50001,"userId":null,"#,
    r#""actionDefinitionId":259000001,"actionDefinitionVersion":1,"#,
    r#""actionExecutionIndexIdentifier":{"enrollmentId":2384000000001,"actionExecutionIndex":0},"#,
    r#""extensionDefinitionVersionId":1,"extensionDefinitionId":259000001},"#,
    r#""context":{"workflowId":1791000001,"actionId":1,"actionExecutionIndexIdentifier":{"enrollmentId":2384000000001,"actionExecutionIndex":0},"source":"WORKFLOWS"},"#,
    r#""object":{"objectId":15384000001,"objectType":"TICKET","properties":{"hs_conversations_originating_thread_id":"7750001"}},"#,
    r#""fields":{"mode":"pause"},"inputFields":{"mode":"pause"},"#,
    r#""typedInputs":{"mode":{"value":"pause","type":"STRING"}}}"#,
);

fn parse(body: &Value) -> ActionCall {
    ActionCall::parse(body.to_string().as_bytes()).unwrap()
}

fn refusal(body: &[u8]) -> String {
    ActionCall::parse(body).unwrap_err().to_string()
}

fn expected() -> ActionCall {
    let values = [("mode".to_owned(), "pause".to_owned())].into();
    ActionCall {
        callback_id: CallbackId::new("ap-50001-2384000000001-1-0").unwrap(),
        portal: PortalId(50_001),
        definition_id: Some(259_000_001),
        definition_version: Some(1),
        source: CallSource::Workflows,
        workflow: Some(WorkflowId(1_791_000_001)),
        object: CalledObject::Ticket(TicketId(15_384_000_001)),
        originating_thread: Some(ThreadId(7_750_001)),
        inputs: ActionInputs {
            values,
            holding_nul: vec![],
        },
    }
}

/// The least that is an action call.
fn bare() -> ActionCall {
    ActionCall {
        definition_id: None,
        definition_version: None,
        source: CallSource::Unknown,
        workflow: None,
        object: CalledObject::None,
        originating_thread: None,
        inputs: ActionInputs::default(),
        ..expected()
    }
}
