//! One conversation in a list: its state, why the AI is silent, who waits, since when.

use super::layout::Frame;
use super::shown_time::{Clock, distance};
use super::silences::sentence;
use super::state_pill::state_pill;
use crate::domain::explain::{self, Voice};
use crate::domain::ids::PortalId;
use crate::service::show_conversations::ConversationView;
use maud::{Markup, html};

/// The line.
pub(super) fn conversation_line(
    frame: &Frame,
    portal: PortalId,
    conversation: &ConversationView,
    clock: Clock,
) -> Markup {
    let base = format!("/console/portals/{portal}");
    let thread = conversation.thread.id;
    let silences = conversation.holds.len() + conversation.gates.len();
    let waiting = conversation.thread.record.facts.waiting.as_ref();
    html! {
        li {
            div.row {
                h2 { a id=(format!("c{thread}")) href=(frame.link(format!("{base}/conversations/{thread}"))) { "Conversation " (thread) } }
                span.end.row {
                    @if waiting.is_some() { span.pill.warn { "Customer waits" } }
                    (state_pill(conversation.state, conversation.may_reply))
                }
            }
            p {
                @if let Some(strongest) = conversation.holds.first() {
                    (sentence(strongest, clock.now))
                } @else if let Some(gate) = conversation.gates.first() {
                    (explain::gate(Voice::PLAIN, *gate))
                } @else if conversation.may_reply {
                    "The AI may answer."
                } @else {
                    "Nobody holds it; the AI is silent in the whole portal."
                }
                @if silences > 1 {
                    " " span.muted.nowrap { "+ " (silences - 1) @if silences == 2 { " more reason" } @else { " more reasons" } }
                }
            }
            p.small.muted {
                @if let Some(ticket) = conversation.ticket {
                    a.inside href=(frame.link(format!("{base}/tickets/{ticket}"))) { "Ticket " (ticket) } " · "
                }
                @if let Some(waiting) = waiting { "customer wrote " (distance(waiting.since, clock.now)) " · " }
                @if let Some(decided_at) = conversation.decided_at {
                    "last decision " (clock.moment(decided_at))
                } @else if conversation.thread.position == 0 {
                    "nothing decided yet"
                } @else {
                    "no decision is kept"
                }
            }
        }
    }
}
