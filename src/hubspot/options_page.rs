//! The answer to a request for options: searched, sorted and cut into pages (page "Custom workflow
//! actions", external options, read 2026-11-22: `options`, `after`, `searchable`).

use super::folded::folded;
use super::options_call::OptionsCall;
use serde::Serialize;
use std::collections::BTreeSet;

/// How many options one page holds. HubSpot documents no limit.
pub const PAGE: usize = 100;
/// HubSpot documents no limit of a label either; longer ones fit no drop-down.
const LABEL_CHARS: usize = 120;

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the action's input will hold.
    pub value: String,
    /// What the author reads.
    pub label: String,
    /// Beneath the label; may be empty.
    pub description: String,
    /// Which part of the list it stands in.
    pub part: Part,
}

/// The parts of a list, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Part {
    /// In the order given, before all others.
    First,
    /// By label.
    Groups,
    /// By label, after the groups, of which there are few.
    People,
}

/// A page as HubSpot reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionsPage {
    /// The options.
    pub options: Vec<ShownOption>,
    /// Where the next page begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// HubSpot asks again with what the author types.
    pub searchable: bool,
}

/// One option as HubSpot reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownOption {
    /// What the author reads.
    pub label: String,
    /// Beneath it.
    pub description: String,
    /// What the input will hold.
    pub value: String,
}

/// Where an option stands. As JSON it is the cursor: whoever joins or leaves between two pages
/// moves nobody else.
type Place = (u8, String, String);

impl OptionsPage {
    /// The page that is asked for. A cursor that is none of ours begins anew.
    pub fn of(choices: Vec<Choice>, call: &OptionsCall) -> Self {
        let query = folded(&call.query);
        let words: Vec<&str> = query.split_whitespace().collect();
        let after = call.after.as_deref();
        let after: Option<Place> = after.and_then(|text| serde_json::from_str(text).ok());
        let mut seen = BTreeSet::new();
        let mut placed: Vec<(Place, Choice)> = choices
            .into_iter()
            .enumerate()
            .filter(|(_, choice)| seen.insert(choice.value.clone()))
            .filter(|(_, choice)| choice.has(&words))
            .map(|(order, choice)| (choice.place(order), choice))
            .filter(|(place, _)| after.as_ref().is_none_or(|after| place > after))
            .collect();
        placed.sort_by(|one, other| one.0.cmp(&other.0));
        let has_more = placed.len() > PAGE;
        placed.truncate(PAGE);
        let last = placed.last().filter(|_| has_more);
        Self {
            after: last.and_then(|(place, _)| serde_json::to_string(place).ok()),
            options: placed.into_iter().map(|(_, it)| it.shown()).collect(),
            searchable: true,
        }
    }
}

impl Choice {
    fn has(&self, words: &[&str]) -> bool {
        if words.is_empty() {
            return true;
        }
        let text = folded(&format!("{} {}", self.label, self.description));
        words.iter().all(|word| text.contains(word))
    }

    fn place(&self, order: usize) -> Place {
        let (part, by) = match self.part {
            Part::First => (0, format!("{order:04}")),
            Part::Groups => (1, folded(&self.label)),
            Part::People => (2, folded(&self.label)),
        };
        (part, by, self.value.clone())
    }

    fn shown(self) -> ShownOption {
        let label = match self.label.char_indices().nth(LABEL_CHARS) {
            Some((end, _)) => format!("{}…", self.label.split_at(end).0),
            None => self.label,
        };
        ShownOption {
            label,
            description: self.description,
            value: self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PortalId;

    fn call(query: &str, after: Option<&str>) -> OptionsCall {
        OptionsCall {
            portal: PortalId(1),
            query: query.to_owned(),
            after: after.map(str::to_owned),
        }
    }

    fn choice(part: Part, value: &str, label: &str) -> Choice {
        Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            description: format!("{value}@acme.example"),
            part,
        }
    }

    fn values(page: &OptionsPage) -> Vec<&str> {
        page.options.iter().map(|it| it.value.as_str()).collect()
    }

    fn some() -> Vec<Choice> {
        vec![
            choice(Part::First, "z", "Portal default"),
            choice(Part::First, "a", "Nobody"),
            choice(Part::People, "p2", "Émile Zola"),
            choice(Part::People, "p1", "eva Zeller"),
            choice(Part::People, "p1", "twice"),
            choice(Part::Groups, "t1", "Second level"),
        ]
    }

    #[test]
    fn parts_come_in_order_and_labels_without_accents() {
        let page = OptionsPage::of(some(), &call("", None));
        assert_eq!(values(&page), ["z", "a", "t1", "p2", "p1"]);
        assert_eq!((page.after, page.searchable), (None, true));
    }

    #[test]
    fn every_word_must_be_found_in_name_or_address() {
        for (query, found) in [
            ("EMILE", vec!["p2"]),
            ("zola ém", vec!["p2"]),
            ("p1@ACME", vec!["p1"]),
            ("  ", vec!["z", "a", "t1", "p2", "p1"]),
            ("zola eva", vec![]),
        ] {
            let page = OptionsPage::of(some(), &call(query, None));
            assert_eq!(values(&page), found, "{query}");
        }
    }

    #[test]
    fn pages_hold_everybody_once_also_when_somebody_leaves_between_them() {
        let mut people: Vec<Choice> = (0..250)
            .map(|id| {
                choice(
                    Part::People,
                    &format!("{id:03}"),
                    &format!("Same {}", id % 7),
                )
            })
            .collect();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = OptionsPage::of(people.clone(), &call("same", after.as_deref()));
            assert!(page.options.len() <= PAGE);
            seen.extend(page.options.iter().map(|it| it.value.clone()));
            let Some(next) = page.after else { break };
            let gone = page.options.last().map(|it| it.value.clone());
            people.retain(|it| Some(&it.value) != gone.as_ref());
            after = Some(next);
        }
        let distinct: BTreeSet<_> = seen.iter().collect();
        assert_eq!((seen.len(), distinct.len()), (250, 250));
    }

    #[test]
    fn a_cursor_of_others_begins_anew_and_a_long_label_is_cut() {
        for after in ["7", "", "[1]", "{}", "[0,\"x\",7]"] {
            let page = OptionsPage::of(some(), &call("", Some(after)));
            assert_eq!(values(&page).len(), 5, "{after}");
        }
        let long = vec![choice(Part::People, "p", &"é".repeat(500))];
        let page = OptionsPage::of(long, &call("", None));
        assert_eq!(page.options[0].label.chars().count(), LABEL_CHARS + 1);
    }
}
