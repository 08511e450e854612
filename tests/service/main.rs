//! The service through its front door: a real PostgreSQL, real signatures, HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod activity;
mod api_commands;
mod api_keys;
mod around_actions;
mod bad_input;
mod behind;
mod browsing;
mod bursts;
mod calling_hubspot;
#[path = "../faults/claims.rs"]
mod claims;
mod console_activity;
mod console_conversations;
mod console_sign_in;
mod constraints;
mod delivering;
mod enrolling;
mod erasing;
mod erasing_reach;
mod event_orders;
mod far_databases;
mod flushing;
mod garbage;
mod gates;
mod handing_off;
mod hearing;
mod languages;
mod machines;
mod merge_orders;
mod merging;
mod metadata;
mod migrations;
mod moving;
mod moving_orders;
mod observing;
mod once;
mod outputs;
mod pausing;
mod proxies;
mod pruning;
mod reading_back;
mod recipe_pages;
mod recipes;
mod rows;
mod scans;
mod seeds;
mod sending;
mod signatures;
mod simulated_hubspot;
mod taking_over;
mod tenant_wall;
mod timelines;
mod timers;
mod trial_runs;
mod two_replicas;
mod unfit_inputs;
mod unknown_failures;
mod waiting_merges;
mod webhooks;
mod wire;
mod world;
