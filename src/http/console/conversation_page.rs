//! `/console/portals/{portal}/conversations/{thread}`: one conversation, why the AI is silent in
//! it, what can be done by hand, and everything that was decided.

use super::admin::Admin;
use super::command_forms::command_forms;
use super::layout::{Frame, Moves};
use super::page_error::{PageError, Why};
use super::shown_time::Clock;
use super::silences::{portal_silence, silences};
use super::state_pill::{name_of, state_pill};
use super::subject_page::{SubjectPage, named, respond};
use super::timeline::{Place, timeline};
use crate::domain::ids::ThreadId;
use crate::http::state::ServiceState;
use crate::service::read_timeline::{USUAL_LINES, lines_of_thread, thread_cursor};
use crate::service::show_conversations::{ConversationView, Shown, one};
use crate::service::show_portals::PortalView;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

/// Shows the conversation.
pub(super) async fn show(
    request: HttpRequest,
    admin: Admin,
    path: Path<(String, String)>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let named = named::<ThreadId>(&request, &state, &path).await?;
    let (id, thread) = (named.portal.portal_id, named.id);
    let before = named.cursor.as_deref().map(thread_cursor).transpose();
    let before = before.map_err(|_| Why::NotFound)?;
    let shown = one(&state.store, id, thread).await?;
    let shown = shown.ok_or(Why::NotFound)?;
    let lines = lines_of_thread(&state.store, id, thread, before, USUAL_LINES).await?;

    let frame = Frame::signed_in(&request, &admin).that(Moves::ByScript);
    let Some(conversation) = shown.conversations.first() else {
        return Err(Why::NotFound.into());
    };
    let place = Place {
        frame: &frame,
        portal: id,
        path: format!("/console/portals/{id}/conversations/{thread}"),
        is_later: before.is_some(),
        connected_at: named.portal.connected_at,
        names_threads: false,
    };
    let now_card = now_card(&frame, &named.portal, conversation, &shown);
    let timeline = timeline(&place, &lines, &shown);
    let page = SubjectPage {
        title: &format!("Conversation {thread}"),
        portal: &named.portal,
        moving: html! { (now_card) (timeline) },
        whole: html! {
            div.beside {
                (now_card)
                (command_forms(&frame, id, conversation))
                (timeline)
            }
        },
    };
    respond(&request, &frame, page)
}

fn now_card(
    frame: &Frame,
    portal: &PortalView,
    conversation: &ConversationView,
    shown: &Shown,
) -> Markup {
    let (id, sweep_period) = (portal.portal_id, portal.settings.sweep_period);
    let clock = Clock::of(shown);
    let thread = &conversation.thread;
    let silenced = conversation.holds.len() + conversation.gates.len() > 0;
    let waiting = thread.record.facts.waiting.as_ref();
    html! {
        section.card #now data-live aria-labelledby="conversation" {
            header {
                h2 #conversation { "Conversation " (thread.id) }
                (state_pill(conversation.state, conversation.may_reply))
            }
            (portal_silence(&shown.portal_gates))
            @if let Some(would) = conversation.would_have_been {
                p.hint {
                    "This portal is only observed: what is below binds nobody. Live, it would be: "
                    (name_of(would.ai_state)) "."
                }
            }
            @if conversation.may_reply { p { "The AI may answer." } }
            @if silenced { (silences(conversation, sweep_period, clock)) }
            @else if !conversation.may_reply { p { "Nobody holds this conversation itself." } }
            dl {
                @if let Some(ticket) = conversation.ticket {
                    div { dt { "Ticket" } dd { a #ticket href=(frame.link(format!("/console/portals/{id}/tickets/{ticket}"))) { (ticket) } } }
                }
                @if let Some(waiting) = waiting {
                    div { dt { "Customer waits" } dd { "since " (clock.moment(waiting.since)) } }
                }
                @if let Some(at) = thread.record.facts.last_ai_reply_at {
                    div { dt { "AI answered" } dd { (clock.moment(at)) } }
                }
                div {
                    dt { "Owner read" }
                    dd { @match thread.record.facts.owner_checked_at {
                        Some(at) => (clock.moment(at)),
                        None => "not yet: what is known of it comes from webhooks alone",
                    } }
                }
                div {
                    dt { "Version" }
                    dd {
                        (thread.control_version)
                        span.muted { ", last silent at " (thread.silenced_at_version) }
                    }
                }
            }
        }
    }
}
