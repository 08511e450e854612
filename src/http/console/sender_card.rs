//! Choosing the teammate the AI sends as.

use super::layout::Frame;
use crate::service::choose_ai_sender::Teammate;
use crate::service::show_portals::view::PortalView;
use maud::{Markup, html};

/// Whom the AI could send as, as far as HubSpot told.
pub(super) enum Teammates {
    /// These.
    Known(Vec<Teammate>),
    /// Nobody can be asked; in a sentence, why.
    Unknown(String),
}

/// The card.
pub(super) fn sender_card(frame: &Frame, portal: &PortalView, teammates: &Teammates) -> Markup {
    html! {
        section.card aria-labelledby="sender" {
            header {
                h2 #sender { "AI sender" }
                @if portal.ai_sender.is_none() { span class="pill warn" { "Not chosen" } }
            }
            p { "The teammate in HubSpot in whose name the AI writes." }
            @if let Some(sender) = &portal.ai_sender {
                dl {
                    div {
                        dt { "Now" }
                        dd {
                            (sender.name.as_deref().unwrap_or("A user without a name"))
                            " " span.muted { "(user " (sender.user_id) ")" }
                        }
                    }
                }
                @if let Some(warning) = sender.warning { p.hint.warn { (warning) } }
            } @else {
                p.hint.warn { "Until one is chosen the AI stays silent in this portal." }
            }
            @match teammates {
                Teammates::Unknown(why) => { p.muted { (why) } }
                Teammates::Known(known) if known.is_empty() => {
                    p.muted { "HubSpot knows no teammate in this portal. Add a user there first." }
                }
                Teammates::Known(known) => { (form(frame, portal, known)) }
            }
        }
    }
}

fn form(frame: &Frame, portal: &PortalView, teammates: &[Teammate]) -> Markup {
    let action = frame.link(format!("/console/portals/{}/ai-sender", portal.portal_id));
    let chosen = portal.ai_sender.as_ref();
    let is_own = chosen.is_some_and(|sender| sender.is_shared == Some(false));
    html! {
        form method="post" action=(action) {
            (frame.csrf_field())
            div.field {
                label for="user" { "Teammate" }
                select #user name="user_id" required aria-describedby="user-hint" {
                    option value="" { "Choose…" }
                    @for teammate in teammates {
                        option value=(teammate.user_id)
                            selected[chosen.is_some_and(|sender| sender.user_id == teammate.user_id)] {
                            (teammate.name)
                            @if let Some(email) = &teammate.email {
                                @if *email != teammate.name { " · " (email) }
                            }
                            @if teammate.is_installer { " · connected this portal" }
                        }
                    }
                }
                p.small #user-hint {
                    "Best a user of its own, such as \u{201c}AI Assistant\u{201d}. "
                    "A person who shares it could not silence the AI by being assigned."
                }
            }
            label.choice {
                input type="checkbox" name="is_own" value="yes" checked[is_own];
                "No person uses this user"
            }
            div.actions { button type="submit" { "Save sender" } }
        }
    }
}
