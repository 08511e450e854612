//! What a caller of the API attaches to a hold, for itself: kept and shown as it came, and never
//! looked into.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object of at most [`Metadata::MAX_BYTES`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Map<String, Value>);

/// Why a value cannot be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMetadata {
    /// It is something else.
    #[error("a JSON object")]
    NotAnObject,
    /// It is too long.
    #[error(
        "a JSON object of at most {} bytes, and this one has {bytes}",
        Metadata::MAX_BYTES
    )]
    TooLong {
        /// Its length, written without spaces.
        bytes: usize,
    },
    /// A name or a text in it cannot be stored.
    #[error("a JSON object without U+0000")]
    HoldsNul,
}

impl Metadata {
    /// It is read and written with every decision about its record.
    pub const MAX_BYTES: usize = 4_096;

    /// Takes a value.
    ///
    /// # Errors
    /// [`NotMetadata`], which reads as what was expected.
    pub fn new(value: Value) -> Result<Self, NotMetadata> {
        let Value::Object(object) = value else {
            return Err(NotMetadata::NotAnObject);
        };
        if object.iter().any(holds_nul) {
            return Err(NotMetadata::HoldsNul);
        }
        let written = serde_json::to_string(&object);
        match written.map_or(usize::MAX, |text| text.len()) {
            ..=Self::MAX_BYTES => Ok(Self(object)),
            bytes => Err(NotMetadata::TooLong { bytes }),
        }
    }
}

/// PostgreSQL stores no U+0000.
fn holds_nul((name, value): (&String, &Value)) -> bool {
    let in_value = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => {
            let unnamed = String::new();
            items.iter().any(|item| holds_nul((&unnamed, item)))
        }
        Value::Object(object) => object.iter().any(holds_nul),
    };
    in_value || name.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_of_any_shape_is_kept_as_it_is() {
        let value = json!({"": null, "a": {"b": [1, 2.5, "ü", {"c": true}]}});
        let kept = Metadata::new(value.clone()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(serde_json::to_value(kept).ok(), Some(value));
    }

    #[test]
    fn nothing_but_an_object_fits() {
        for value in [json!(null), json!([]), json!("{}"), json!(1), json!(true)] {
            assert_eq!(Metadata::new(value), Err(NotMetadata::NotAnObject));
        }
    }

    #[test]
    fn the_limit_is_in_bytes_and_is_the_last_length_that_fits() {
        let of = |bytes: usize| json!({"a": "x".repeat(bytes - r#"{"a":""}"#.len())});
        assert!(Metadata::new(of(Metadata::MAX_BYTES)).is_ok());
        let bytes = Metadata::MAX_BYTES + 1;
        assert_eq!(
            Metadata::new(of(bytes)),
            Err(NotMetadata::TooLong { bytes })
        );
        let umlauts = json!({"a": "ü".repeat(Metadata::MAX_BYTES / 2)});
        assert!(matches!(
            Metadata::new(umlauts),
            Err(NotMetadata::TooLong { .. })
        ));
    }

    #[test]
    fn u0000_is_found_wherever_it_hides() {
        for value in [
            json!({"a": "\0"}),
            json!({"a\0": 1}),
            json!({"a": [[{"b": "x\0"}]]}),
            json!({"a": {"\0": 1}}),
        ] {
            assert_eq!(Metadata::new(value), Err(NotMetadata::HoldsNul));
        }
    }
}
