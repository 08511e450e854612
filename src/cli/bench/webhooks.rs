//! `baton bench webhooks`: owner changes alone, owner changes beside actions, batches of a hundred.
//! Measured from the moment a delivery is due until its 200, so above received -> committed.

use super::command::BenchError;
use super::deliveries::{self, Deliveries, DeliveriesReport};
use super::load::{self, Load};
use super::pace::Pace;
use super::printed;
use super::subject::{BenchDatabase, BenchService, Grouping};
use crate::config::Settings;
use crate::simulator::demo_world;
use clap::Args;
use secrecy::SecretString;
use std::time::Duration;

/// Options of `baton bench webhooks`.
#[derive(Args)]
pub struct WebhooksArgs {
    /// Owner changes in each of the first two measurements.
    #[arg(long, default_value_t = 2_500, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    samples: u32,
    /// Owner changes a second beside the actions.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    rate: u32,
    /// Actions a second beside the owner changes.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    actions: u32,
    /// How long batches of a hundred events are sent.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    batch_seconds: u64,
    /// Batches under way at once; HubSpot sends 10 for each account.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=64))]
    connections: u16,
    /// Tickets to spread them over.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(i64).range(10_000..=1_000_000))]
    tickets: i64,
}

/// Beyond this a measurement is cut off, however slow the service is.
const MOST_SECONDS: u64 = 120;
/// Owner changes beside actions that may be under way at once.
const CHANGES_AT_ONCE: usize = 8;
/// Actions that may be under way at once.
const ACTIONS_AT_ONCE: usize = 32;

/// Measures.
pub async fn webhooks(args: &WebhooksArgs, settings: &Settings) -> Result<(), BenchError> {
    let database = BenchDatabase::start(&settings.database, args.tickets)?;
    printed::webhooks_heading(args.tickets, database.version());
    // Every owner change is read again through HubSpot's API, as fast as its limit of calls lets.
    let hubspot = database.connect().await?;
    let usual = Grouping {
        writers: None,
        most_in_batch: None,
    };
    let service = database.serve_beside(hubspot.url(), usual)?;
    let one_by_one = Deliveries {
        base_url: service.url.clone(),
        secret: SecretString::from(demo_world::CLIENT_SECRET),
        portal: database.portal(),
        tickets: args.tickets.unsigned_abs(),
        connections: 1,
        events_each: 1,
        pace: Pace::AsAnswered,
        most: args.samples.into(),
        duration: Duration::from_secs(MOST_SECONDS),
        first_event: 0,
    };

    let alone = deliveries::run(one_by_one.clone()).await?;
    printed::deliveries("owner changes, one after the other", &alone);

    let beside = Deliveries {
        connections: CHANGES_AT_ONCE,
        pace: Pace::PerSecond(args.rate),
        first_event: alone.next_event,
        ..one_by_one.clone()
    };
    let (beside, failed_actions) = beside_actions(args, &database, &service, beside).await?;
    let title = format!("owner changes, {} a second beside actions", args.rate);
    printed::deliveries(&title, &beside);

    let batches = Deliveries {
        connections: args.connections.into(),
        events_each: 100,
        most: u64::MAX,
        duration: Duration::from_secs(args.batch_seconds),
        first_event: beside.next_event,
        ..one_by_one
    };
    let batches = deliveries::run(batches).await?;
    printed::deliveries(
        "batches of 100 events, as fast as they are answered",
        &batches,
    );

    let failed = [&alone, &beside, &batches].map(|report| report.failures.values().sum::<u64>());
    match failed.iter().sum::<u64>() + failed_actions {
        0 => Ok(()),
        wrong => Err(BenchError::Wrong(wrong)),
    }
}

/// The actions run a second longer than the owner changes need.
async fn beside_actions(
    args: &WebhooksArgs,
    database: &BenchDatabase,
    service: &BenchService,
    changes: Deliveries,
) -> Result<(DeliveriesReport, u64), BenchError> {
    let needed = u64::from(args.samples.div_ceil(args.rate)) + 1;
    let actions = Load {
        base_url: service.url.clone(),
        secret: changes.secret.clone(),
        portal: database.portal(),
        tickets: changes.tickets,
        connections: ACTIONS_AT_ONCE,
        duration: Duration::from_secs(needed.min(MOST_SECONDS)),
        pace: Pace::PerSecond(args.actions),
        first_step: 0,
    };
    let (actions, changes) = tokio::join!(load::run(actions), deliveries::run(changes));
    let actions = actions?;
    printed::measurement("actions beside owner changes", &actions);
    Ok((changes?, actions.tally.failed()))
}
