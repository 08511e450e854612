//! The command line: one file per command, nothing else in it.

mod run;

pub use run::run;
