//! What Baton exists for, as pure code: no I/O, no clock, no framework.
//! Everything here is decided from its arguments; `now` is always one of them.

pub mod ids;
pub mod time;
