//! What the activity log is narrowed to: read from the address, shown as a form.

use super::layout::Frame;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::store::activity::{ActivityFilter, ActivityKind};
use chrono::NaiveDateTime;
use maud::{Markup, html};
use url::form_urlencoded;
use uuid::Uuid;

/// The fields, in the order of the form.
const FIELDS: [&str; 6] = ["kind", "status", "from", "to", "portal", "before"];
/// Ranges of status: the name in the address, its words, from, to.
const STATUSES: [(&str, &str, u16, u16); 5] = [
    ("ok", "Went well", 100, 399),
    ("failed", "Failed (400 and above)", 400, 999),
    ("4xx", "Refused (4xx)", 400, 499),
    ("5xx", "Broke (5xx)", 500, 599),
    ("none", "No answer", 0, 0),
];
/// As browsers write the value of a date and time.
const MINUTES: &str = "%Y-%m-%dT%H:%M";

/// The fields as they came, for the form, and what they mean.
pub(super) struct ActivityFilters {
    /// What is looked for; or what is wrong, in a sentence.
    pub(super) wanted: Result<ActivityFilter, String>,
    given: Vec<(&'static str, String)>,
    /// The portal that the page itself is about.
    of_page: Option<PortalId>,
}

impl ActivityFilters {
    /// Reads the address. Fields of other names are nothing to us.
    pub(super) fn read(query: &str, of_page: Option<PortalId>) -> Self {
        let mut given = Vec::new();
        for name in FIELDS {
            let mut sent = form_urlencoded::parse(query.as_bytes());
            let value = sent.find(|(sent, _)| sent == name);
            let value = value.map(|(_, value)| value.trim().to_owned());
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                given.push((name, value));
            }
        }
        let mut filters = Self {
            wanted: Ok(ActivityFilter::default()),
            given,
            of_page,
        };
        filters.wanted = filters.meaning();
        filters
    }

    /// True if anything is narrowed.
    pub(super) fn are_set(&self) -> bool {
        self.given.iter().any(|(name, _)| *name != "before")
    }

    /// True on any page but the first.
    pub(super) fn is_later(&self) -> bool {
        !self.given("before").is_empty()
    }

    /// The address's query, with another place to begin.
    pub(super) fn query(&self, before: Option<Uuid>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let kept = self.given.iter().filter(|(name, _)| *name != "before");
        query.extend_pairs(kept);
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        query.finish()
    }

    /// The form, for the page of this address.
    pub(super) fn form(&self, frame: &Frame, path: &str) -> Markup {
        let problem = self.wanted.as_ref().err();
        html! {
            form.filters.activity method="get" action=(frame.link(path)) role="search" aria-label="Activity" {
                div.field {
                    label for="kind" { "Kind" }
                    select #kind name="kind" {
                        option value="" { "Any" }
                        @for kind in ActivityKind::ALL {
                            option value=(kind.name()) selected[self.given("kind") == kind.name()] { (kind_name(kind)) }
                        }
                    }
                }
                div.field {
                    label for="status" { "Status" }
                    select #status name="status" {
                        option value="" { "Any" }
                        @for (value, words, _, _) in STATUSES {
                            option value=(value) selected[self.given("status") == value] { (words) }
                        }
                    }
                }
                @for (name, words) in [("from", "From (UTC)"), ("to", "To (UTC)")] {
                    div.field {
                        label for=(name) { (words) }
                        input id=(name) type="datetime-local" name=(name) value=(self.given(name));
                    }
                }
                @if self.of_page.is_none() {
                    div.field {
                        label for="portal" { "Portal" }
                        input #portal type="search" name="portal" value=(self.given("portal")) inputmode="numeric" maxlength="20" autocomplete="off";
                    }
                }
                div.actions {
                    button.second type="submit" { "Filter" }
                    @if self.are_set() { a href=(frame.link(path)) { "Clear" } }
                }
                @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
            }
        }
    }

    fn given(&self, wanted: &str) -> &str {
        let found = self.given.iter().find(|(name, _)| *name == wanted);
        found.map_or("", |(_, value)| value)
    }

    fn meaning(&self) -> Result<ActivityFilter, String> {
        let kinds = match self.given("kind") {
            "" => Vec::new(),
            name => {
                let kind = ActivityKind::named(name);
                vec![kind.ok_or("There is no such kind. Choose one from the list.")?]
            }
        };
        let status = match self.given("status") {
            "" => None,
            name => {
                let range = STATUSES.iter().find(|(value, ..)| *value == name);
                Some(range.ok_or("There is no such status. Choose one from the list.")?)
            }
        };
        let portal = match self.given("portal") {
            "" => None,
            id => {
                let id = id.parse().map_err(|_| "A portal is a number.")?;
                Some(id)
            }
        };
        let before = match self.given("before") {
            "" => None,
            id => {
                let id = Uuid::parse_str(id);
                Some(id.map_err(|_| "This page does not exist. Begin at the first.")?)
            }
        };
        Ok(ActivityFilter {
            portal: self.of_page.or(portal),
            kinds,
            status_from: status.map(|(_, _, from, _)| *from),
            status_to: status.map(|(_, _, _, to)| *to),
            since: moment(self.given("from"))?,
            until: moment(self.given("to"))?,
            before,
        })
    }
}

/// How a kind is called.
pub(super) const fn kind_name(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Action => "Workflow action",
        ActivityKind::Webhook => "Webhook",
        ActivityKind::Api => "API",
        ActivityKind::Call => "Call of HubSpot",
        ActivityKind::Console => "Console",
    }
}

fn moment(text: &str) -> Result<Option<Timestamp>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = NaiveDateTime::parse_from_str(text, MINUTES);
    match read {
        Ok(at) => Ok(Some(Timestamp::from(at.and_utc()))),
        Err(_) => Err("A time is expected, for instance 2026-11-22T14:02."),
    }
}
