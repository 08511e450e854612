//! The fields of an address's query, where every field is known and comes once: what does not fit is
//! named, with its value and what would.

use super::error::ApiError;
use std::fmt;
use url::form_urlencoded;

/// So much of a value is quoted.
const MOST_QUOTED: usize = 60;

/// The fields that came.
pub struct QueryFields {
    given: Vec<(&'static str, String)>,
}

impl QueryFields {
    /// Reads a query that may have these fields.
    ///
    /// # Errors
    /// [`ApiError::invalid_request`] for any other field, and for one that comes twice.
    pub fn read(query: &str, known: &[&'static str]) -> Result<Self, ApiError> {
        let mut given: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(known) = known.iter().find(|known| **known == name) else {
                let (name, known) = (quoted(&name), known.join(", "));
                let message = format!("unknown query field '{name}'; expected {known}");
                return Err(ApiError::invalid_request(message));
            };
            if given.iter().any(|(name, _)| name == known) {
                let message = format!("query field {known} is given more than once");
                return Err(ApiError::invalid_request(message));
            }
            given.push((*known, value.into_owned()));
        }
        Ok(Self { given })
    }

    /// A field as `read` understands it; none if it did not come.
    ///
    /// # Errors
    /// [`ApiError::invalid_request`] with the field, its value and what was expected.
    pub fn parse<T, E>(
        &self,
        name: &str,
        expected: impl fmt::Display,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ApiError> {
        let Some((_, value)) = self.given.iter().find(|(given, _)| *given == name) else {
            return Ok(None);
        };
        let misfit = |_| {
            let value = quoted(value);
            let message =
                format!("query field {name} does not fit: '{value}'; expected {expected}");
            ApiError::invalid_request(message)
        };
        read(value).map(Some).map_err(misfit)
    }
}

fn quoted(value: &str) -> String {
    value.chars().take(MOST_QUOTED).collect()
}
