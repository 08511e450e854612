//! The command line: one command per file or folder. Commands read their arguments, call what
//! does the work, and print; nothing is decided here.

pub mod app_config;
pub mod bench;
pub mod command_line;
mod demo;
mod doctor;
mod encryption;
mod exit;
mod keys;
mod listen_address;
mod migrate;
mod serve;
mod signals;
mod simulate;
pub mod trigger;
