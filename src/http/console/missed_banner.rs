//! Said on a portal's page while its webhooks do not come although its conversations change. It
//! goes away with the next webhook.

use super::shown_time::{length, moment};
use crate::domain::time::Timestamp;
use crate::service::show_portals::PortalView;
use crate::store::heard_webhooks::Missed;
use maud::{Markup, html};

/// The banner; nothing while webhooks come, or where none can: HubSpot sends them to the app only.
/// `target` is where it should send them.
pub(super) fn missed_banner(
    portal: &PortalView,
    missed: Option<&Missed>,
    target: &str,
    now: Timestamp,
) -> Markup {
    let missed = missed.filter(|_| portal.features.silence_at_once);
    html! {
        @if let Some(missed) = missed {
            section.banner.bad aria-labelledby="missed-webhooks" {
                h2 #missed-webhooks { "HubSpot's webhooks do not arrive" }
                p {
                    @match missed.heard_at {
                        Some(at) => { "The last one of this portal came " (moment(at.into(), now)) }
                        None => { "None of this portal came since it was connected" }
                    }
                    ", though its conversations have changed since " (moment(missed.missed_since.into(), now)) ". "
                    "Baton found that by reading them, every " (length(portal.settings.sweep_period)) ": "
                    "a person who takes a conversation silences the AI that much later."
                }
                p { strong { "What to check:" } }
                ol {
                    li { "In the app's project in HubSpot, the webhooks' target URL is " code { (target) } ", and the subscriptions are active. HubSpot takes up changes within 5 minutes." }
                    li { "That address answers from outside: a proxy or firewall in front of Baton lets HubSpot's POST through." }
                    li { "HubSpot's monitoring of the app shows, under Webhooks, what was sent for this portal and what was answered." }
                    li { "The portal has granted " code { "conversations.read" } " and " code { "tickets" } "; the scopes are below." }
                }
                p.small { "This goes away with the next webhook. To cause one, assign a test conversation to yourself." }
            }
        }
    }
}
