//! Following HubSpot through its API: messages read, owners verified, conversations looked up and
//! swept. A real PostgreSQL, real signatures, and a HubSpot of HTTP that each test writes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod alone;
mod automatic_owners;
#[allow(dead_code, reason = "other test binaries use the rest")]
#[path = "../service/behind.rs"]
mod behind;
mod bugs_of_others;
#[path = "../faults/claims.rs"]
mod claims;
mod crowded_checks;
#[allow(dead_code, reason = "other test binaries use the rest")]
#[path = "../service/delivering.rs"]
mod delivering;
mod desk;
mod failing_calls;
mod fair_sweeps;
mod long_readings;
mod looking_up;
mod message_orders;
mod moved_unheard;
mod not_shown_yet;
mod reading_messages;
mod renamed_owners;
mod reopening;
mod restoring;
#[allow(dead_code, reason = "other test binaries use the rest")]
#[path = "../service/seeds.rs"]
mod seeds;
mod stopped_sweeps;
mod striking_off;
mod sweeping;
mod untold;
mod verifying_owners;
#[allow(dead_code, reason = "other test binaries use the rest")]
#[path = "../service/wire.rs"]
mod wire;
#[allow(dead_code, reason = "other test binaries use the rest")]
#[path = "../service/world.rs"]
mod world;
