//! `baton bench`: bounded load on the loopback interface. Here is the load itself; what starts
//! the database and the service and prints the tables comes on top.

mod connection;
pub mod latency;
pub mod load;
mod request_template;
pub mod tally;
pub mod walk;
