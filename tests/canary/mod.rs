//! Canaries through the whole suite. Every secret of every world holds one piece of text; all that
//! is logged at TRACE, every answer of Baton's, and all columns at a world's end are searched for
//! it, raw, in hex, in base64 and percent-encoded. States and cookies, which Baton makes itself,
//! are searched for as they are. A find fails the worlds that were running then, by their names.

mod database;
pub mod finds;
mod forms;
mod logger;
pub mod secrets;
mod strange;
pub mod watch;
