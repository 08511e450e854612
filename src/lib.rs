//! Baton settles, for every HubSpot conversation, who may answer: the AI or a person.
#![doc = "The map of the code, its layers and one request walked through are in ARCHITECTURE.md."]

pub mod cli;
pub mod config;
pub mod decider;
pub mod domain;
pub mod embedded;
pub mod http;
pub mod hubspot;
pub mod metrics;
pub mod service;
pub mod simulator;
pub mod startup;
pub mod store;
