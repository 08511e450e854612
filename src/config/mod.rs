//! What a person sets: read once at the start, checked in full, and then only passed along.
//! One file per concern, one table of all settings; `std::env` is read in `source.rs`, and in
//! `program.rs` how we were called. Which command needs which setting is not decided here: the command says what it requires.

pub mod admin;
pub mod ai;
pub mod api_keys;
mod config_file;
pub mod database;
pub mod encryption;
mod given;
pub mod http;
pub mod hubspot;
pub mod ip_range;
pub mod logging;
pub mod mistake;
pub mod portals;
pub mod program;
mod reader;
mod settings;
pub mod source;
pub mod table;
mod unknown;
mod url_text;
pub mod writers;

pub use settings::Settings;
