//! How many threads commit decisions.

use super::mistake::Expected;
use super::reader::{Reader, Recorded};
use super::table;

/// More writers than this only wait for one another, on any machine measured.
const MAX_WRITERS: usize = 16;

/// The write path's settings.
#[derive(Clone, Copy, Debug)]
pub struct WriterSettings {
    /// From 1 to 16.
    pub count: usize,
}

impl WriterSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let count = reader.optional(&table::WRITERS, count)?;
        // One per core: four on two cores were slower than one.
        Ok(Self {
            count: count.unwrap_or(reader.source.host.cores.clamp(1, MAX_WRITERS)),
        })
    }
}

fn count(text: &str) -> Result<usize, Expected> {
    let is_decimal = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(count @ 1..=MAX_WRITERS) if is_decimal => Ok(count),
        Ok(_) | Err(_) => Err(Expected::new("a whole number from 1 to 16")),
    }
}
