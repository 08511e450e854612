//! Said on a portal's page while HubSpot's webhooks were refused lately: what HubSpot signed must
//! not be lost unseen.

use super::shown_time::moment;
use crate::domain::time::{Span, Timestamp};
use crate::store::webhook_refusals::Refusals;
use maud::{Markup, html};

/// Refusals older than this are history.
const LATELY: Span = Span::from_hours(24);

/// The banner; nothing where none was refused in the last day.
pub(super) fn webhook_banner(refusals: &[Refusals], now: Timestamp) -> Markup {
    let lately = |refused: &&Refusals| now - Timestamp::from(refused.last_refused_at) < LATELY;
    let lately: Vec<&Refusals> = refusals.iter().filter(lately).collect();
    html! {
        @if !lately.is_empty() {
            section.banner.bad aria-labelledby="refused-webhooks" {
                h2 #refused-webhooks { "HubSpot's webhooks were refused" }
                p {
                    "Until this is mended, Baton does not hear at once when a person takes a conversation. "
                    "HubSpot repeats what was refused for a day."
                }
                ul {
                    @for refused in &lately {
                        li {
                            (refused.detail) " "
                            span.muted { (times(refused.times)) ", last " (moment(refused.last_refused_at.into(), now)) }
                        }
                    }
                }
                @if lately.iter().any(|refused| refused.fits_as_v1) {
                    p {
                        strong { "What to do: " }
                        "HubSpot signs this app's webhooks with v1 alone. Set "
                        code { "HUBSPOT_WEBHOOKS_ACCEPT_V1=true" } " and start Baton again. "
                        "v1 covers neither address nor time, so it is accepted for webhooks only."
                    }
                } @else {
                    p {
                        strong { "What to do: " }
                        "Run " code { "baton doctor" }
                        ": it compares the client secret, the public address and the clock with what HubSpot uses."
                    }
                }
            }
        }
    }
}

/// How often, in words.
pub(super) fn times(times: i64) -> String {
    match times {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}
