//! What the tests ask for, who asks, and what is answered.

use baton::domain::actor::{Authority, Requester};
use baton::domain::command::{Pause, RequestHandoff, ResponseMode, Resume, SendToAi, What};
use baton::domain::decide::Verdict;
use baton::domain::hold::{OnTimeout, Priority};
use baton::domain::ids::WorkflowId;
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::owner::Owner;
use baton::domain::time::Span;

pub fn pause() -> What {
    What::Pause(Pause {
        lasts: None,
        replace: false,
    })
}

pub fn pause_for(minutes: i64) -> What {
    What::Pause(Pause {
        lasts: Some(Span::from_minutes(minutes)),
        replace: false,
    })
}

pub fn replace_by(minutes: i64) -> What {
    What::Pause(Pause {
        lasts: Some(Span::from_minutes(minutes)),
        replace: true,
    })
}

pub fn resume() -> What {
    What::Resume(Resume {
        cancel_pending_handoff: false,
    })
}

pub fn resume_and_cancel() -> What {
    What::Resume(Resume {
        cancel_pending_handoff: true,
    })
}

pub fn send() -> What {
    send_with(|_| {})
}

pub fn send_with(change: impl FnOnce(&mut SendToAi)) -> What {
    let mut send = SendToAi {
        mode: ResponseMode::AnswerLatest,
        take_over: false,
        reopen: false,
    };
    change(&mut send);
    What::SendToAi(send)
}

pub fn handoff() -> What {
    handoff_with(|_| {})
}

pub fn handoff_with(change: impl FnOnce(&mut RequestHandoff)) -> What {
    let mut request = RequestHandoff {
        target: None,
        priority: Priority::Normal,
        customer_message: None,
        claim_timeout: None,
        on_timeout: OnTimeout::Notify,
    };
    change(&mut request);
    What::RequestHandoff(request)
}

pub fn anna() -> Owner {
    Owner::Person("A-anna".to_owned())
}

pub fn workflow() -> Requester {
    Requester::workflow(Some(WorkflowId(1)))
}

pub fn admin() -> Requester {
    Requester::api(Authority::Admin, "console")
}

pub fn applied() -> Verdict {
    (Outcome::Applied, ReasonCode::Applied)
}

pub fn already() -> Verdict {
    (Outcome::Already, ReasonCode::AlreadyInState)
}

pub fn refused(reason: ReasonCode) -> Verdict {
    (Outcome::Refused, reason)
}

pub fn shadowed(reason: ReasonCode) -> Verdict {
    (Outcome::AppliedShadowed, reason)
}
