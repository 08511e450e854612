//! An action's request prepared for many tickets: the JSON is written once, and only the ids are
//! filled in, so that the load generator leaves the processors to what it measures.

use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::simulator::action_kind::ActionKind;
use crate::simulator::action_request::{ActionRequest, Enrolled};
use crate::simulator::signing::UrlSigner;
use secrecy::SecretString;
use std::io::Write as _;

/// Stand for the ids while the JSON is written; nothing else in it has these digits.
const TICKET_MARK: i64 = 8_111_111_111_111_111_111;
const THREAD_MARK: i64 = 8_222_222_222_222_222_222;
const ENROLLMENT_MARK: i64 = 8_333_333_333_333_333_333;

/// The ids of one request.
#[derive(Clone, Copy)]
pub struct Ids {
    /// The ticket.
    pub ticket: TicketId,
    /// The conversation it was opened for.
    pub thread: ThreadId,
    /// The enrolment; makes the callback id unique.
    pub enrollment: i64,
}

/// The request of one action.
pub struct RequestTemplate {
    /// Its path under the service's base address.
    pub path: String,
    /// Signs its bodies.
    pub signer: UrlSigner,
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Ticket,
    Thread,
    Enrollment,
}

impl RequestTemplate {
    /// Prepares requests for an action of a portal, signed for this base address.
    pub fn new(kind: ActionKind, portal: PortalId, base_url: &str, secret: &SecretString) -> Self {
        let marked = Ids {
            ticket: TicketId(TICKET_MARK),
            thread: ThreadId(THREAD_MARK),
            enrollment: ENROLLMENT_MARK,
        };
        let body = request(kind, portal, marked).body();
        let path = kind.path();
        let url = format!("{}{path}", base_url.trim_end_matches('/'));
        Self {
            signer: UrlSigner::new(secret, "POST", &url),
            pieces: pieces(&String::from_utf8_lossy(&body)),
            path,
        }
    }

    /// The body with these ids.
    pub fn body(&self, ids: Ids) -> Vec<u8> {
        let mut body = Vec::with_capacity(1_024);
        for piece in &self.pieces {
            // Writing to a Vec cannot fail.
            let _ = match piece {
                Piece::Text(text) => body.write_all(text.as_bytes()),
                Piece::Ticket => write!(body, "{}", ids.ticket),
                Piece::Thread => write!(body, "{}", ids.thread),
                Piece::Enrollment => write!(body, "{}", ids.enrollment),
            };
        }
        body
    }
}

fn request(kind: ActionKind, portal: PortalId, ids: Ids) -> ActionRequest {
    let enrolled = Enrolled::Ticket(ids.ticket, Some(ids.thread));
    let request = ActionRequest::new(kind, portal, enrolled, ids.enrollment);
    match kind {
        ActionKind::PauseAi => request.input("duration", "1h"),
        ActionKind::RequestHandoff => request.input("priority", "high"),
        ActionKind::ResumeAi | ActionKind::SendToAi => request,
    }
}

fn pieces(body: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some((at, mark, id)) = first_mark(rest) {
        let (before, after) = rest.split_at(at);
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(id);
        rest = after.strip_prefix(mark.as_str()).unwrap_or_default();
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

fn first_mark(text: &str) -> Option<(usize, String, Piece)> {
    let marks = [
        (TICKET_MARK, Piece::Ticket),
        (THREAD_MARK, Piece::Thread),
        (ENROLLMENT_MARK, Piece::Enrollment),
    ];
    marks
        .into_iter()
        .filter_map(|(mark, id)| {
            let mark = mark.to_string();
            Some((text.find(&mark)?, mark, id))
        })
        .min_by_key(|(at, ..)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_template_equals_the_request_written_in_full() {
        let portal = PortalId(50_001);
        for kind in ActionKind::ALL {
            let template = RequestTemplate::new(kind, portal, "http://x.example", &"s".into());
            for n in [1, 77, 99_999] {
                let ids = Ids {
                    ticket: TicketId(15_384_000_000 + n),
                    thread: ThreadId(7_000 + n),
                    enrollment: n,
                };
                assert_eq!(template.body(ids), request(kind, portal, ids).body());
            }
        }
    }
}
