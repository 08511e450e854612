//! The only place that wires things together.

mod log_line;
pub mod logging;
