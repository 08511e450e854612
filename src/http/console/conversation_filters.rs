//! What the list of conversations is narrowed to: read from the address, shown as a form.

use super::layout::Frame;
use super::state_pill::name_of;
use crate::domain::assess::AiState;
use crate::domain::ids::{PortalId, ThreadId};
use crate::store::conversation_list::{Wanted, WhoWaits};
use maud::{Markup, html};
use url::form_urlencoded;

/// The fields as they came, for the form, and what they mean.
#[derive(Debug)]
pub(super) struct Filters {
    /// What is looked for; or what is wrong, in a sentence.
    pub(super) wanted: Result<Wanted, String>,
    state: String,
    waits: bool,
    id: String,
}

impl Filters {
    /// Reads the address. Fields of other names are nothing to us.
    pub(super) fn read(query: &str) -> Self {
        let mut filters = Self {
            wanted: Ok(Wanted::default()),
            state: String::new(),
            waits: false,
            id: String::new(),
        };
        let mut before = String::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim().to_owned();
            match name.as_ref() {
                "state" => filters.state = value,
                "waiting" => filters.waits = value == "yes",
                "id" => filters.id = value,
                "before" => before = value,
                _ => {}
            }
        }
        filters.wanted = filters.meaning(&before);
        filters
    }

    /// True if anything is narrowed.
    pub(super) fn are_set(&self) -> bool {
        !self.state.is_empty() || self.waits || !self.id.is_empty()
    }

    /// The address of the page that begins below this conversation.
    pub(super) fn page_below(&self, below: i64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("state", self.state.as_str()), ("id", self.id.as_str())] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if self.waits {
            query.append_pair("waiting", "yes");
        }
        query.append_pair("before", &below.to_string());
        query.finish()
    }

    /// The form.
    pub(super) fn form(&self, frame: &Frame, portal: PortalId) -> Markup {
        let path = frame.link(format!("/console/portals/{portal}/conversations"));
        let problem = self.wanted.as_ref().err();
        html! {
            form.filters method="get" action=(path) role="search" aria-label="Conversations" {
                div.field {
                    label for="state" { "State" }
                    select #state name="state" {
                        option value="" { "Any" }
                        @for state in AiState::ALL {
                            option value=(state.name()) selected[self.state == state.name()] { (name_of(state)) }
                        }
                    }
                }
                div.field {
                    label for="id" { "Ticket or conversation" }
                    input #id type="search" name="id" value=(self.id) inputmode="numeric" maxlength="30"
                        placeholder="Its number" autocomplete="off"
                        aria-invalid=[problem.map(|_| "true")]
                        aria-describedby=[problem.map(|_| "problem")];
                }
                label.choice {
                    input type="checkbox" name="waiting" value="yes" checked[self.waits];
                    span { "Customer waits" }
                }
                div.actions {
                    button.second type="submit" { "Filter" }
                    @if self.are_set() { a href=(path) { "Clear" } }
                }
                @if let Some(problem) = problem { p.problem #problem role="alert" { (problem) } }
            }
        }
    }

    fn meaning(&self, before: &str) -> Result<Wanted, String> {
        let state = match self.state.as_str() {
            "" => None,
            name => Some(
                AiState::ALL
                    .into_iter()
                    .find(|state| state.name() == name)
                    .ok_or("There is no such state. Choose one from the list.")?,
            ),
        };
        // Ids of tickets and of threads are read alike.
        let number = |text: &str| match text {
            "" => Ok(None),
            digits => digits.parse().map(|ThreadId(id)| Some(id)),
        };
        Ok(Wanted {
            state,
            waiting: if self.waits {
                WhoWaits::Customers
            } else {
                WhoWaits::Anybody
            },
            id: number(self.id.trim_start_matches('#'))
                .map_err(|_| "A number is expected, as HubSpot shows it in the address.")?,
            before: number(before).map_err(|_| "This page does not exist. Begin at the first.")?,
        })
    }
}
