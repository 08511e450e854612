//! Connecting portals, through the front door: a real PostgreSQL, HTTP, and the simulated HubSpot
//! with its consent page and its own idea of tokens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[allow(dead_code, reason = "shared with the tests of the service")]
#[path = "../service/world.rs"]
mod base;
mod beside;
#[allow(dead_code, reason = "shared with the tests of the console")]
#[path = "../service/browsing.rs"]
mod browsing;
mod canary;
mod console_pages;
mod crowds;
mod disconnecting;
mod doctor;
mod ending_grants;
mod following_shown;
mod hostile;
mod installing;
mod marketplace;
mod options;
mod portals_api;
mod private_apps;
mod reconnecting;
mod refusals;
mod settings_api;
mod settings_form;
mod world;
