//! The kill switch, and what keeps the whole portal silent now.

use super::layout::Frame;
use crate::service::show_portals::view::PortalView;
use maud::{Markup, html};

/// The card.
pub(super) fn ai_card(frame: &Frame, portal: &PortalView) -> Markup {
    let action = frame.link(format!("/console/portals/{}/ai-enabled", portal.portal_id));
    html! {
        section.card aria-labelledby="ai" {
            header { h2 #ai { "AI" } (pill(portal)) }
            @if portal.gates.is_empty() {
                p {
                    "The AI may answer wherever the conversation itself allows it: "
                    "no person, pause, handoff or lock stands in its way."
                }
            } @else {
                p { "The AI is silent in every conversation of this portal, because:" }
                ul {
                    @for gate in &portal.gates {
                        li { (gate.explanation) " " code.muted { (gate.code) } }
                    }
                }
            }
            form method="post" action=(action) {
                (frame.csrf_field())
                input type="hidden" name="enabled" value=(if portal.ai_enabled { "false" } else { "true" });
                div.actions {
                    @if portal.ai_enabled {
                        button.danger type="submit" { "Switch the AI off" }
                    } @else {
                        button type="submit" { "Switch the AI on" }
                    }
                }
                p.small.muted {
                    @if portal.ai_enabled {
                        "Silences every conversation at once. Switching it on again restores exactly what was."
                    } @else {
                        "Every conversation is then as it was before."
                    }
                }
            }
        }
    }
}

/// Whether the AI speaks in this portal at all.
pub(super) fn pill(portal: &PortalView) -> Markup {
    let (class, text) = match (portal.ai_enabled, portal.gates.is_empty()) {
        (false, _) => ("pill bad", "AI switched off"),
        (true, false) => ("pill warn", "AI silent"),
        (true, true) => ("pill good", "AI on"),
    };
    html! { span class=(class) { (text) } }
}
