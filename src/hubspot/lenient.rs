//! Reads single values as leniently as HubSpot writes them: captured bodies hold ids as integers,
//! older documentation as strings, and some tools turn large integers into floats.

use crate::domain::time::Timestamp;
use serde_json::{Number, Value};

/// The largest float below which every whole number has a float of its own (2^53).
const EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// A whole number, from an integer, a float without a fraction, or a string of digits.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => whole(number),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An id: a whole number above zero.
pub fn id(value: &Value) -> Option<i64> {
    integer(value).filter(|id| *id > 0)
}

/// A text, from a string that is not empty or from a number.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(decimal(number)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// A moment, from RFC 3339 or from milliseconds since 1970, as a number or in a string.
pub fn time(value: &Value) -> Option<Timestamp> {
    let as_text = value.as_str().unwrap_or_default();
    match chrono::DateTime::parse_from_rfc3339(as_text) {
        Ok(time) => Some(time.to_utc().into()),
        Err(_) => integer(value).map(Timestamp::from_millis),
    }
}

/// A number as HubSpot would write it in a string: `30`, not `30.0`.
pub fn decimal(number: &Number) -> String {
    whole(number).map_or_else(|| number.to_string(), |whole| whole.to_string())
}

fn whole(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    let float = number.as_f64()?;
    let is_exact = float.fract() == 0.0 && float.abs() < EXACT_FLOAT;
    is_exact.then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_integer_may_be_written_in_three_ways() {
        for value in [
            json!(15384000001_i64),
            json!("15384000001"),
            json!(15384000001.0),
        ] {
            assert_eq!(integer(&value), Some(15_384_000_001), "{value}");
        }
        assert_eq!(integer(&json!(i64::MAX)), Some(i64::MAX));
    }

    #[test]
    fn what_is_not_a_whole_number_is_none() {
        for value in [
            json!(null),
            json!(true),
            json!(1.5),
            json!(1e300),
            json!(u64::MAX),
            json!(""),
            json!("1.0"),
            json!(" 1"),
            json!("x"),
            json!([1]),
            json!({"a": 1}),
            json!("99999999999999999999"),
        ] {
            assert_eq!(integer(&value), None, "{value}");
        }
    }

    #[test]
    fn an_id_is_above_zero() {
        assert_eq!(id(&json!(1)), Some(1));
        for value in [json!(0), json!(-1), json!("0"), json!("-7")] {
            assert_eq!(id(&value), None, "{value}");
        }
    }

    #[test]
    fn a_moment_may_be_written_in_three_ways() {
        for value in [
            json!("2026-11-22T10:00:00.5Z"),
            json!("2026-11-22T12:00:00.500+02:00"),
            json!(1_795_341_600_500_i64),
            json!("1795341600500"),
        ] {
            let expected = Timestamp::from_millis(1_795_341_600_500);
            assert_eq!(time(&value), Some(expected), "{value}");
        }
        for value in [json!(null), json!(""), json!("today"), json!("2026-11-22")] {
            assert_eq!(time(&value), None, "{value}");
        }
    }

    #[test]
    fn numbers_are_written_without_an_empty_fraction() {
        let numbers = [
            (json!(30), "30"),
            (json!(30.0), "30"),
            (json!(1e3), "1000"),
            (json!(0.5), "0.5"),
        ];
        for (number, written) in numbers {
            assert_eq!(text(&number).as_deref(), Some(written));
        }
    }
}
