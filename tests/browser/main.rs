//! The console in a real browser, against the simulated HubSpot: what an admin clicks, and what
//! they see. Every step leaves a screenshot in `target/browser`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[allow(dead_code, reason = "shared with the tests of the service")]
#[path = "../service/world.rs"]
mod base;
#[allow(dead_code, reason = "shared with the tests of connecting portals")]
#[path = "../installation/beside.rs"]
mod beside;
mod chromium;
mod connecting;
mod conversing;
mod leaving;
mod looks;
mod migrating;
mod refused;
mod world;
