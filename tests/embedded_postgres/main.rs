//! The private PostgreSQL, with real servers and real kills.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helpers fail as tests do"
)]

mod harness;
mod kills;
mod refusals;
mod starts;
