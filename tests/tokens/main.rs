//! Tokens for HubSpot's API: kept encrypted, refreshed once, and never lost, against a token
//! endpoint that speaks HTTP and a real PostgreSQL.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails may say so with a panic"
)]

mod ahead;
mod constraints;
mod endpoint;
mod given_up;
mod once_only;
mod portal;
mod putting_off;
mod races;
mod refreshing;
mod refusals;
mod rotation;
mod sealing;
#[path = "../service/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the service")]
mod world;
