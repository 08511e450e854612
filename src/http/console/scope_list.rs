//! What a portal granted and what it did not, with what each is for.

use super::connect_card::INSTALL_PATH;
use super::layout::Frame;
use crate::service::show_portals::view::{ConnectedBy, PortalView, ScopeNeed, ScopeView};
use maud::{Markup, html};

/// The list; what is missing and matters stands open, the rest folded.
pub(super) fn scope_list(frame: &Frame, portal: &PortalView) -> Markup {
    let is_by_app = portal.connected_by != Some(ConnectedBy::PrivateApp);
    let (granted, missing): (Vec<&ScopeView>, Vec<&ScopeView>) =
        portal.scopes.iter().partition(|scope| scope.is_granted);
    let urgent: Vec<&&ScopeView> = missing
        .iter()
        .filter(|scope| scope.need != ScopeNeed::Optional && is_by_app && !granted.is_empty())
        .collect();
    html! {
        @for scope in &urgent {
            div.hint.warn {
                p { strong { (consequence(scope)) } }
                p {
                    "The scope " code { (scope.name) } " was not granted."
                    @if let Some(plan) = scope.plan_needed { " HubSpot grants it on: " (plan) "." }
                    " "
                    a href=(frame.link(format!("{INSTALL_PATH}?portal={}", portal.portal_id))) {
                        "Ask for it again"
                    }
                    " once the plan has it."
                }
            }
        }
        @if !granted.is_empty() {
            details {
                summary { "Scopes: " (counted(granted.len(), missing.len())) }
                ul.scopes {
                    @for scope in granted.iter().chain(&missing) { (line(scope)) }
                }
            }
        }
    }
}

fn counted(granted: usize, missing: usize) -> String {
    match missing {
        0 => format!("all {granted} granted"),
        missing => format!("{granted} granted, {missing} not"),
    }
}

fn consequence(scope: &ScopeView) -> &'static str {
    match scope.need {
        ScopeNeed::Required => "Baton cannot work without this.",
        ScopeNeed::Conditional => "No workflow actions here; everything else works.",
        ScopeNeed::Optional => "One feature is off.",
    }
}

fn line(scope: &ScopeView) -> Markup {
    let need = match scope.need {
        ScopeNeed::Required => "required",
        ScopeNeed::Conditional => "for workflows",
        ScopeNeed::Optional => "optional",
    };
    let (class, mark, said) = if scope.is_granted {
        ("mark yes", "✓", "granted")
    } else {
        ("mark no", "–", "not granted")
    };
    html! {
        li {
            span class=(class) aria-hidden="true" { (mark) }
            span { code { (scope.name) } " " span.muted.small { (said) ", " (need) } }
            p { (scope.purpose) }
        }
    }
}
