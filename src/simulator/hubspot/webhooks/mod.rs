//! Webhooks as HubSpot delivers them: subscriptions, a queue, batches, retries, and what goes wrong
//! on demand.

pub(super) mod deliver;
pub mod delivery_log;
pub mod disturbance;
pub(super) mod queue;
mod schedule;
pub mod subscription;
