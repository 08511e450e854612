//! Baton settles, for every HubSpot conversation, who may answer: the AI or a person.
//!
//! Facts (what HubSpot told) and holds (what somebody placed) are stored; the state of a
//! conversation is judged from both at the moment of asking:
//!
//! ```
//! use baton::domain::assess::{AiState, View};
//! use baton::domain::record::Record;
//! use baton::domain::time::Timestamp;
//!
//! let untouched = Record::default();
//! let view = View { thread: &untouched, ticket: None };
//! assert_eq!(view.assess(Timestamp::from_millis(0)).state(), AiState::AiActive);
//! ```
//!
//! The map of the code, its layers and one request walked through are in ARCHITECTURE.md.

pub mod cli;
pub mod config;
pub mod decider;
pub mod domain;
pub mod embedded;
pub mod encryption;
pub mod http;
pub mod hubspot;
pub mod metrics;
pub mod service;
pub mod simulator;
pub mod startup;
pub mod store;
pub mod worker;
