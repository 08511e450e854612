//! Loops. Each is a few lines around a service, and ends when it is told to.

pub mod flush;
pub mod housekeeping;
mod pause;
pub mod privacy;
pub mod refresh;
pub mod timers;
