//! Whom an owner field names. Two id spaces: a thread's `assignedTo` holds an actor id (page
//! "Webhooks") or a bare user id (page "Conversations"), a ticket's `hubspot_owner_id` an owner id
//! (all read 2026-11-22). The two pages disagree about the first, so both are read.

use super::fields::shortened;
use serde_json::Value;

/// Whom a thread's `assignedTo` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// Empty, null or left out: nobody.
    Nobody,
    /// `A-1` or `1`: a teammate, by user id.
    User(i64),
    /// `A-` and something that is no id. A teammate all the same: in doubt a person.
    UnknownAgent(String),
    /// `S-`: HubSpot itself, which answers nobody.
    System,
    /// `L-` (HubSpot's Customer Agent), `I-` (another app), a bot, or a kind that is not
    /// documented. None of them is a person, and any of them may answer.
    OtherAi(String),
}

impl Assignee {
    /// Reads the value of an event.
    pub fn read(value: Option<&Value>) -> Self {
        let text = text_of(value);
        let actor = text.trim();
        if actor.is_empty() {
            return Self::Nobody;
        }
        if let Some(user) = positive(actor) {
            return Self::User(user);
        }
        match actor.split_once('-') {
            Some(("A" | "a", id)) => positive(id).map_or_else(
                || Self::UnknownAgent(shortened(actor).to_owned()),
                Self::User,
            ),
            Some(("S" | "s", _)) => Self::System,
            Some(_) | None => Self::OtherAi(shortened(actor).to_owned()),
        }
    }
}

/// Whom a ticket's `hubspot_owner_id` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketOwner {
    /// Empty, null or left out: nobody.
    Nobody,
    /// An owner, by owner id: a person or a queue.
    Owner(i64),
    /// Something that is no id, for instance `REDACTED`. Somebody, so in doubt a person.
    Unreadable(String),
}

impl TicketOwner {
    /// Reads the value of an event.
    pub fn read(value: Option<&Value>) -> Self {
        let text = text_of(value);
        let owner = text.trim();
        if owner.is_empty() {
            return Self::Nobody;
        }
        positive(owner).map_or_else(
            || Self::Unreadable(shortened(owner).to_owned()),
            Self::Owner,
        )
    }
}

/// A value that is neither text nor number is shown as JSON, so that it is never nobody.
fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => crate::hubspot::lenient::decimal(number),
        Some(other @ (Value::Bool(_) | Value::Array(_) | Value::Object(_))) => other.to_string(),
    }
}

fn positive(text: &str) -> Option<i64> {
    let is_decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|id| is_decimal && *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_teammate_is_an_agent_or_a_bare_user_id() {
        for value in [
            json!("A-3892001"),
            json!("3892001"),
            json!(3_892_001),
            json!(" A-3892001 "),
        ] {
            assert_eq!(
                Assignee::read(Some(&value)),
                Assignee::User(3_892_001),
                "{value}"
            );
        }
    }

    #[test]
    fn nobody_is_empty_null_or_absent_and_nothing_else() {
        for value in [json!(""), json!("  "), json!(null)] {
            assert_eq!(Assignee::read(Some(&value)), Assignee::Nobody, "{value}");
            assert_eq!(
                TicketOwner::read(Some(&value)),
                TicketOwner::Nobody,
                "{value}"
            );
        }
        assert_eq!(Assignee::read(None), Assignee::Nobody);
        for value in [
            json!("0"),
            json!("-1"),
            json!(0),
            json!(false),
            json!([]),
            json!({}),
        ] {
            assert_ne!(Assignee::read(Some(&value)), Assignee::Nobody, "{value}");
            assert_ne!(
                TicketOwner::read(Some(&value)),
                TicketOwner::Nobody,
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_no_person_is_another_ai_but_for_the_system() {
        for actor in [
            "L-12",
            "I-1234",
            "B-9",
            "V-1",
            "X",
            "bot",
            "99999999999999999999",
        ] {
            let read = Assignee::read(Some(&json!(actor)));
            assert_eq!(read, Assignee::OtherAi(actor.to_owned()));
        }
        assert_eq!(Assignee::read(Some(&json!("S-hubspot"))), Assignee::System);
    }

    #[test]
    fn an_agent_without_an_id_is_still_a_person() {
        for actor in ["A-", "A-x", "A-0", "A--1", "A-99999999999999999999"] {
            let read = Assignee::read(Some(&json!(actor)));
            assert_eq!(read, Assignee::UnknownAgent(actor.to_owned()));
        }
    }

    #[test]
    fn an_owner_that_cannot_be_read_is_somebody() {
        for owner in ["REDACTED", "A-1", "1.5", "-81538001"] {
            let read = TicketOwner::read(Some(&json!(owner)));
            assert_eq!(read, TicketOwner::Unreadable(owner.to_owned()));
        }
        let read = TicketOwner::read(Some(&json!("81538001")));
        assert_eq!(read, TicketOwner::Owner(81_538_001));
    }
}
