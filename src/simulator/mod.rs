//! HubSpot's side of the wire, over HTTP: used by `demo`, `trigger`, the tests and the benchmarks.
//! It signs and shapes requests with code of its own and never imports what the service verifies
//! and parses them with, so that the two cannot be wrong in the same way.

mod action_body;
pub mod action_kind;
pub mod action_request;
#[cfg(test)]
pub mod answering_server;
pub mod caller;
pub mod demo_world;
pub mod hubspot;
pub mod signing;
pub mod webhook_event;
