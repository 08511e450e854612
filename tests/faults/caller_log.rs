//! Callers that send an action again, under the same callback id, until it is answered; and the
//! log of what they were told.

use crate::baton_process::SECRET;
use crate::world::{PORTAL, THREAD, TICKET};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::simulator::caller::{Answer, Caller, Target};
use baton::simulator::signing::Versions;
use secrecy::SecretString;
use std::time::{Duration, Instant};

/// One action that was answered.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// Its callback id.
    pub callback_id: String,
    /// The ticket.
    pub ticket: i64,
    /// The bytes of the answer.
    pub bytes: Vec<u8>,
    /// The decision that the answer names.
    pub decision_id: String,
    /// Attempts that were not answered, or with 503.
    pub unanswered: u32,
}

/// A caller of a process at this address.
pub fn caller(url: &str) -> Caller {
    Caller::new(Target {
        base_url: url.to_owned(),
        signed_base_url: url.to_owned(),
        secret: SecretString::from(SECRET),
        versions: Versions::Both,
    })
    .unwrap()
}

/// An action on the ticket of this number and its conversation. `seed` chooses the action.
pub fn action(place: i64, enrollment: i64, seed: u64) -> ActionRequest {
    let ticket = TicketId(TICKET.0 + place);
    let thread = ThreadId(THREAD.0 + place);
    let kind = match seed % 7 {
        0..=2 => ActionKind::PauseAi,
        3 | 4 => ActionKind::ResumeAi,
        5 => ActionKind::RequestHandoff,
        _ => ActionKind::SendToAi,
    };
    let enrolled = Enrolled::Ticket(ticket, Some(thread));
    let request = ActionRequest::new(kind, PORTAL, enrolled, enrollment);
    match kind {
        ActionKind::PauseAi => request.input("duration", ["1h", "2h", "3h"][seed as usize % 3]),
        ActionKind::ResumeAi | ActionKind::SendToAi | ActionKind::RequestHandoff => request,
    }
}

/// A sequence that looks random and is the same in every run.
pub fn scrambled(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Sends until there is an answer, and notes it.
pub async fn insist(caller: &Caller, request: &ActionRequest, within: Duration) -> Acknowledged {
    let deadline = Instant::now() + within;
    let mut unanswered = 0;
    loop {
        match caller.call(request).await {
            Ok(answer) if answer.status == 200 => return acknowledged(request, answer, unanswered),
            Ok(answer) if answer.status != 503 => panic!(
                "answered {}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            ),
            Ok(_) | Err(_) => unanswered += 1,
        }
        assert!(Instant::now() < deadline, "no answer within {within:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What an answer says.
pub fn acknowledged(request: &ActionRequest, answer: Answer, unanswered: u32) -> Acknowledged {
    let ticket = match request.enrolled {
        Enrolled::Ticket(ticket, _) => ticket.0,
        Enrolled::Contact(_) | Enrolled::Nothing => 0,
    };
    Acknowledged {
        callback_id: request.callback_id(),
        ticket,
        decision_id: answer.outputs.unwrap()["decision_id"].clone(),
        bytes: answer.body,
        unanswered,
    }
}
