//! What was found, and whom it fails: every world that was running then.

use super::{forms, strange};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A world that is running.
#[derive(Default)]
pub struct Running {
    /// Its test.
    pub test: String,
    /// What was found since it began.
    pub finds: Vec<String>,
}

/// The running worlds, by a number of their own; 0 has what was found while none was.
pub fn running() -> MutexGuard<'static, BTreeMap<u64, Running>> {
    static RUNNING: Mutex<BTreeMap<u64, Running>> = Mutex::new(BTreeMap::new());
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Searches a text in which no secret may be.
pub fn search(text: &str, place: &str) {
    search_for_the_canary(text, place);
    if strange::find(text, place).is_some() {
        note(format!("a state or a cookie is in {place}"));
    }
}

/// The same, where states and cookies have their place.
pub fn search_for_the_canary(text: &str, place: &str) {
    if let Some(at) = forms::find(text.as_bytes()) {
        let before = text.floor_char_boundary(at.saturating_sub(200));
        note(format!(
            "a secret is in {place}, after: {}",
            &text[before..at]
        ));
    }
}

/// A state or a cookie that a browser was given.
pub fn keep(value: &str) {
    if let Some(place) = strange::keep(value) {
        note(format!("a state or a cookie is in {place}"));
    }
}

fn note(what: String) {
    let mut running = running();
    if running.is_empty() {
        running.entry(0).or_default();
    }
    for world in running.values_mut() {
        world.finds.push(what.clone());
    }
}
