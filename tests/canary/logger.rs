//! A logger that prints nothing and searches every line at every level. The clients of the harness
//! log what they read and write; what they write are the tests' own requests.

use super::finds::{search, search_for_the_canary};
use log::{LevelFilter, Log, Metadata, Record};
use std::cell::RefCell;
use std::fmt::Write;
use std::sync::Once;

struct Searching;

thread_local! {
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Installs it, once for a binary.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another logger of the binary's own is its test's business.
        if log::set_logger(&Searching).is_ok() {
            log::set_max_level(LevelFilter::Trace);
        }
    });
}

impl Log for Searching {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            let _ = write!(line, "{}", record.args());
            if record.target() == "reqwest::connect::verbose" {
                answer(line);
            } else {
                let _ = record.key_values().visit(&mut Pairs(line));
                search(line, &format!("the log of {}", record.target()));
            }
        });
    }

    fn flush(&self) {}
}

/// `1f2e3d4c read: b"HTTP/1.1 200 OK\\r\\n..."`
fn answer(line: &str) {
    let Some((_, read)) = line.split_once(" read: ") else {
        return;
    };
    let (head, body) = match read.starts_with("b\"HTTP/1.1 ") {
        true => read.split_once("\\r\\n\\r\\n").unwrap_or((read, "")),
        false => ("", read),
    };
    // Set-Cookie and Location are where cookies and states are meant to be.
    search_for_the_canary(head, "the headers of an answer");
    search(body, "the body of an answer");
}

struct Pairs<'a>(&'a mut String);

impl<'kvs> log::kv::VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(
        &mut self,
        key: log::kv::Key<'kvs>,
        value: log::kv::Value<'kvs>,
    ) -> Result<(), log::kv::Error> {
        let _ = write!(self.0, " {key}={value}");
        Ok(())
    }
}
