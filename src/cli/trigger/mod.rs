//! `baton trigger`: one request to a running Baton, signed exactly as HubSpot signs.

pub mod action_inputs;
pub mod command;
pub mod events;
pub mod printed;
pub mod request_options;
