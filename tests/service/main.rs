//! The service through its front door: a real PostgreSQL, real signatures, HTTP.

mod behind;
mod handing_off;
mod once;
mod pausing;
mod sending;
mod trial_runs;
mod unfit_inputs;
mod wire;
mod world;
