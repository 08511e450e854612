//! The simulated HubSpot over HTTP, held against what HubSpot's public OpenAPI files and
//! documentation say (read 2026-11-22).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod accounts;
mod answers;
mod consenting;
mod controls;
mod counting;
mod endings;
mod exchanging;
mod expiring;
mod faults;
mod hostile;
mod inbox;
mod limits;
mod marketplace;
mod numbers;
mod owners;
mod pages;
mod private_apps;
mod receiver;
mod threads;
mod tickets;
mod untold;
mod webhooks;
mod workflow_pages;
mod workflow_records;
mod workflows;
mod world;
