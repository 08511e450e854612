//! The service through its front door: a real PostgreSQL, real signatures, HTTP.

mod actions;
mod world;
