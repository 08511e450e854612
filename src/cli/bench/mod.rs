//! `baton bench`: bounded load on the loopback interface, against a database and a service of its
//! own.

pub mod burst;
pub mod command;
mod connection;
pub mod deliveries;
pub mod enrolments;
pub mod latency;
pub mod load;
pub mod pace;
mod printed;
mod request_template;
pub mod rereads;
mod subject;
pub mod tally;
pub mod walk;
pub mod webhooks;
pub mod workflow;
