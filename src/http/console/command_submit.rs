//! The forms of a conversation's page: the API's own commands, with an admin's authority.

use super::command_forms::ONCE;
use super::form::SignedForm;
use super::layout::Frame;
use super::page_error::{PageError, Why};
use super::portal_path::portal_at;
use super::toast::Toast;
use crate::decider::command::NotDecided;
use crate::domain::actor::Authority;
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::http::state::ServiceState;
use crate::hubspot::action_kind::ActionKind;
use crate::metrics::METRICS;
use crate::service::authenticate::Caller;
use crate::service::command_conversation::{
    ApiAction, ApiRequest, NotCommanded, command_conversation,
};
use crate::service::show_conversations::one;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The inputs a form may have.
const INPUTS: [&str; 2] = ["duration", "note"];

/// `POST /console/portals/{portal}/conversations/{thread}/{pause,resume,send,lock,unlock}`
pub(super) async fn submit(
    request: HttpRequest,
    form: SignedForm,
    path: Path<(String, String, String)>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let (portal, thread, command) = path.into_inner();
    let portal = portal_at(&state, &portal).await?;
    let thread: ThreadId = thread.parse().map_err(|_| Why::NotFound)?;
    let action = action(&command).ok_or(Why::NotFound)?;
    known(&state, portal, thread).await?;
    let once = once(&form)?;
    let inputs = inputs(&form)?;

    let caller = Caller {
        portal: Some(portal),
        authority: Authority::Admin,
        name: form.admin.name.clone(),
    };
    let asked = ApiRequest {
        portal,
        thread,
        action,
        inputs: &inputs,
        idempotency_key: Some(&once),
    };
    let reply = command_conversation(&state.decider, &caller, asked).await;
    let reply = reply.map_err(error_page)?;
    match reply.verdict {
        Some((outcome, _)) => METRICS
            .decisions
            .with_label_values(&[action.name(), outcome.name()])
            .inc(),
        None => METRICS.repeats.inc(),
    }
    let toast = toast(action, reply.verdict);
    let frame = Frame::public(&request);
    let page = format!("/console/portals/{portal}/conversations/{thread}");
    Ok(frame.redirect(page, Some(toast)))
}

fn action(command: &str) -> Option<ApiAction> {
    let all = ApiAction::ALL.into_iter();
    let mut offered = all.filter(|action| *action != ApiAction::Shared(ActionKind::RequestHandoff));
    offered.find(|action| action.path() == command)
}

/// An admin who mistypes an address must not begin a conversation's history.
async fn known(state: &ServiceState, portal: PortalId, thread: ThreadId) -> Result<(), PageError> {
    match one(&state.store, portal, thread).await? {
        Some(_) => Ok(()),
        None => Err(Why::NotFound.into()),
    }
}

/// The key of this very form: sent twice, it counts once.
fn once(form: &SignedForm) -> Result<String, Why> {
    let misfit = || Why::Misfit("the form is incomplete; open the page again".to_owned());
    let given = form.form.one(ONCE)?.ok_or_else(misfit)?;
    let id: Uuid = given.parse().map_err(|_| misfit())?;
    Ok(format!("console:{id}"))
}

fn inputs(form: &SignedForm) -> Result<BTreeMap<String, String>, Why> {
    let mut inputs = BTreeMap::new();
    for name in INPUTS {
        if let Some(value) = form.form.one(name)? {
            inputs.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(inputs)
}

fn error_page(error: NotCommanded) -> PageError {
    let why = match error {
        NotCommanded::Misfit(misfit) => Why::Misfit(misfit.to_string()),
        NotCommanded::UnknownInput { .. } => Why::Misfit(error.to_string()),
        NotCommanded::NotDecided(error) => match error {
            NotDecided::QueueFull | NotDecided::Draining | NotDecided::TimedOut(_) => {
                log::warn!("answered 503: {error}");
                Why::Undecided
            }
            NotDecided::NeedsThread | NotDecided::Faulty(_) | NotDecided::Failed(_) => {
                log::error!("answered 500: {error}");
                Why::Internal
            }
        },
    };
    why.into()
}

/// None of these sentences says that the AI speaks: the page below says whether it may.
const fn toast(action: ApiAction, verdict: Option<(Outcome, ReasonCode)>) -> Toast {
    let Some((outcome, reason)) = verdict else {
        return Toast::DoneOnce;
    };
    match (outcome, action) {
        (Outcome::Applied | Outcome::Merged, ApiAction::Shared(kind)) => match kind {
            ActionKind::PauseAi | ActionKind::RequestHandoff => Toast::Paused,
            ActionKind::ResumeAi => Toast::Resumed,
            ActionKind::SendToAi => Toast::SentToAi,
        },
        (Outcome::Applied | Outcome::Merged, ApiAction::Lock) => Toast::Locked,
        (Outcome::Applied | Outcome::Merged, ApiAction::Unlock) => Toast::Unlocked,
        (Outcome::Already, _) => Toast::WasSoAlready,
        (Outcome::Extended, _) => Toast::PauseExtended,
        (Outcome::AppliedShadowed, _) => Toast::KeptBeneath,
        (Outcome::Queued, _) => Toast::Underway,
        (Outcome::Refused, _) if matches!(reason, ReasonCode::CallbackIdReused) => {
            Toast::FormUsedUp
        }
        (Outcome::Refused | Outcome::NotFound | Outcome::DryRun, _) => Toast::Refused,
    }
}
