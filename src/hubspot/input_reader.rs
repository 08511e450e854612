//! Reading single inputs: each has a type, a range and a default; what does not fit is named with
//! its value and what would fit. An empty text is an absent input, as HubSpot sends both.

use crate::domain::command::Unfit;
use std::collections::BTreeMap;

/// The inputs of one call, by name.
pub struct InputReader<'a> {
    values: &'a BTreeMap<String, String>,
}

/// An input that does not fit. The caller adds which action was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its name.
    pub field: String,
    /// Its value, shortened.
    pub value: String,
    /// What would fit.
    pub expected: String,
}

/// A value is shown up to this many characters.
const SHOWN: usize = 60;

impl Misfit {
    /// A misfit of this field.
    pub fn new(field: &str, value: &str, expected: impl Into<String>) -> Self {
        let mut shown: String = value.chars().take(SHOWN).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self {
            field: field.to_owned(),
            value: shown,
            expected: expected.into(),
        }
    }

    /// As a request that is recorded and refused.
    pub fn of_action(self, called: &str) -> Unfit {
        let Self {
            field,
            value,
            expected,
        } = self;
        Unfit {
            called: called.to_owned(),
            field,
            value,
            expected,
        }
    }
}

impl<'a> InputReader<'a> {
    /// Reads from these.
    pub const fn new(values: &'a BTreeMap<String, String>) -> Self {
        Self { values }
    }

    /// The value as it is, unless it is blank.
    pub fn raw(&self, field: &str) -> Option<&'a str> {
        self.values
            .get(field)
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }

    /// One of a list of names; absent: the first.
    ///
    /// # Errors
    /// A misfit that lists the names.
    pub fn choice<T: Clone>(&self, field: &str, options: &[(&str, T)]) -> Result<T, Misfit> {
        let names = || {
            options
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let Some(value) = self.raw(field) else {
            let first = options.first().map(|(_, value)| value.clone());
            return first.ok_or_else(|| Misfit::new(field, "", names()));
        };
        let chosen = options.iter().find(|(name, _)| *name == value.trim());
        chosen
            .map(|(_, chosen)| chosen.clone())
            .ok_or_else(|| Misfit::new(field, value, format!("one of {}", names())))
    }

    /// A yes or no; absent: no.
    ///
    /// # Errors
    /// A misfit.
    pub fn flag(&self, field: &str) -> Result<bool, Misfit> {
        match self.raw(field).map(str::trim) {
            None | Some("false" | "no") => Ok(false),
            Some("true" | "yes") => Ok(true),
            Some(other) => Err(Misfit::new(field, other, "true or false")),
        }
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// A misfit that names the range.
    pub fn number(
        &self,
        field: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, Misfit> {
        let Some(value) = self.raw(field) else {
            return Ok(None);
        };
        match value.trim().parse::<i64>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            Ok(_) | Err(_) => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(Misfit::new(field, value, expected))
            }
        }
    }

    /// A text of at most `most` characters.
    ///
    /// # Errors
    /// A misfit that names the limit.
    pub fn text(&self, field: &str, most: usize) -> Result<Option<String>, Misfit> {
        let Some(value) = self.raw(field) else {
            return Ok(None);
        };
        if value.chars().count() > most {
            return Err(Misfit::new(
                field,
                value,
                format!("at most {most} characters"),
            ));
        }
        Ok(Some(value.to_owned()))
    }
}
