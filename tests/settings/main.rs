//! Settings are read from a source that the test makes; nothing here touches the environment.
#![allow(
    clippy::unwrap_used,
    reason = "outside #[test] functions too, failing is the answer"
)]

mod defaults;
mod env_example;
mod layers;
mod mistakes;
mod secrets;
mod world;
