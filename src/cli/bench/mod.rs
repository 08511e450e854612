//! `baton bench`: bounded load on the loopback interface, against a database and a service of its
//! own.

pub mod command;
mod connection;
pub mod latency;
pub mod load;
mod printed;
mod request_template;
mod subject;
pub mod tally;
pub mod walk;
