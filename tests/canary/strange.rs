//! States and cookies: values of 43 characters that Baton makes itself. Whatever looks like one
//! where none may be is remembered, whichever is seen first: the value, or the place.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// 256 bits in URL-safe base64.
const LENGTH: usize = 43;

#[derive(Default)]
struct Known {
    secrets: HashSet<String>,
    seen: HashMap<String, String>,
}

fn known() -> MutexGuard<'static, Known> {
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// This value is a secret. Gives back where it was seen already.
pub fn keep(value: &str) -> Option<String> {
    if value.len() != LENGTH {
        return None;
    }
    let mut known = known();
    known.secrets.insert(value.to_owned());
    known.seen.get(value).cloned()
}

/// Looks through a text in which no such secret may be. Gives back one that is there.
pub fn find(text: &str, place: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut found = None;
    for word in text.split(|c: char| !is_part(c)) {
        if word.len() == LENGTH {
            let mut known = known();
            if known.secrets.contains(word) {
                found = Some(word.to_owned());
            }
            known.seen.insert(word.to_owned(), place.to_owned());
        }
    }
    found
}
