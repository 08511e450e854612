//! The service through its front door: a real PostgreSQL, real signatures, HTTP.

mod behind;
mod constraints;
mod handing_off;
mod migrations;
mod once;
mod pausing;
mod rows;
mod sending;
mod trial_runs;
mod unfit_inputs;
mod wire;
mod world;
