//! The clients of HubSpot's OAuth endpoints and API, against scripted answers and against the
//! simulated HubSpot, over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod api_errors;
mod api_wire;
mod endpoints;
mod kept_logs;
mod lanes;
mod oauth_errors;
mod oauth_wire;
mod scripted;
mod secrecy;
mod simulated;
mod world;
