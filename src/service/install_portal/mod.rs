//! Installing the app in a portal, by HubSpot's consent screen: begun here or in HubSpot's
//! marketplace, finished by the code that HubSpot sends back with the browser.

pub mod begin;
mod connect;
pub mod finish;
pub mod one_time;
pub mod outcome;
pub(in crate::service) mod record;
