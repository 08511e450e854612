//! `baton demo`: everything on one machine, with no account and no configuration.

mod command;
mod encryption_key;
mod story;

pub use command::{DemoArgs, demo};
