//! What happens when something breaks: processes killed, the database gone or frozen, records
//! held, data that do not fit, stops in the middle of work.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails may say so with a panic"
)]

mod baton_process;
mod caller_log;
mod checker;
mod claims;
mod classes;
mod drain;
mod exit_codes;
mod held;
mod killed;
mod machine;
mod outage;
mod poison;
mod private_postgres;
mod replicas;
mod straight;
mod triggered;
#[path = "../service/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the service")]
mod world;
