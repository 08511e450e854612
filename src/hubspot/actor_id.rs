//! Whom HubSpot's conversations name: a letter for the kind of actor, a dash, and an id. Guides
//! also show a bare user id (pages "Conversations" and "Webhooks", read 2026-11-22).

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// An actor of a conversation. Only [`ActorId::User`] is a person of the portal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ActorId {
    /// `A-<user id>`, or the user id alone.
    User(i64),
    /// `V-<id>`: the customer.
    Visitor(String),
    /// `E-<id>`: an e-mail address.
    Email(String),
    /// `I-<id>`: an app.
    Integration(String),
    /// `S-<name>`: HubSpot itself.
    System(String),
    /// `L-<id>`: HubSpot's own AI, the Customer Agent.
    CustomerAgent(String),
    /// Anything else, as it was written; bots are among them, whose letter is not documented.
    Unknown(String),
}

impl FromStr for ActorId {
    type Err = Infallible;

    /// Reads any text; what is not known becomes [`ActorId::Unknown`].
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let user = |digits: &str| {
            let is_decimal = digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|id| is_decimal && *id > 0)
        };
        let unknown = || Self::Unknown(text.to_owned());
        let actor = match text.split_once('-') {
            None => user(text).map(Self::User),
            Some((_, "")) => None,
            Some(("A", id)) => user(id).map(Self::User),
            Some(("V", id)) => Some(Self::Visitor(id.to_owned())),
            Some(("E", id)) => Some(Self::Email(id.to_owned())),
            Some(("I", id)) => Some(Self::Integration(id.to_owned())),
            Some(("S", id)) => Some(Self::System(id.to_owned())),
            Some(("L", id)) => Some(Self::CustomerAgent(id.to_owned())),
            Some(_) => None,
        };
        Ok(actor.unwrap_or_else(unknown))
    }
}

impl ActorId {
    /// Reads what a field holds; an empty text is nobody.
    pub fn read(text: &str) -> Option<Self> {
        let Ok(actor) = text.parse();
        (!text.is_empty()).then_some(actor)
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "A-{id}"),
            Self::Visitor(id) => write!(f, "V-{id}"),
            Self::Email(id) => write!(f, "E-{id}"),
            Self::Integration(id) => write!(f, "I-{id}"),
            Self::System(id) => write!(f, "S-{id}"),
            Self::CustomerAgent(id) => write!(f, "L-{id}"),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_and_written_back() {
        for (text, actor) in [
            ("A-3892001", ActorId::User(3_892_001)),
            ("V-7", ActorId::Visitor("7".to_owned())),
            ("E-a@b.example", ActorId::Email("a@b.example".to_owned())),
            ("I-2438001", ActorId::Integration("2438001".to_owned())),
            ("S-hubspot", ActorId::System("hubspot".to_owned())),
            ("L-1-2", ActorId::CustomerAgent("1-2".to_owned())),
        ] {
            assert_eq!(ActorId::read(text), Some(actor), "{text}");
            assert_eq!(ActorId::read(text).unwrap().to_string(), text);
        }
        assert_eq!(ActorId::read("3892001"), Some(ActorId::User(3_892_001)));
    }

    #[test]
    fn what_is_not_known_is_nobodys_person() {
        for text in [
            "A-", "A-x", "A--1", "A-0", "-1", "-", "B-7", "a-7", " A-7", "0", "+7",
        ] {
            assert_eq!(
                ActorId::read(text),
                Some(ActorId::Unknown(text.to_owned())),
                "{text}"
            );
        }
        assert_eq!(ActorId::read(""), None);
    }
}
