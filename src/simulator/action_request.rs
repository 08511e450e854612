//! The body of a workflow action's execution, as HubSpot writes it: compact JSON, ids as integers
//! above 2^31, every input a string and said three times.

use super::action_body::{
    Body, Context, ContextExtras, ExecutionIndex, Id, Object, Origin, OriginExtras, TypedInput,
};
use super::action_kind::ActionKind;
use crate::domain::ids::{PortalId, ThreadId, TicketId, WorkflowId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the workflow enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// A ticket, with the conversation HubSpot stamped on it when it was created, if any.
    Ticket(TicketId, Option<ThreadId>),
    /// A contact.
    Contact(i64),
    /// Nothing: the action does not require an object.
    Nothing,
}

/// Which of the shapes seen in the wild the body has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The newest complete one.
    Captured,
    /// The newest one with every id as a string, as an older model shows it.
    IdsAsText,
    /// Only what the documentation promises.
    Documented,
    /// A test run from the editor: a random callback id, definition version 0, no context.
    TestRun(Uuid),
}

/// One execution of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRequest {
    /// The action.
    pub kind: ActionKind,
    /// The account.
    pub portal: PortalId,
    /// The object.
    pub enrolled: Enrolled,
    /// The workflow.
    pub workflow: WorkflowId,
    /// HubSpot's id of this object's passage through the workflow.
    pub enrollment_id: i64,
    /// The action's place in the workflow.
    pub action_id: i64,
    /// Which action of this enrolment it is, from 0.
    pub action_index: i64,
    /// Sent in place of the id that HubSpot would derive.
    pub callback_id: Option<String>,
    /// The inputs that the workflow's author filled in.
    pub inputs: BTreeMap<String, String>,
    /// How it is written.
    pub shape: Shape,
}

impl ActionRequest {
    /// The first action of an enrolment, without inputs, in the newest shape.
    pub fn new(kind: ActionKind, portal: PortalId, enrolled: Enrolled, enrollment_id: i64) -> Self {
        Self {
            kind,
            portal,
            enrolled,
            workflow: super::demo_world::WORKFLOW,
            enrollment_id,
            action_id: 1,
            action_index: 0,
            callback_id: None,
            inputs: BTreeMap::new(),
            shape: Shape::Captured,
        }
    }

    /// With one more input.
    #[must_use]
    pub fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The id that identifies this execution; a repeat of the request repeats it.
    pub fn callback_id(&self) -> String {
        match (&self.callback_id, self.shape) {
            (Some(given), _) => given.clone(),
            (None, Shape::TestRun(run)) => run.to_string(),
            (None, Shape::Captured | Shape::IdsAsText | Shape::Documented) => format!(
                "ap-{}-{}-{}-{}",
                self.portal, self.enrollment_id, self.action_id, self.action_index
            ),
        }
    }

    /// The bytes to sign and send.
    pub fn body(&self) -> Vec<u8> {
        let body = Body {
            callback_id: self.callback_id(),
            origin: self.origin(),
            context: self.context(),
            object: self.object(),
            fields: (!self.is_documented_only()).then_some(&self.inputs),
            input_fields: &self.inputs,
            typed_inputs: (!self.is_documented_only()).then(|| self.typed_inputs()),
        };
        #[expect(
            clippy::expect_used,
            reason = "strings, integers and maps with string keys"
        )]
        serde_json::to_vec(&body).expect("the body is plain data")
    }

    fn is_documented_only(&self) -> bool {
        self.shape == Shape::Documented
    }

    fn id(&self, id: i64) -> Id {
        match self.shape {
            Shape::IdsAsText => Id::Text(id.to_string()),
            Shape::Captured | Shape::Documented | Shape::TestRun(_) => Id::Number(id),
        }
    }

    fn execution_index(&self) -> Option<ExecutionIndex> {
        match self.shape {
            Shape::TestRun(_) => None,
            Shape::Captured | Shape::IdsAsText | Shape::Documented => Some(ExecutionIndex {
                enrollment_id: self.id(self.enrollment_id),
                action_execution_index: self.action_index,
            }),
        }
    }

    fn origin(&self) -> Origin {
        let definition = self.kind.definition_id();
        let version = if matches!(self.shape, Shape::TestRun(_)) {
            0
        } else {
            1
        };
        let full = (!self.is_documented_only()).then(|| OriginExtras {
            user_id: None,
            action_execution_index_identifier: self.execution_index(),
            extension_definition_version_id: version,
            extension_definition_id: self.id(definition),
        });
        Origin {
            portal_id: self.id(self.portal.0),
            action_definition_id: self.id(definition),
            action_definition_version: version,
            full,
        }
    }

    fn context(&self) -> Option<Context> {
        let full = match self.shape {
            Shape::TestRun(_) => return None,
            Shape::Documented => None,
            Shape::Captured | Shape::IdsAsText => Some(ContextExtras {
                action_id: self.id(self.action_id),
                action_execution_index_identifier: self.execution_index(),
            }),
        };
        Some(Context {
            workflow_id: self.id(self.workflow.0),
            full,
            source: "WORKFLOWS",
        })
    }

    fn object(&self) -> Option<Object> {
        let mut properties = BTreeMap::new();
        let (id, object_type) = match self.enrolled {
            Enrolled::Nothing => return None,
            Enrolled::Contact(contact) => (contact, "CONTACT"),
            Enrolled::Ticket(ticket, thread) => {
                if let Some(thread) = thread {
                    let name = "hs_conversations_originating_thread_id";
                    properties.insert(name, thread.to_string());
                }
                (ticket.0, "TICKET")
            }
        };
        Some(Object {
            object_id: self.id(id),
            object_type,
            properties,
        })
    }

    fn typed_inputs(&self) -> BTreeMap<&str, TypedInput<'_>> {
        self.inputs
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str(),
                    TypedInput {
                        value,
                        kind: "STRING",
                    },
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> ActionRequest {
        let enrolled = Enrolled::Ticket(TicketId(15_384_000_001), Some(ThreadId(7_001)));
        ActionRequest::new(
            ActionKind::PauseAi,
            PortalId(50_001),
            enrolled,
            2_384_000_000_001,
        )
        .input("duration", "1h")
    }

    fn body_of(request: &ActionRequest) -> String {
        String::from_utf8(request.body()).unwrap()
    }

    #[test]
    fn the_newest_shape_is_written_as_captured() {
        assert_eq!(
            body_of(&request()),
            concat!(
                r#"{"callbackId":"ap-50001-2384000000001-1-0","origin":{"portalId":50001,"#,
                r#""actionDefinitionId":259000001,"actionDefinitionVersion":1,"userId":null,"#,
                r#""actionExecutionIndexIdentifier":{"enrollmentId":2384000000001,"actionExecutionIndex":0},"#,
                r#""extensionDefinitionVersionId":1,"extensionDefinitionId":259000001},"#,
                r#""context":{"workflowId":1791000001,"actionId":1,"#,
                r#""actionExecutionIndexIdentifier":{"enrollmentId":2384000000001,"actionExecutionIndex":0},"#,
                r#""source":"WORKFLOWS"},"object":{"objectId":15384000001,"objectType":"TICKET","#,
                r#""properties":{"hs_conversations_originating_thread_id":"7001"}},"#,
                r#""fields":{"duration":"1h"},"inputFields":{"duration":"1h"},"#,
                r#""typedInputs":{"duration":{"value":"1h","type":"STRING"}}}"#,
            )
        );
    }

    #[test]
    fn the_documented_shape_has_nothing_else() {
        let request = ActionRequest {
            shape: Shape::Documented,
            ..request()
        };
        assert_eq!(
            body_of(&request),
            concat!(
                r#"{"callbackId":"ap-50001-2384000000001-1-0","origin":{"portalId":50001,"#,
                r#""actionDefinitionId":259000001,"actionDefinitionVersion":1},"#,
                r#""context":{"workflowId":1791000001,"source":"WORKFLOWS"},"#,
                r#""object":{"objectId":15384000001,"objectType":"TICKET","#,
                r#""properties":{"hs_conversations_originating_thread_id":"7001"}},"#,
                r#""inputFields":{"duration":"1h"}}"#,
            )
        );
    }

    #[test]
    fn a_test_run_has_a_random_callback_id_and_no_context() {
        let run = Uuid::new_v4();
        let request = ActionRequest {
            shape: Shape::TestRun(run),
            ..request()
        };
        let body: serde_json::Value = serde_json::from_slice(&request.body()).unwrap();
        assert_eq!(body["callbackId"], run.to_string());
        assert_eq!(body["origin"]["actionDefinitionVersion"], 0);
        assert!(body["origin"]["actionExecutionIndexIdentifier"].is_null());
        assert!(body.get("context").is_none());
    }

    #[test]
    fn ids_can_be_written_as_text() {
        let request = ActionRequest {
            shape: Shape::IdsAsText,
            ..request()
        };
        let body: serde_json::Value = serde_json::from_slice(&request.body()).unwrap();
        assert_eq!(body["origin"]["portalId"], "50001");
        assert_eq!(body["object"]["objectId"], "15384000001");
        assert_eq!(body["context"]["workflowId"], "1791000001");
    }

    #[test]
    fn a_given_callback_id_and_a_missing_object_are_respected() {
        let given = Some("mine".to_owned());
        let request = ActionRequest {
            callback_id: given,
            enrolled: Enrolled::Nothing,
            ..request()
        };
        let body: serde_json::Value = serde_json::from_slice(&request.body()).unwrap();
        assert_eq!(body["callbackId"], "mine");
        assert!(body.get("object").is_none());
    }
}
