//! The inputs of an action call, by name, as texts. What each must hold is its own action's rule.
//! HubSpot sends them up to three times over, in `inputFields`, `fields` and `typedInputs`.

use super::lenient;
use serde_json::Value;
use std::collections::BTreeMap;

/// The inputs that are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionInputs {
    /// Every input that can be used, by name.
    pub values: BTreeMap<String, String>,
    /// Names of inputs left out because name or value holds U+0000, which PostgreSQL can not store;
    /// in the names themselves it is replaced by U+FFFD.
    pub holding_nul: Vec<String>,
}

impl ActionInputs {
    /// Takes each input from `inputFields`, else from `fields`, else from `typedInputs`.
    pub fn of(body: &Value) -> Self {
        let mut inputs = Self::default();
        for (name, value) in entries(body, "inputFields").chain(entries(body, "fields")) {
            inputs.add(name, value);
        }
        for (name, typed) in entries(body, "typedInputs") {
            if let Some(value) = typed.get("value") {
                inputs.add(name, value);
            }
        }
        inputs
    }

    /// Adds an input unless an earlier source gave it.
    fn add(&mut self, name: &str, value: &Value) {
        let Some(value) = written(value) else {
            return;
        };
        let shown_name = name.replace('\0', "\u{FFFD}");
        if self.values.contains_key(name) || self.holding_nul.contains(&shown_name) {
            return;
        }
        if name.contains('\0') || value.contains('\0') {
            self.holding_nul.push(shown_name);
        } else {
            self.values.insert(name.to_owned(), value);
        }
    }
}

fn entries<'a>(body: &'a Value, source: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    body.get(source)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// The value as text; `null` is an input that is not set. A list or an object, which HubSpot was
/// never seen to send, stays as its JSON, for the input's rule to refuse.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(lenient::decimal(number)),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(body: Value) -> Vec<(String, String)> {
        let inputs = ActionInputs::of(&body);
        assert_eq!(inputs.holding_nul, Vec::<String>::new());
        inputs.values.into_iter().collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect()
    }

    #[test]
    fn each_input_comes_from_the_first_source_that_sets_it() {
        let body = json!({
            "typedInputs": {"a": {"value": "3"}, "b": {"value": "3"},
                "c": {"value": "3", "type": "STRING"}},
            "fields": {"a": "2", "b": "2", "d": "2"},
            "inputFields": {"a": "1", "d": null},
        });
        assert_eq!(
            values(body),
            pairs(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "2")])
        );
    }

    #[test]
    fn values_of_other_types_become_text() {
        let body = json!({"inputFields": {
            "bool": true, "float": 1.5, "list": ["a", 1],
            "number": 30, "object": {"a": null}, "text": "",
        }});
        let expected = [
            ("bool", "true"),
            ("float", "1.5"),
            ("list", r#"["a",1]"#),
            ("number", "30"),
            ("object", r#"{"a":null}"#),
            ("text", ""),
        ];
        assert_eq!(values(body), pairs(&expected));
    }

    #[test]
    fn sources_of_the_wrong_shape_hold_no_inputs() {
        for wrong in [
            json!(null),
            json!([]),
            json!("a"),
            json!(1),
            json!({"a": null}),
        ] {
            let body = json!({"inputFields": wrong, "fields": wrong, "typedInputs": wrong});
            assert_eq!(values(body), []);
        }
        assert_eq!(
            values(json!({"typedInputs": {"a": "1", "b": {}, "c": {"value": null}}})),
            []
        );
    }

    #[test]
    fn an_input_with_u0000_is_named_and_left_out() {
        let body = json!({
            "inputFields": {"good": "x", "bad": "a\0b", "n\0me": "x"},
            "fields": {"bad": "a fine value, but not the one that counts", "good": "\0"},
            "typedInputs": {"typed": {"value": "\0"}},
        });

        let inputs = ActionInputs::of(&body);

        assert_eq!(
            inputs.values.into_iter().collect::<Vec<_>>(),
            pairs(&[("good", "x")])
        );
        assert_eq!(inputs.holding_nul, ["bad", "n\u{FFFD}me", "typed"]);
    }
}
