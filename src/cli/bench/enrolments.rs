//! `baton bench enrolments`: a workflow enrols thousands of tickets at once whose conversations
//! nobody knows, beside a simulated HubSpot with its usual limit of calls; meanwhile people take
//! other conversations, and each of those has to be read again at once.

use super::burst::{self, Burst};
use super::command::BenchError;
use super::printed;
use super::rereads::{self, Takeovers};
use super::subject::{BenchDatabase, Grouping};
use crate::config::Settings;
use crate::domain::ids::TicketId;
use crate::simulator::demo_world;
use clap::Args;
use secrecy::SecretString;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Options of `baton bench enrolments`.
#[derive(Args)]
pub struct EnrolmentsArgs {
    /// Tickets in the burst.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=50_000))]
    count: u32,
    /// Calls under way at once.
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// Conversations that people take in a second, meanwhile.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=5))]
    takeovers: u32,
    /// How long the look-ups are waited for.
    #[arg(long, default_value_t = 45, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
}

/// Conversations that are known before; people take the first of them.
const KNOWN: i64 = 1_000;
/// A takeover is read again within this time, or too late.
const LATEST_REREAD: Duration = Duration::from_secs(2);

/// Measures.
pub async fn enrolments(args: &EnrolmentsArgs, settings: &Settings) -> Result<(), BenchError> {
    let database = BenchDatabase::start(&settings.database, KNOWN)?;
    let hubspot = database.connect().await?;
    printed::enrolments_heading(args.count, args.connections, database.version());
    let usual = Grouping {
        writers: None,
        most_in_batch: None,
    };
    let service = database.serve_beside(hubspot.url(), usual)?;

    let first = TicketId(demo_world::TICKET.0 + KNOWN);
    let secret = SecretString::from(demo_world::CLIENT_SECRET);
    let takeovers = Takeovers {
        base_url: service.url.clone(),
        secret: secret.clone(),
        portal: database.portal(),
        every: Duration::from_secs(1) / args.takeovers,
    };
    let burst = Burst {
        base_url: service.url.clone(),
        secret,
        portal: database.portal(),
        first,
        count: args.count,
        connections: args.connections.into(),
    };
    let (is_over, stop) = watch::channel(false);
    let began = Instant::now();
    let burst_and_look_ups = async {
        let burst = burst::run(burst).await;
        let known = wait_for_look_ups(&database, first, args).await;
        let after = began.elapsed();
        // What was told last is read again, too.
        tokio::time::sleep(LATEST_REREAD).await;
        is_over.send_replace(true);
        tokio::time::sleep(LATEST_REREAD).await;
        Ok::<_, BenchError>((burst?, known?, after))
    };
    let (burst, taken) = tokio::join!(burst_and_look_ups, rereads::take(takeovers, &hubspot, stop));
    let (burst, known, after) = burst?;
    let rereads = taken?.report(&hubspot);
    let receipts = database.census()?.receipts;

    printed::burst(&burst, receipts);
    printed::looked_up(known, after, hubspot.requests().len());
    printed::rereads(&rereads);
    let late = u64::from(rereads.delays.max() > LATEST_REREAD);
    let wrong = burst.tally.failed()
        + u64::from(args.count).abs_diff(receipts.unsigned_abs())
        + rereads.failures.values().sum::<u64>()
        + rereads.never as u64
        + late;
    match wrong {
        0 => Ok(()),
        wrong => Err(BenchError::Wrong(wrong)),
    }
}

/// Waits until every conversation of the burst is known, or the time is over. Gives back how many
/// are.
async fn wait_for_look_ups(
    database: &BenchDatabase,
    first: TicketId,
    args: &EnrolmentsArgs,
) -> Result<i64, BenchError> {
    let until = Instant::now() + Duration::from_secs(args.seconds);
    loop {
        let known = database.looked_up(first)?;
        if known >= i64::from(args.count) || Instant::now() >= until {
            return Ok(known);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
