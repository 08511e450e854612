//! What an admin may do to a conversation by hand.

use super::layout::Frame;
use crate::domain::hold::HoldName;
use crate::domain::ids::PortalId;
use crate::service::show_conversations::ConversationView;
use maud::{Markup, html};
use uuid::Uuid;

/// The name of the field that makes a form count once.
pub(super) const ONCE: &str = "once";
/// For how long, as the action's input has it, and how the list calls it.
const DURATIONS: [(&str, &str); 6] = [
    ("1h", "1 hour"),
    ("15m", "15 minutes"),
    ("4h", "4 hours"),
    ("1d", "1 day"),
    ("3d", "3 days"),
    ("until_resumed", "Until resumed"),
];

/// The card.
pub(super) fn command_forms(
    frame: &Frame,
    portal: PortalId,
    conversation: &ConversationView,
) -> Markup {
    let base = format!(
        "/console/portals/{portal}/conversations/{}",
        conversation.thread.id
    );
    let form = |command: &str, content: Markup| {
        html! {
            form method="post" action=(frame.link(format!("{base}/{command}"))) {
                (frame.csrf_field())
                input type="hidden" name=(ONCE) value=(Uuid::now_v7());
                (content)
            }
        }
    };
    let holds = &conversation.holds;
    let is_locked = holds.iter().any(|hold| hold.name == HoldName::AdminLock);
    html! {
        section.card aria-labelledby="by-hand" {
            h2 #by-hand { "By hand" }
            (form("pause", html! {
                div.field {
                    label for="duration" { "Pause for" }
                    select #duration name="duration" {
                        @for (value, name) in DURATIONS { option value=(value) { (name) } }
                    }
                }
                div.field {
                    label for="note" { "Why" }
                    input #note type="text" name="note" maxlength="200" autocomplete="off" aria-describedby="note-help";
                    p.small #note-help { "Optional; shown with the pause." }
                }
                div.actions { button type="submit" { "Pause the AI" } }
            }))
            hr;
            (form("resume", html! {
                div.actions { button.second type="submit" { "Resume" } }
                p.small.muted { "Lifts pauses. A person who owns it, a handoff or a lock stays." }
            }))
            (form("send", html! {
                div.actions { button.second type="submit" { "Send to AI" } }
                p.small.muted { "Lifts everything but a lock, and has the AI answer a customer who waits." }
            }))
            @if is_locked {
                (form("unlock", html! {
                    div.actions { button.second type="submit" { "Unlock" } }
                    p.small.muted { "What was there beneath the lock counts again." }
                }))
            } @else {
                (form("lock", html! {
                    div.field {
                        label for="lock-note" { "Why it is locked" }
                        input #lock-note type="text" name="note" maxlength="200" autocomplete="off" aria-describedby="lock-note-help";
                        p.small #lock-note-help { "Optional; shown with the lock." }
                    }
                    div.actions { button.danger type="submit" { "Lock the AI out" } }
                    p.small.muted { "No workflow, event or timer lets the AI speak here until an admin unlocks it." }
                }))
            }
        }
    }
}
