//! What the pages of one portal have in common: the way back, its name, its own navigation.

use super::layout::Frame;
use super::portal_path::name_of;
use crate::service::show_portals::PortalView;
use maud::{Markup, html};

/// The pages of a portal. The navigation shows those that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortalPage {
    /// Connection, AI, sender.
    Overview,
    /// The policies.
    Settings,
}

/// The pages: which, its name, what its address ends with.
const PAGES: [(PortalPage, &str, &str); 2] = [
    (PortalPage::Overview, "Overview", ""),
    (PortalPage::Settings, "Settings", "/settings"),
];

/// The top of the page.
pub(super) fn portal_top(frame: &Frame, portal: &PortalView, page: PortalPage) -> Markup {
    let base = format!("/console/portals/{}", portal.portal_id);
    html! {
        p.crumbs { a href=(frame.link("/console")) { "← All portals" } }
        div.title { h1 { (name_of(portal)) } }
        nav.tabs aria-label="Portal" {
            ul {
                @for (each, name, end) in PAGES {
                    li {
                        a href=(frame.link(format!("{base}{end}")))
                            aria-current=[(each == page).then_some("page")] { (name) }
                    }
                }
            }
        }
    }
}
