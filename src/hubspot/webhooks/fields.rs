//! Single fields of an event, and why one of them makes the event useless.

use crate::domain::time::Timestamp;
use crate::hubspot::{lenient, nesting};
use serde_json::Value;

/// Unknown values are kept at most this long, in bytes: enough to recognise one.
const MOST_SHOWN: usize = 64;
/// A message id HubSpot was seen to send has 32 bytes; the limit keeps an index row small.
const MOST_MESSAGE_ID: usize = 255;

/// Why an event, or a whole body, cannot be used. Names the field; the value is kept beside it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// Bytes that are no UTF-8.
    #[error("it is not UTF-8: the bytes that are not are shown as U+FFFD")]
    NotUtf8,
    /// Arrays and objects inside each other, too many times.
    #[error("it nests deeper than {} levels", nesting::MAX_DEPTH)]
    TooDeep,
    /// Not an object.
    #[error("it is not an event: expected a JSON object")]
    NotAnObject,
    /// A text or name, here by its path, holds U+0000.
    #[error("{0} holds U+0000")]
    Nul(String),
    /// A field that has to be there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field that is of no use.
    #[error("{field} is of no use: expected {expected}")]
    Unfit {
        /// Which.
        field: &'static str,
        /// What would fit.
        expected: &'static str,
    },
    /// The decider could not decide it.
    #[error("it cannot be decided: {0}")]
    Undecidable(String),
}

/// The fields of an event; null counts as absent.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a Value);

impl<'a> Fields<'a> {
    /// A field.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text or a number; empty if it is neither.
    pub fn text(self, name: &str) -> String {
        self.get(name).and_then(lenient::text).unwrap_or_default()
    }

    /// An id that has to be there.
    pub fn id(self, name: &'static str) -> Result<i64, Unusable> {
        let value = self.get(name).ok_or(Unusable::Missing(name))?;
        lenient::id(value).ok_or(Unusable::Unfit {
            field: name,
            expected: "a positive whole number",
        })
    }

    /// A moment that has to be there, in milliseconds since 1970.
    pub fn moment(self, name: &'static str) -> Result<Timestamp, Unusable> {
        let value = self.get(name).ok_or(Unusable::Missing(name))?;
        let millis = lenient::id(value).filter(|millis| *millis <= LATEST_MILLIS);
        millis.map(Timestamp::from_millis).ok_or(Unusable::Unfit {
            field: name,
            expected: "milliseconds since 1970, before the year 10000",
        })
    }

    /// A message's id that has to be there.
    pub fn message_id(self) -> Result<String, Unusable> {
        let field = "messageId";
        let value = self.get(field).ok_or(Unusable::Missing(field))?;
        let id = lenient::text(value).filter(|id| id.len() <= MOST_MESSAGE_ID);
        id.ok_or(Unusable::Unfit {
            field,
            expected: "a text of 1 to 255 bytes",
        })
    }
}

/// 9999-12-31T23:59:59.999Z, which every column and calendar can hold.
const LATEST_MILLIS: i64 = 253_402_300_799_999;

/// At most the first 64 bytes of a text, cut between characters.
pub fn shortened(text: &str) -> &str {
    let end = text.floor_char_boundary(MOST_SHOWN);
    text.get(..end).unwrap_or(text)
}
