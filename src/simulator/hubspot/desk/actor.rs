//! Who takes part in a conversation, as HubSpot's actor ids tell.

use std::fmt;

/// Somebody or something that writes to, or is assigned, a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user of the account.
    Agent(i64),
    /// A customer, by the contact's id.
    Visitor(i64),
    /// An app, by its id.
    Integration(i64),
    /// HubSpot's own Customer Agent.
    CustomerAgent(i64),
    /// HubSpot itself.
    System,
}

impl Actor {
    /// Reads an id such as `A-3892001`.
    pub fn read(text: &str) -> Option<Self> {
        if text == "S-hubspot" {
            return Some(Self::System);
        }
        let (kind, id) = text.split_once('-')?;
        let id = id.parse().ok().filter(|id: &i64| *id > 0)?;
        match kind {
            "A" => Some(Self::Agent(id)),
            "V" => Some(Self::Visitor(id)),
            "I" => Some(Self::Integration(id)),
            "L" => Some(Self::CustomerAgent(id)),
            _ => None,
        }
    }

    /// `type` of the actors API.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Agent(_) => "AGENT",
            Self::Visitor(_) => "VISITOR",
            Self::Integration(_) => "INTEGRATOR",
            Self::CustomerAgent(_) => "LLM",
            Self::System => "SYSTEM",
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(id) => write!(f, "A-{id}"),
            Self::Visitor(id) => write!(f, "V-{id}"),
            Self::Integration(id) => write!(f, "I-{id}"),
            Self::CustomerAgent(id) => write!(f, "L-{id}"),
            Self::System => f.write_str("S-hubspot"),
        }
    }
}
