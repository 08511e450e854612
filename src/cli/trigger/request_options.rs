//! The flags that say where a triggered request goes, what it is about and how it is signed.

use super::action_inputs::TriggeredAction;
use super::hubspot_beside::HubSpotBeside;
use super::place::{NotNamed, Place};
use crate::domain::ids::{PortalId, ThreadId, TicketId, WorkflowId};
use crate::simulator::action_request::{ActionRequest, Enrolled, Shape};
use crate::simulator::caller::{Target, now_ms};
use crate::simulator::{demo_world, signing};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use std::path::PathBuf;
use uuid::Uuid;

/// Flags of every triggered request. The defaults fit a running `baton demo`.
#[derive(Clone, Args)]
#[command(next_help_heading = "Request")]
pub struct RequestOptions {
    /// Where Baton is called.
    #[arg(long, global = true, default_value = demo_world::BASE_URL)]
    url: String,
    /// The address to sign, if Baton knows itself by another one (BATON_PUBLIC_URL).
    #[arg(long, global = true)]
    public_url: Option<String>,
    /// Where the simulated HubSpot is: what an event tells is changed there first, so that what
    /// Baton reads later agrees.
    #[arg(long, global = true, default_value = demo_world::HUBSPOT_URL)]
    pub hubspot: String,
    /// The HubSpot account.
    #[arg(long, global = true, default_value_t = demo_world::PORTAL)]
    pub portal: PortalId,
    /// The ticket; that of the conversation unless given, or the demo's first.
    #[arg(long, global = true)]
    ticket: Option<TicketId>,
    /// The conversation; the one the ticket was opened for unless given.
    #[arg(long, global = true)]
    thread: Option<ThreadId>,
    /// Leave the ticket's conversation out.
    #[arg(long, global = true, conflicts_with = "thread")]
    no_thread: bool,
    /// Enrol this contact in place of a ticket.
    #[arg(long, global = true, conflicts_with_all = ["ticket", "thread", "no_thread"])]
    contact: Option<i64>,
    /// The workflow.
    #[arg(long, global = true, default_value_t = demo_world::WORKFLOW)]
    workflow: WorkflowId,
    /// HubSpot's id of the enrolment; a new one each time unless given.
    #[arg(long, global = true)]
    enrollment: Option<i64>,
    /// Send this id of the execution. Give the same one twice to repeat a request.
    #[arg(long, global = true)]
    callback_id: Option<String>,
    /// Send what a test run from HubSpot's editor sends.
    #[arg(long, global = true)]
    test_run: bool,
    /// The app's client secret; the demo's unless given.
    #[arg(long, global = true, conflicts_with = "secret_file")]
    secret: Option<SecretString>,
    /// A file with the app's client secret.
    #[arg(long, global = true)]
    secret_file: Option<PathBuf>,
    /// Which signatures to send.
    #[arg(long, global = true, value_enum, default_value_t = signing::Versions::Both)]
    pub signature: signing::Versions,
    /// Print headers and body before the answer.
    #[arg(long, global = true)]
    pub show_request: bool,
}

/// The file named by `--secret-file` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the secret file {path:?} cannot be read: {source}")]
pub struct SecretFileUnreadable {
    path: PathBuf,
    source: std::io::Error,
}

impl RequestOptions {
    /// Where the request goes and how it is signed.
    pub fn target(&self) -> Result<Target, SecretFileUnreadable> {
        Ok(Target {
            base_url: self.url.clone(),
            signed_base_url: self.signed_url().to_owned(),
            secret: self.client_secret()?,
            versions: self.signature,
        })
    }

    /// The address that is signed.
    pub fn signed_url(&self) -> &str {
        self.public_url.as_ref().unwrap_or(&self.url)
    }

    /// Whether a request is what the demo's simulated HubSpot sends.
    pub fn is_signed_as_the_demo_signs(&self) -> bool {
        let secret = self.client_secret();
        let is_its = secret.is_ok_and(|it| it.expose_secret() == demo_world::CLIENT_SECRET);
        is_its && self.signature == signing::Versions::Both
    }

    /// The request for an action.
    pub fn request(
        &self,
        action: TriggeredAction,
        place: &Place,
    ) -> Result<ActionRequest, NotNamed> {
        let (kind, inputs) = action.into_kind_and_inputs();
        let enrollment_id = self.enrollment.unwrap_or_else(now_ms);
        Ok(ActionRequest {
            workflow: self.workflow,
            callback_id: self.callback_id.clone(),
            inputs,
            shape: match self.test_run {
                true => Shape::TestRun(Uuid::new_v4()),
                false => Shape::Captured,
            },
            ..ActionRequest::new(kind, self.portal, self.enrolled(place)?, enrollment_id)
        })
    }

    /// What a request is about, with the help of the simulated HubSpot.
    pub fn place(&self, hubspot: Option<&HubSpotBeside>) -> Place {
        let known = hubspot.map(|hubspot| &hubspot.known);
        Place::new(self.portal, (self.thread, self.ticket), known)
    }

    /// What the simulated HubSpot is asked for.
    pub fn asked(&self) -> String {
        match (self.thread, self.ticket) {
            (Some(thread), _) => format!("threads/{thread}"),
            (None, Some(ticket)) => format!("tickets/{ticket}"),
            (None, None) => format!("threads/{}", demo_world::THREAD),
        }
    }

    /// Whether the other of conversation and ticket has to be found out.
    pub const fn names_one_alone(&self) -> bool {
        self.thread.is_some() != self.ticket.is_some() && self.contact.is_none()
    }

    fn enrolled(&self, place: &Place) -> Result<Enrolled, NotNamed> {
        if let Some(contact) = self.contact {
            return Ok(Enrolled::Contact(contact));
        }
        let thread = place.thread().ok().filter(|_| !self.no_thread);
        Ok(Enrolled::Ticket(place.ticket()?, thread))
    }

    fn client_secret(&self) -> Result<SecretString, SecretFileUnreadable> {
        if let Some(secret) = &self.secret {
            return Ok(secret.clone());
        }
        let Some(path) = &self.secret_file else {
            return Ok(demo_world::CLIENT_SECRET.into());
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).into()),
            Err(source) => Err(SecretFileUnreadable {
                path: path.clone(),
                source,
            }),
        }
    }
}
