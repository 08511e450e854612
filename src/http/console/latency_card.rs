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

/// The card; nothing before the first webhook.
pub(super) fn latency_card(latency: &Value) -> Markup {
    let kinds = latency.get("kinds").and_then(Value::as_object);
    let kinds: Vec<_> = kinds.into_iter().flatten().collect();
    html! {
        @if !kinds.is_empty() {
            section.card aria-labelledby="latency" {
                h2 #latency { "Speed" }
                p.small.muted { "Milliseconds that half, 95 % and 99 % of the events took at most." }
                @for (measure, words) in MEASURES {
                    div.scrolls role="region" aria-label=(words) tabindex="0" {
                        table.numbers {
                            caption { (words) }
                            thead { tr {
                                th scope="col" { "Event" }
                                @for (_, period) in PERIODS { th scope="col" { (period) } }
                            } }
                            tbody {
                                @for (kind, numbers) in &kinds {
                                    tr {
                                        th scope="row" { (kind.replace('_', " ")) }
                                        @for (period, _) in PERIODS { td { (three(numbers.get(measure).and_then(|of| of.get(period)))) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Tenths say nothing of what took longer.
fn short(millis: f64) -> String {
    match millis {
        ..100.0 => format!("{millis:.1}"),
        _ => format!("{millis:.0}"),
    }
}

fn three(numbers: Option<&Value>) -> String {
    let of = |name: &str| numbers.and_then(|of| of.get(name)).and_then(Value::as_f64);
    match (of("p50_ms"), of("p95_ms"), of("p99_ms")) {
        (Some(p50), Some(p95), Some(p99)) => [p50, p95, p99].map(short).join(" / "),
        (_, _, _) => "–".to_owned(),
    }
}
