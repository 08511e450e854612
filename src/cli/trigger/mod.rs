//! `baton trigger`: one request to a running Baton, signed exactly as HubSpot signs.

pub mod action_inputs;
mod aftermath;
pub mod command;
mod deliver;
pub mod events;
mod hubspot_beside;
mod owner_change;
mod place;
pub mod printed;
pub mod request_options;
