//! Commands handed straight to a decider, so that a test knows what waits in which order.

use crate::machine::DEADLINE;
use crate::world::{PORTAL, THREAD, TICKET};
use baton::decider::command::{AnswerShape, Body, Command, NotDecided, Once, Reply};
use baton::decider::{Decider, Options};
use baton::domain::actor::Requester;
use baton::domain::command::{Ask, Pause, Reach, Resume, Subject, What};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::time::Span;
use baton::store::batch::read::ReceiptKey;
use baton::store::pool::Store;
use std::sync::Arc;
use std::time::Duration;

/// How long a caller waits: longer than any of the service, whose limit is not what is tested.
pub const WITHIN: Duration = DEADLINE;

/// A decider with one writer.
pub fn decider(database_url: &str) -> Decider {
    let store = Arc::new(Store::new(database_url, 1));
    let options = Options {
        writers: 1,
        most_in_batch: Options::MOST_IN_BATCH,
    };
    Decider::start(&store, options).unwrap()
}

/// A pause or a resume of the ticket of this number, by turns, so that each changes something.
pub fn command(place: i64, turn: usize) -> Command {
    let what = if turn.is_multiple_of(2) {
        What::Pause(Pause {
            lasts: Some(Span::from_secs(3_600)),
            replace: false,
        })
    } else {
        What::Resume(Resume {
            cancel_pending_handoff: false,
        })
    };
    let thread = Some(ThreadId(THREAD.0 + place));
    about(TicketId(TICKET.0 + place), thread, what, turn)
}

/// A command about a ticket, answered once for this number.
pub fn about(ticket: TicketId, thread: Option<ThreadId>, what: What, number: usize) -> Command {
    let callback_id = format!("{ticket}-{number}");
    Command {
        portal: PORTAL,
        subject: Subject {
            ticket: Some(ticket),
            thread,
        },
        linked_ticket: None,
        body: Body::Ask {
            ask: Box::new(Ask::new(what, Reach::AllOpen, Requester::workflow(None))),
            once: Some(Once {
                key: ReceiptKey::callback(PORTAL, &callback_id),
                request_hash: [7; 32],
                parts: Vec::new(),
            }),
            shape: AnswerShape::HubSpot,
        },
    }
}

/// One output of an answer.
pub fn output(reply: &Result<Reply, NotDecided>, name: &str) -> String {
    let bytes = &reply.as_ref().unwrap().bytes;
    let json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    json["outputFields"][name].as_str().unwrap().to_owned()
}
