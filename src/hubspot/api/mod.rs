//! HubSpot's API: one client with a budget for each portal, and the requests that Baton makes.
//! A request is data (`request`), made by the endpoints' files; the client sends it.

pub mod account_info;
pub mod assignee;
pub mod budget;
pub mod client;
pub mod clock;
pub mod error;
pub mod gate;
pub mod lane;
pub mod messages;
pub mod owners;
pub mod page;
pub mod private_app;
pub mod request;
pub mod send_message;
pub mod teams;
pub mod threads;
pub mod tickets;
pub mod uninstall;

mod refusal;
