//! U+0000, which neither text nor jsonb of PostgreSQL can hold: where in a JSON value it stands.

use serde_json::Value;

/// The path of the first text or name that holds U+0000, written with dots; a name itself is
/// shown with U+FFFD. The top-level members named in `but` are passed over.
pub fn find(value: &Value, but: &[&str]) -> Option<String> {
    let members = value.as_object()?.iter();
    let looked_at = members.filter(|(name, _)| !but.contains(&name.as_str()));
    looked_at
        .filter_map(|(name, value)| in_member(name, value))
        .next()
}

fn in_member(name: &str, value: &Value) -> Option<String> {
    let shown = name.replace('\0', "\u{FFFD}");
    if shown != name {
        return Some(shown);
    }
    in_value(value).map(|rest| format!("{shown}{rest}"))
}

/// The rest of the path: empty for the value itself. Bodies nest at most 32 deep, so does this.
fn in_value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            let mut found = items.iter().enumerate();
            found.find_map(|(place, item)| in_value(item).map(|rest| format!(".{place}{rest}")))
        }
        Value::Object(members) => {
            let mut found = members.iter();
            found.find_map(|(name, value)| in_member(name, value).map(|path| format!(".{path}")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
