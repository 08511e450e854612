//! How fast the portal's webhooks became decisions.

use maud::{Markup, html};
use serde_json::Value;

/// The periods: their name in the numbers, and their words.
const PERIODS: [(&str, &str); 2] = [("last_hour", "Last hour"), ("last_day", "Last day")];
/// The measures: their name in the numbers, and their words.
const MEASURES: [(&str, &str); 2] = [
    ("received_to_committed", "From receipt to decision"),
    ("occurred_to_committed", "From HubSpot's time to decision"),
];
/// The columns: their name in the numbers, and their words.
const LENGTHS: [(&str, &str); 4] = [
    ("p50_ms", "Half"),
    ("p95_ms", "95 %"),
    ("p99_ms", "99 %"),
    ("max_ms", "Longest"),
];

/// The card; nothing before the first webhook.
pub(super) fn latency_card(latency: &Value) -> Markup {
    let kinds = latency.get("kinds").and_then(Value::as_object);
    let kinds: Vec<_> = kinds.into_iter().flatten().collect();
    html! {
        @if !kinds.is_empty() {
            section.card aria-labelledby="latency" {
                h2 #latency { "Speed" }
                p.small.muted { "In milliseconds: half, 95 % and 99 % of the events took at most so long; the longest is exact." }
                @for (measure, words) in MEASURES {
                    div.scrolls role="region" aria-label=(words) tabindex="0" {
                        table.numbers {
                            caption { (words) }
                            thead { tr {
                                th scope="col" { "Webhook" }
                                th scope="col" { "Period" }
                                th scope="col" { "Events" }
                                @for (_, length) in LENGTHS { th scope="col" { (length) } }
                            } }
                            @for (kind, numbers) in &kinds { (rows(kind, numbers.get(measure))) }
                        }
                    }
                }
            }
        }
    }
}

/// One kind of webhook: a row for each period.
fn rows(kind: &str, numbers: Option<&Value>) -> Markup {
    html! {
        tbody {
            @for (place, (period, words)) in PERIODS.into_iter().enumerate() {
                @let of = |name: &str| numbers?.get(period)?.get(name)?.as_f64();
                tr {
                    @if place == 0 { th scope="rowgroup" rowspan=(PERIODS.len()) { (named(kind)) } }
                    th scope="row" { (words) }
                    td { (of("count").map_or_else(|| "0".to_owned(), |count| format!("{count:.0}"))) }
                    @for (name, _) in LENGTHS { td { (of(name).map_or_else(|| "–".to_owned(), short)) } }
                }
            }
        }
    }
}

/// What HubSpot calls what happened.
fn named(kind: &str) -> String {
    let words = match kind {
        "thread_assigned" => "Conversation assigned",
        "thread_opened" => "Conversation opened",
        "thread_closed" => "Conversation closed",
        "thread_archived" => "Conversation archived or deleted",
        "thread_restored" => "Conversation out of the archive",
        "thread_created" => "Conversation created",
        "message_added" => "New message",
        "thread_erased" => "Conversation erased for privacy",
        "contact_erased" => "Contact erased for privacy",
        "ticket_assigned" => "Ticket owner changed",
        "ticket_linked" => "Ticket associated",
        "tickets_merged" => "Tickets merged",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

/// Tenths say nothing of what took longer.
fn short(millis: f64) -> String {
    match millis {
        ..100.0 => format!("{millis:.1}"),
        _ => format!("{millis:.0}"),
    }
}
