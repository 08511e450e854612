//! The flags that say where a triggered request goes, what it is about and how it is signed.

use super::action_inputs::TriggeredAction;
use super::events::Place;
use crate::domain::ids::{PortalId, ThreadId, TicketId, WorkflowId};
use crate::simulator::action_request::{ActionRequest, Enrolled, Shape};
use crate::simulator::caller::{Target, now_ms};
use crate::simulator::{demo_world, signing};
use clap::Args;
use secrecy::SecretString;
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
    /// The HubSpot account.
    #[arg(long, global = true, default_value_t = demo_world::PORTAL)]
    portal: PortalId,
    /// The enrolled ticket.
    #[arg(long, global = true, default_value_t = demo_world::TICKET)]
    ticket: TicketId,
    /// The conversation the ticket was opened for; the demo's own ticket has one without asking.
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
    signature: signing::Versions,
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
            signed_base_url: self.public_url.as_ref().unwrap_or(&self.url).clone(),
            secret: self.client_secret()?,
            versions: self.signature,
        })
    }

    /// The request for an action.
    pub fn request(&self, action: TriggeredAction) -> ActionRequest {
        let (kind, inputs) = action.into_kind_and_inputs();
        let enrollment_id = self.enrollment.unwrap_or_else(now_ms);
        ActionRequest {
            workflow: self.workflow,
            callback_id: self.callback_id.clone(),
            inputs,
            shape: match self.test_run {
                true => Shape::TestRun(Uuid::new_v4()),
                false => Shape::Captured,
            },
            ..ActionRequest::new(kind, self.portal, self.enrolled(), enrollment_id)
        }
    }

    /// Where an event happens.
    pub fn place(&self) -> Place {
        let stamped = demo_world::originating_thread(self.ticket);
        Place {
            portal: self.portal,
            thread: self.thread.or(stamped).unwrap_or(demo_world::THREAD),
            ticket: self.ticket,
        }
    }

    fn enrolled(&self) -> Enrolled {
        if let Some(contact) = self.contact {
            return Enrolled::Contact(contact);
        }
        let stamped = || demo_world::originating_thread(self.ticket);
        let thread = if self.no_thread {
            None
        } else {
            self.thread.or_else(stamped)
        };
        Enrolled::Ticket(self.ticket, thread)
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
