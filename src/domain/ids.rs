//! The ids that HubSpot gives to things, each its own type so that they cannot be swapped.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! hubspot_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            /// Reads a positive decimal number, as HubSpot writes its ids.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let digits_only = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                match text.parse::<i64>() {
                    Ok(id) if digits_only && id > 0 => Ok(Self(id)),
                    Ok(_) | Err(_) => Err(NotAnId),
                }
            }
        }
    };
}

hubspot_id! {
    /// A HubSpot account.
    PortalId
}
hubspot_id! {
    /// A ticket: object type `0-5`.
    TicketId
}
hubspot_id! {
    /// A conversation. HubSpot calls it a thread; the two words mean the same here.
    ThreadId
}
hubspot_id! {
    /// A channel on which conversations begin: chat, email, one of an app's own.
    ChannelId
}
hubspot_id! {
    /// A workflow.
    WorkflowId
}

/// A text that is not a positive decimal number of at most 19 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a positive whole number")]
pub struct NotAnId;

/// HubSpot's id of one execution of one action (`callbackId`), opaque, at most
/// [`CallbackId::MAX_BYTES`] bytes. With the portal it is the key under which an action happens once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallbackId(String);

impl CallbackId {
    /// Captured ids have under 60 bytes; the limit only keeps an index row small.
    pub const MAX_BYTES: usize = 512;

    /// Takes an id as received. Empty, over-long or with U+0000: `None`.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let fits = !text.is_empty() && text.len() <= Self::MAX_BYTES && !text.contains('\0');
        fits.then_some(Self(text))
    }

    /// The id as HubSpot wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallbackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
