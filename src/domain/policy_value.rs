//! Single values of a portal's policies as JSON: what fits, and what is said of what does not.

use super::time::Span;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} does not fit: {value}; expected {expected}")]
pub struct PolicyMisfit {
    /// Where it is, for instance `hours.open[0].from`.
    pub field: String,
    /// The value as JSON, shortened.
    pub value: String,
    /// What would fit.
    pub expected: String,
}

/// A value with the place where it was given.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    field: String,
    value: &'a Value,
}

/// Values are shown up to this many characters.
const SHOWN: usize = 60;
const MINUTES_OF_DAY: u16 = 24 * 60;

impl<'a> Given<'a> {
    /// A value of this field.
    pub fn new(field: &str, value: &'a Value) -> Self {
        Self {
            field: shortened(field),
            value,
        }
    }

    /// True for `null`, which stands for the default.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// It does not fit.
    pub fn misfit(&self, expected: impl Into<String>) -> PolicyMisfit {
        PolicyMisfit {
            field: self.field.clone(),
            value: shortened(&self.value.to_string()),
            expected: expected.into(),
        }
    }

    /// True or false.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag(&self) -> Result<bool, PolicyMisfit> {
        let flag = self.value.as_bool();
        flag.ok_or_else(|| self.misfit("true or false"))
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// It is none, or outside.
    pub fn number(&self, range: &RangeInclusive<i64>) -> Result<i64, PolicyMisfit> {
        let number = self.value.as_i64().filter(|number| range.contains(number));
        let expected = || format!("a whole number from {} to {}", range.start(), range.end());
        number.ok_or_else(|| self.misfit(expected()))
    }

    /// The same, small enough for days.
    ///
    /// # Errors
    /// It is none, or outside.
    pub fn days(&self, range: RangeInclusive<u16>) -> Result<u16, PolicyMisfit> {
        let wide = i64::from(*range.start())..=i64::from(*range.end());
        let days = self.number(&wide)?;
        u16::try_from(days).map_err(|_| self.misfit("a number of days"))
    }

    /// A length of time in a range, written as `90s`, `15m`, `4h` or `2d`.
    ///
    /// # Errors
    /// It is written otherwise, or outside.
    pub fn span(&self, range: &RangeInclusive<Span>) -> Result<Span, PolicyMisfit> {
        let span = self.value.as_str().and_then(read_span);
        let fits = span.filter(|span| range.contains(span));
        let (least, most) = (written_span(*range.start()), written_span(*range.end()));
        let expected = || format!("a time from {least} to {most}, written as 90s, 15m, 4h or 2d");
        fits.ok_or_else(|| self.misfit(expected()))
    }

    /// One of a list of names.
    ///
    /// # Errors
    /// It is none of them.
    pub fn choice<T: Clone>(&self, options: &[(&str, T)]) -> Result<T, PolicyMisfit> {
        let chosen = options.iter().find(|(name, _)| self.is(name));
        let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
        let chosen = chosen.map(|(_, chosen)| chosen.clone());
        chosen.ok_or_else(|| self.misfit(format!("one of {}", names.join(", "))))
    }

    /// True if it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.value.as_str() == Some(text)
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A list of ids, as numbers or as texts of digits.
    ///
    /// # Errors
    /// It is no list of at most `most` of them.
    pub fn ids(&self, most: usize) -> Result<Vec<i64>, PolicyMisfit> {
        let id = |value: &Value| {
            let number = value.as_i64();
            let number = number.or_else(|| value.as_str()?.parse().ok());
            number.filter(|id| *id > 0)
        };
        let items = self.value.as_array().filter(|items| items.len() <= most);
        let ids: Option<Vec<i64>> = items.and_then(|items| items.iter().map(id).collect());
        ids.ok_or_else(|| self.misfit(format!("a list of at most {most} ids, digits only")))
    }

    /// The items of a list.
    ///
    /// # Errors
    /// It is no list of at most `most`.
    pub fn items(&self, most: usize) -> Result<Vec<Given<'a>>, PolicyMisfit> {
        let items = self.value.as_array().filter(|items| items.len() <= most);
        let items = items.ok_or_else(|| self.misfit(format!("a list of at most {most}")))?;
        let numbered = items.iter().enumerate().map(|(number, value)| Given {
            field: format!("{}[{number}]", self.field),
            value,
        });
        Ok(numbered.collect())
    }

    /// The values of an object that has no other names than these.
    ///
    /// # Errors
    /// It is no object, or has another name.
    pub fn object(&self, names: &[&str]) -> Result<Fields<'a>, PolicyMisfit> {
        let expected = || format!("an object with {}", names.join(", "));
        let object = self.value.as_object();
        let object = object.ok_or_else(|| self.misfit(expected()))?;
        let unknown = object
            .iter()
            .find(|(name, _)| !names.contains(&name.as_str()));
        if let Some((name, value)) = unknown {
            let given = Given::new(&format!("{}.{name}", self.field), value);
            return Err(given.misfit(format!("no other names than {}", names.join(", "))));
        }
        let field = self.field.clone();
        Ok(Fields { field, object })
    }

    /// A time of day as minutes: `00:00` to `24:00`.
    ///
    /// # Errors
    /// It is written otherwise.
    pub fn minute_of_day(&self) -> Result<u16, PolicyMisfit> {
        let minute = self.value.as_str().and_then(read_time_of_day);
        minute.ok_or_else(|| self.misfit("a time of day from 00:00 to 24:00"))
    }
}

/// An object's values, with the place where it was given.
pub struct Fields<'a> {
    field: String,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The value of this name; a missing one is `null`.
    pub fn get(&self, name: &str) -> Given<'a> {
        let value = self.object.get(name).unwrap_or(&Value::Null);
        Given::new(&format!("{}.{name}", self.field), value)
    }
}

/// A length of time as it is written: in the largest unit that is exact.
pub fn written_span(span: Span) -> String {
    let seconds = span.as_millis() / 1_000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let exact = units
        .iter()
        .find(|(unit, _)| seconds > 0 && seconds % unit == 0);
    let (unit, name) = exact.copied().unwrap_or((1, "s"));
    format!("{}{name}", seconds / unit)
}

/// A minute of the day as it is written.
pub fn written_time_of_day(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn read_span(text: &str) -> Option<Span> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = digits.parse().ok().filter(|_| is_number)?;
    match unit {
        "s" => Some(Span::from_secs(number)),
        "m" => Some(Span::from_minutes(number)),
        "h" => Some(Span::from_hours(number)),
        "d" => Some(Span::from_days(number)),
        _ => None,
    }
}

fn read_time_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| {
        let is_written = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| is_written)
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= MINUTES_OF_DAY).then_some(minute)
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
