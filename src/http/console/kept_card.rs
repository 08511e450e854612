//! Webhooks that were authentic and could not be used, each with its reason.

use super::shown_time::moment;
use super::webhook_banner::times;
use crate::domain::time::Timestamp;
use crate::store::kept_events::ShownEvent;
use maud::{Markup, html};

/// The card; nothing where everything could be used.
pub(super) fn kept_card(kept: &[ShownEvent], now: Timestamp) -> Markup {
    html! {
        @if !kept.is_empty() {
            section.card aria-labelledby="kept" {
                h2 #kept { "Webhooks of no use" }
                p.small.muted {
                    "HubSpot sent these and Baton could not use them. Nothing else was lost with them; "
                    "they are kept for a while so that the reason can be found."
                }
                ul.changes {
                    @for event in kept {
                        li {
                            span { (event.reason) @if event.portal_id == 0 { " " span.tag { "portal unreadable" } } }
                            span.small.muted { (times(event.times)) ", last " (moment(event.last_received_at.into(), now)) }
                            details { summary.small { "As received" } pre { code { (event.beginning) } } }
                        }
                    }
                }
            }
        }
    }
}
