//! Who changes something, and how HubSpot tells that in an event and in a message.

use super::actor::Actor;
use crate::domain::ids::WorkflowId;
use chrono::{DateTime, Utc};

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub struct Doer {
    pub by: By,
    pub now: DateTime<Utc>,
}

/// By whose hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A user, in HubSpot's pages.
    Person(i64),
    /// An app, through the API.
    App(i64),
    /// A workflow, by its id and the enrolment.
    Workflow(WorkflowId, i64),
    /// A customer who wrote.
    Customer(i64),
    /// HubSpot itself.
    HubSpot,
}

impl By {
    /// `changeSource` and `sourceId` of an event about a ticket. HubSpot publishes no list of them.
    pub fn source_of_record(self) -> (&'static str, String) {
        match self {
            Self::Person(user) => ("CRM_UI", format!("userId:{user}")),
            Self::App(app) => ("INTEGRATION", app.to_string()),
            Self::Workflow(_, enrollment) => {
                let source_id = format!("enrollmentId:{enrollment};actionExecutionIndex:0");
                ("AUTOMATION_PLATFORM", source_id)
            }
            Self::Customer(_) | Self::HubSpot => ("CONVERSATIONS", String::new()),
        }
    }

    /// The same of an event about a conversation: a person's changes name no user.
    pub fn source_of_conversation(self) -> Option<(&'static str, String)> {
        match self {
            Self::Person(_) => Some(("USER", String::new())),
            Self::App(_) | Self::Workflow(..) => Some(self.source_of_record()),
            Self::Customer(_) | Self::HubSpot => None,
        }
    }

    /// `clientType` and `integrationAppId` of what is written.
    pub const fn client(self) -> (&'static str, Option<i64>) {
        match self {
            Self::Person(_) | Self::Customer(_) => ("HUBSPOT", None),
            Self::App(app) => ("INTEGRATION", Some(app)),
            Self::Workflow(..) | Self::HubSpot => ("SYSTEM", None),
        }
    }

    /// `createdBy` of what is written.
    pub const fn actor(self) -> Actor {
        match self {
            Self::Person(user) => Actor::Agent(user),
            Self::App(app) => Actor::Integration(app),
            Self::Customer(contact) => Actor::Visitor(contact),
            Self::Workflow(..) | Self::HubSpot => Actor::System,
        }
    }
}
