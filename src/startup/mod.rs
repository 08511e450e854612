//! The only place that wires things together: settings become a database, a service, a server;
//! and all of them end in order.

pub mod database;
pub mod error;
pub mod hubspot_app;
mod log_line;
pub mod logging;
pub mod running;
pub mod tls;
pub mod wiring;
mod workers;
