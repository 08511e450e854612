//! What a simulated HubSpot starts with.

use super::account::Account;
use super::app::App;
use super::demo_accounts;
use super::workflows::action_files::ActionFiles;
use super::workflows::demo_workflows;
use super::workflows::workflow::Workflow;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The world a simulated HubSpot starts with, as data.
#[derive(Clone, Debug)]
pub struct HubSpotOptions {
    /// Where it listens; on the loopback interface. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The app that accounts install.
    pub app: App,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// How many conversations, and tickets for them, were numbered before: a service that remembers
    /// an earlier simulation meets none of its numbers again.
    pub numbered_before: i64,
    /// How many of its seconds pass in one of ours.
    pub clock_speed: f64,
    /// `expires_in` of an access token, by its clock. HubSpot's: 30 minutes.
    pub access_token_lifetime: Duration,
    /// How long an authorization code can be exchanged, by its clock. HubSpot publishes no number.
    pub code_lifetime: Duration,
    /// What a refresh token does when it is used.
    pub rotation: Rotation,
    /// Stands in every token and code it makes, so that one that leaks is recognised. Letters,
    /// digits, `-` and `_` only.
    pub token_mark: &'static str,
    /// How many calls an account may get.
    pub rate_limit: RateLimit,
    /// How long a service may take to answer a delivery of webhooks, in real time.
    pub webhook_timeout: Duration,
    /// Where the app's workflow actions are described.
    pub actions: ActionFiles,
    /// The workflows of the accounts.
    pub workflows: Vec<Workflow>,
    /// How many actions are called at a time. HubSpot publishes no number.
    pub action_calls_at_a_time: usize,
}

/// What a refresh token does when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It stays: the answer repeats it. So it is in practice.
    Keeps,
    /// A new one comes, and the old one is dead.
    Rotates,
}

/// How many calls one app may make to one account within a rolling time.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// Calls.
    pub calls: usize,
    /// The time, by the simulation's clock.
    pub within: Duration,
}

impl HubSpotOptions {
    /// The demo's world, on a free port.
    pub fn demo() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            app: App::demo(),
            accounts: demo_accounts::accounts(),
            numbered_before: 0,
            clock_speed: 1.0,
            access_token_lifetime: Duration::from_secs(1_800),
            code_lifetime: Duration::from_secs(60),
            rotation: Rotation::Keeps,
            token_mark: "",
            // "API usage guidelines" in HubSpot's documentation, read 2026-11-22: an app installed
            // by OAuth has 110 calls in 10 seconds for each account.
            rate_limit: RateLimit {
                calls: 110,
                within: Duration::from_secs(10),
            },
            // "Webhooks" in HubSpot's documentation, read 2026-11-22.
            webhook_timeout: Duration::from_secs(5),
            actions: ActionFiles::BuiltIn,
            workflows: demo_workflows::workflows(),
            action_calls_at_a_time: 64,
        }
    }
}
