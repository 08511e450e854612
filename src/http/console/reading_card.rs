//! What Baton reads of a portal by itself: how far the first import is, whether reading fails, and
//! what the newest tickets say about automatic assignment.

use super::layout::Frame;
use super::shown_time::moment;
use crate::domain::policy::AssignedByAutomation;
use crate::domain::time::Timestamp;
use crate::service::show_portals::PortalView;
use crate::service::show_portals::view::ConnectionStatus;
use crate::store::followed_portals::ImportProgress;
use maud::{Markup, html};

/// The card; nothing unless the portal is connected.
pub(super) fn reading_card(
    frame: &Frame,
    portal: &PortalView,
    progress: Option<&ImportProgress>,
    now: Timestamp,
) -> Markup {
    html! {
        @if portal.connection == ConnectionStatus::Connected {
            section.card #reading data-live aria-labelledby="reading-title" {
                header { h2 #reading-title { "Open conversations" } (pill(progress)) }
                @match progress.and_then(|progress| Some((progress, progress.began_at?))) {
                    None => p.muted { "Baton is about to read the conversations that are open in HubSpot." },
                    Some((progress, began_at)) => (numbers(progress, began_at.into(), now)),
                }
                @if let Some(progress) = progress {
                    (failure(progress, now))
                    (sample(frame, portal, progress))
                }
            }
        }
    }
}

fn pill(progress: Option<&ImportProgress>) -> Markup {
    let failing = progress.is_some_and(|progress| progress.failure.is_some());
    let is_over = progress.is_some_and(|progress| progress.ended_at.is_some());
    html! {
        @if failing { span.pill.bad { "Reading fails" } }
        @else if is_over { span.pill.good { "All read" } }
        @else { span.pill { "Reading" } }
    }
}

fn numbers(progress: &ImportProgress, began_at: Timestamp, now: Timestamp) -> Markup {
    let (read, open) = (progress.threads_read, progress.threads_open);
    html! {
        @match progress.ended_at {
            None => {
                p {
                    strong { (grouped(read)) " read so far" } ", " (grouped(open)) " of them open. "
                    "HubSpot does not say how many are left; Baton already decides for those it read, "
                    "and for every one that a webhook or a workflow names."
                }
                progress aria-label="Conversations are being read" {}
            },
            Some(_) => p {
                strong { (grouped(read)) " read" } ", " (grouped(open)) " of them open: "
                "all with a message in the 30 days before the portal was connected."
            },
        }
        dl {
            div { dt { "Began" } dd { (moment(began_at, now)) } }
            @if let Some(at) = progress.ended_at {
                div { dt { "Finished" } dd { (moment(at.into(), now)) } }
            }
            @if let Some(at) = progress.swept_at {
                div { dt { "Owners read again" } dd { (moment(at.into(), now)) } }
            }
        }
    }
}

fn failure(progress: &ImportProgress, now: Timestamp) -> Markup {
    html! {
        @if progress.skipped > 0 {
            p.hint.warn #skipped {
                "HubSpot did not tell the owners of " (grouped(progress.skipped))
                " conversations and tickets. Baton goes by what it knew, reads all others, and tries \
                 again within minutes."
            }
        }
        @if let (Some(why), Some(since)) = (&progress.failure, progress.failing_since) {
            div.hint.warn role="alert" {
                p { "Reading fails since " (moment(since.into(), now)) ". Baton tries again by itself." }
                p { code { (why) } }
            }
        }
    }
}

/// What automatic assignment means here, by the newest tickets.
fn sample(frame: &Frame, portal: &PortalView, progress: &ImportProgress) -> Markup {
    let (of, by) = (
        progress.tickets_sampled,
        progress.tickets_assigned_by_automation,
    );
    let setting = format!(
        "/console/portals/{}/settings#assigned_by_automation",
        portal.portal_id
    );
    let meaning = match (by, portal.settings.assigned_by_automation) {
        (0, AssignedByAutomation::Silences) => {
            "Were one, the AI would be silent on it from then on."
        }
        (0, AssignedByAutomation::WaitsForFirstReply) => {
            "Were one, the AI would go on until that person replies."
        }
        (_, AssignedByAutomation::Silences) => "The AI will be silent on those.",
        (_, AssignedByAutomation::WaitsForFirstReply) => {
            "The AI goes on answering what is assigned like that until the person replies. It is \
             silent where this was chosen later than the ticket was assigned, where somebody had \
             answered before Baton was connected, and where HubSpot did not tell how the ticket \
             was assigned."
        }
    };
    html! {
        @if progress.ended_at.is_some() && of > 0 {
            p #sample {
                strong { (by) " of " (of) " newest tickets were assigned automatically" }
                ", by routing, rotation or a workflow. " (meaning) " "
                a href=(frame.link(setting)) { "Change?" }
            }
        }
    }
}

/// `12,345`
fn grouped(count: i64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        for (count, said) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(count), said);
        }
    }
}
