//! What a world holds as long as it runs: at its end the database is searched, and what was found
//! anywhere meanwhile fails its test.

use super::finds::{running, search};
use super::{database, finds, logger};
use std::sync::atomic::{AtomicU64, Ordering};

/// Watches over one world.
pub struct Watch {
    number: u64,
    database_url: String,
}

impl Watch {
    /// Begins to.
    pub fn over(database_url: &str) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        logger::install();
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let test = std::thread::current().name().unwrap_or("?").to_owned();
        let mut running = running();
        let early = running.remove(&0).unwrap_or_default().finds;
        let world = finds::Running { test, finds: early };
        running.insert(number, world);
        Self {
            number,
            database_url: database_url.to_owned(),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let is_failing = std::thread::panicking();
        if !is_failing {
            for row in database::every_row(&self.database_url).unwrap_or_default() {
                search(&row, "the database");
            }
        }
        let ended = running().remove(&self.number).unwrap_or_default();
        if !is_failing && !ended.finds.is_empty() {
            let (test, finds) = (ended.test, ended.finds.join("\n"));
            panic!("while {test} ran, secrets leaked:\n{finds}");
        }
    }
}
