//! A timeline, the newest line first: each a sentence, with what came of it and how long it took.

use super::layout::Frame;
use super::line_sentence::{Said, said};
use super::shown_time::Clock;
use super::state_pill::name_of;
use crate::domain::assess::AiState;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::service::raised_handoff::raised_handoff;
use crate::service::read_timeline::Lines;
use crate::service::show_conversations::Shown;
use crate::store::decisions::Line;
use maud::{Markup, html};
use url::form_urlencoded;

/// Longer than this from HubSpot's time to the decision is no measure of Baton.
const MOST_SHOWN_MS: i64 = 3_600_000;

/// Where the timeline stands.
pub(super) struct Place<'a> {
    pub(super) frame: &'a Frame,
    pub(super) portal: PortalId,
    /// The page's own address.
    pub(super) path: String,
    /// This is not the first page.
    pub(super) is_later: bool,
    /// Since when the portal is connected: what happened earlier was imported, which measures nothing.
    pub(super) connected_at: Option<Timestamp>,
    /// Its lines are about several conversations.
    pub(super) names_threads: bool,
}

/// The card.
pub(super) fn timeline(place: &Place<'_>, lines: &Lines, shown: &Shown) -> Markup {
    let link = |cursor: &str| {
        let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        place.frame.link(format!("{}?cursor={cursor}", place.path))
    };
    html! {
        section.card #decisions data-live aria-labelledby="timeline" {
            h2 #timeline { "Timeline" }
            @if lines.lines.is_empty() {
                p.muted { "Nothing was decided here yet." }
            } @else {
                ol.timeline { @for line in &lines.lines { (entry(place, line, shown)) } }
            }
            @if place.is_later || lines.next_cursor.is_some() {
                nav.actions aria-label="Pages" {
                    @if place.is_later { a.button.second #newest href=(place.frame.link(&place.path)) { "Newest" } }
                    @if let Some(cursor) = &lines.next_cursor {
                        a.button.second #older href=(link(cursor)) { "Older" }
                    }
                }
            }
        }
    }
}

fn entry(place: &Place<'_>, line: &Line, shown: &Shown) -> Markup {
    let Said {
        sentence,
        happened_at,
        words,
        is_test,
    } = said(&line.command, &shown.people);
    let decided_at = Timestamp::from(line.decided_at);
    let is_imported = |at: &Timestamp| {
        let connected_at = place.connected_at;
        connected_at.is_some_and(|since| (*at..=decided_at).contains(&since))
    };
    let took = happened_at.filter(|at| !is_imported(at));
    let took = took.map(|at| (decided_at - at).as_millis());
    let took = took.filter(|took| (0..=MOST_SHOWN_MS).contains(took));
    let after = state(&line.state_after);
    let changed = line.state_before != line.state_after;
    html! {
        li class=(dot(&line.state_after)) {
            p {
                strong { (sentence) }
                @if raised_handoff(line, shown.ticket.as_ref()) { " " span.tag { "a handoff began" } }
                @if is_test { " " span.tag { "test run" } }
                @if let Some(outcome) = outcome(&line.outcome) { " " span.tag { (outcome) } }
                @if line.reason_code == "RELEASE_VOIDED_LATE_HUMAN_REPLY" { " " span.tag { "undid an earlier release" } }
            }
            @if !line.explanation.is_empty() { p { (shown.people.name_in(&line.explanation)) } }
            @else if changed { p { (effect(after)) } }
            @if let Some(words) = &words { p.small { "“" (words) "”" } }
            p.small.muted {
                (Clock::of(shown).moment(decided_at))
                @if let Some(took) = took { " · decided " (milliseconds(took)) " after it happened in HubSpot" }
                @if changed { " · " (label(&line.state_before)) " → " (label(&line.state_after)) }
                @if place.names_threads {
                    @if line.subject == "thread" {
                        " · " a href=(place.frame.link(format!("/console/portals/{}/conversations/{}", place.portal, line.subject_id))) { "conversation " (line.subject_id) }
                    } @else { " · the ticket" }
                }
                @if let Some(version) = line.control_version { " · version " (version) }
                @if !line.changed { ", unchanged" }
            }
        }
    }
}

/// What became of a request, where it was not simply done.
fn outcome(outcome: &str) -> Option<&str> {
    match outcome {
        "applied" => None,
        "already" => Some("nothing to change"),
        "extended" => Some("extended"),
        "applied_shadowed" => Some("beneath a stronger silence"),
        "merged" => Some("joined"),
        "queued" => Some("under way"),
        "refused" => Some("refused"),
        "not_found" => Some("not found"),
        "dry_run" => Some("dry run"),
        other => Some(other),
    }
}

fn effect(after: Option<AiState>) -> &'static str {
    match after {
        Some(AiState::AiActive) => "Nothing here silences the AI any more.",
        Some(AiState::HumanActive) => "The AI is silent: a person answers.",
        Some(AiState::HandoffRequested) => {
            "The AI is silent until a person takes it, or it is sent to the AI."
        }
        Some(AiState::AiPaused) => "The AI is paused.",
        Some(AiState::AiLocked) => "The AI stays locked.",
        None => "",
    }
}

fn state(name: &str) -> Option<AiState> {
    AiState::ALL.into_iter().find(|state| state.name() == name)
}

fn label(name: &str) -> &str {
    state(name).map_or(name, |state| name_of(state))
}

fn dot(name: &str) -> &'static str {
    match state(name) {
        Some(AiState::AiActive) => "good",
        Some(AiState::HumanActive) => "person",
        Some(AiState::HandoffRequested) => "warn",
        Some(AiState::AiLocked) => "bad",
        Some(AiState::AiPaused) | None => "",
    }
}

fn milliseconds(took: i64) -> String {
    match took {
        ..10_000 => format!("{took} ms"),
        _ => format!("{} s", took / 1_000),
    }
}
