//! `POST /hubspot/actions/...`: HubSpot's workflows call here.

use super::activity::Note;
use super::error::ApiError;
use super::signed::Signed;
use super::state::ServiceState;
use crate::hubspot::action_call::{ActionCall, CalledObject};
use crate::hubspot::action_kind::ActionKind;
use crate::metrics::METRICS;
use crate::service::perform_action::{Performed, perform_action};
use crate::store::activity::ActivityKind;
use actix_web::http::header::ContentType;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

/// Performs one action.
pub async fn perform(
    kind: ActionKind,
    request: HttpRequest,
    signed: Signed,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let call = ActionCall::parse(&signed.body)?;
    note(&call, &signed).leave(&request);
    let performed = perform_action(&state.follower, &state.guard, kind, &call).await?;
    let Performed { reply, left_out } = performed;
    if left_out > 0
        && let Some(note) = request.extensions_mut().get_mut::<Note>()
    {
        let said = format!("{left_out} open conversations of the contact were not reached");
        note.not_done.insert(call.portal, said);
    }
    match reply.verdict {
        Some((outcome, _)) => {
            METRICS
                .decisions
                .with_label_values(&[kind.name(), outcome.name()])
                .inc();
        }
        None => METRICS.repeats.inc(),
    }
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(reply.bytes))
}

/// What the activity log says of a call.
fn note(call: &ActionCall, signed: &Signed) -> Note {
    let object = match &call.object {
        CalledObject::Ticket(id) => Some(format!("ticket:{id}")),
        CalledObject::Contact(id) => Some(format!("contact:{id}")),
        CalledObject::Other { .. } | CalledObject::None => None,
    };
    let thread = call.originating_thread.map(|id| format!("thread:{id}"));
    let subjects = object.into_iter().chain(thread).collect();
    Note {
        is_test: call.is_test(),
        body: Some(signed.body.clone()),
        ..Note::of(ActivityKind::Action, call.portal, subjects)
    }
}
