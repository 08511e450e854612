//! The simulated HubSpot: its consent page and its API on one address of this machine, with
//! accounts, grants and tokens of its own, and faults on demand.

mod access;
pub mod account;
mod account_info;
mod api_error;
pub mod app;
pub mod authorize;
mod bearer;
mod call;
mod clock;
mod connection;
mod consent;
mod consent_page;
mod control;
mod demo_accounts;
pub mod demo_people;
pub mod exchanges;
pub mod fault;
mod front_page;
mod grant;
mod handle;
mod install;
mod introspect;
mod legacy_tokens;
mod marketplace;
mod oauth_error;
pub mod options;
mod owners;
mod page;
mod private_app_page;
mod private_apps;
mod rate_limit;
mod refresh;
pub mod request_log;
mod revoke;
mod routes;
mod scope;
mod server;
mod simulation;
mod teams;
mod token;
mod token_endpoint;
mod uninstall;
mod world;

pub use options::HubSpotOptions;
pub use server::SimulatedHubSpot;
