//! Loops. Each is a few lines around a service, and ends when it is told to; one that panics begins
//! again.

pub mod end_grants;
pub mod flush;
pub mod housekeeping;
pub mod hubspot_clock;
mod in_flight;
pub mod merge_tickets;
mod pause;
pub mod privacy;
pub mod read_messages;
pub mod refresh;
pub mod supervise;
pub mod sweep;
pub mod timers;
pub mod verify_owners;
