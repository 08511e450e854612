//! `baton bench workflow`: a burst of enrolments through the simulated HubSpot's workflow engine, while
//! people take conversations over. Every enrolment has to end, each action to be done once.

use super::command::BenchError;
use super::connection::Connection;
use super::latency::{Latencies, as_micros};
use super::subject::{BenchDatabase, Grouping};
use crate::config::Settings;
use crate::domain::ids::{PortalId, ThreadId, WorkflowId};
use crate::simulator::demo_world;
use crate::simulator::hubspot::deed::Assignee;
use crate::simulator::hubspot::workflows::enrollment::{ExecutionResult, Stage};
use crate::simulator::hubspot::workflows::workflow::{Input, Output, Step, Way, Workflow};
use crate::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use clap::Args;
use hyper::header::HeaderValue;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Options of `baton bench workflow`.
#[derive(Args)]
pub struct WorkflowArgs {
    /// Tickets that enter the workflow at once; each passes two actions.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=50_000))]
    enrolments: u32,
}

/// Beyond this the measurement is cut off, however slow the service is.
const MOST: Duration = Duration::from_secs(120);
/// From one takeover to the next.
const BETWEEN_TAKEOVERS: Duration = Duration::from_millis(50);
/// How often the AI asks whether it has to be silent.
const GLANCE: Duration = Duration::from_millis(2);
/// A takeover that is not seen by then is never seen.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the AI has to be told within.
const PROMISED: Duration = Duration::from_secs(1);
/// A teammate, as a user.
const SAM: i64 = 3_892_001;
const BURST: WorkflowId = WorkflowId(demo_world::WORKFLOW.0 + 200);
/// Tickets lie this far apart that are taken over one after the other.
const STRIDE: i64 = 97;

/// Measures.
pub async fn workflow(args: &WorkflowArgs, settings: &Settings) -> Result<(), BenchError> {
    let count = i64::from(args.enrolments);
    let database = BenchDatabase::start(&settings.database, count)?;
    let service = database.serve(Grouping {
        writers: None,
        most_in_batch: None,
    })?;
    let hubspot = SimulatedHubSpot::start(HubSpotOptions::demo()).await;
    let hubspot = hubspot.map_err(|error| BenchError::Workflow(error.to_string()))?;
    hubspot.serve_at(&service.url);
    let portal = database.portal();
    let installed = hubspot.install(portal);
    installed.map_err(|mistake| BenchError::Workflow(mistake.to_string()))?;
    let published = hubspot.publish_workflow(burst());
    published.map_err(BenchError::Workflow)?;

    let before = database.census()?;
    let began = Instant::now();
    let enrolled = hubspot.enroll_many(portal, BURST, demo_world::TICKET, count);
    let enrolled = enrolled.map_err(BenchError::Workflow)?;
    let takeovers = take_over_until_the_end(&hubspot, &service.url, portal, count).await?;
    let took = began.elapsed();
    let receipts = database.census()?.receipts - before.receipts;

    let outcome = Outcome::of(&hubspot, &enrolled);
    println!(
        "baton bench workflow   {count} enrolments of two actions   PostgreSQL {}, fsync on, engine \
         and database on this machine",
        database.version()
    );
    println!(
        "  {} ended in {:.1} s   {:.0} actions/s   {} callback ids   {receipts} receipts   {} retries",
        outcome.ended,
        took.as_secs_f64(),
        outcome.actions as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE),
        outcome.callback_ids,
        outcome.retries,
    );
    let millis = |permille| takeovers.permille(permille).as_secs_f64() * 1_000.0;
    println!(
        "  {} takeovers meanwhile, from the click to the API's silence: p50 {:.0} ms   p99 {:.0} ms   \
         max {:.0} ms",
        takeovers.count(),
        millis(500),
        millis(990),
        millis(1_000),
    );
    let wanted = enrolled.len();
    let wrong = [
        wanted.abs_diff(outcome.ended),
        (wanted * 2).abs_diff(outcome.succeeded),
        (wanted * 2).abs_diff(outcome.callback_ids),
        (wanted * 2).abs_diff(usize::try_from(receipts).unwrap_or(0)),
        usize::from(takeovers.max() > PROMISED),
    ];
    hubspot.stop().await;
    match wrong.iter().sum::<usize>() {
        0 => Ok(()),
        wrong => Err(BenchError::Wrong(wrong as u64)),
    }
}

/// Paused for an hour and resumed, by the outcome of the first.
fn burst() -> Workflow {
    let done = ["applied", "already", "extended", "applied_shadowed"];
    Workflow {
        id: BURST,
        name: "A burst".to_owned(),
        steps: vec![
            Step::action("pause_ai", &[("duration", "1h")]),
            Step::Branch {
                on: Input::Output(Output::of("pause_ai", "outcome")),
                ways: vec![Way {
                    values: done.map(str::to_owned).to_vec(),
                    steps: vec![Step::action("resume_ai", &[])],
                }],
                otherwise: Vec::new(),
            },
        ],
    }
}

/// Conversations of the burst are assigned to a person, one after the other; how long each took to
/// be seen through the API.
async fn take_over_until_the_end(
    hubspot: &SimulatedHubSpot,
    url: &str,
    portal: PortalId,
    count: i64,
) -> Result<Latencies, BenchError> {
    let began = Instant::now();
    let address = url.trim_start_matches("http://");
    let host = HeaderValue::from_str(address);
    let host = host.map_err(|error| BenchError::Workflow(error.to_string()))?;
    let mut ai = Connection::new(address, host);
    let (mut micros, mut place) = (Vec::new(), 0);
    while hubspot.running_enrollments() > 0 && began.elapsed() < MOST {
        let thread = ThreadId(demo_world::THREAD.0 + place % count);
        place += STRIDE;
        let clicked = Instant::now();
        let assigned = hubspot.assign_thread(portal, thread, Assignee::User(SAM));
        assigned.map_err(|refused| BenchError::Workflow(refused.to_string()))?;
        until_silent(&mut ai, portal, thread).await?;
        micros.push(as_micros(clicked.elapsed()));
        tokio::time::sleep(BETWEEN_TAKEOVERS).await;
    }
    Ok(Latencies::from_micros(micros))
}

async fn until_silent(
    ai: &mut Connection,
    portal: PortalId,
    thread: ThreadId,
) -> Result<(), BenchError> {
    let path = format!("/v1/portals/{portal}/conversations/{thread}");
    let key = format!("Bearer {}", demo_world::API_KEY);
    let broken = |cause: &str| BenchError::Workflow(format!("{path}: {cause}"));
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        ai.connect().await.map_err(broken)?;
        let headers = vec![("authorization", key.clone())];
        let (status, body) = ai.get(&path, headers).await.map_err(broken)?;
        let shown: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        match (status, shown.get("state").and_then(|state| state.as_str())) {
            (200, Some("human_active")) => return Ok(()),
            (200, _) => tokio::time::sleep(GLANCE).await,
            (status, _) => return Err(broken(&format!("status {status}"))),
        }
    }
    Err(broken("the takeover was never seen"))
}

struct Outcome {
    ended: usize,
    actions: usize,
    succeeded: usize,
    callback_ids: usize,
    retries: u32,
}

impl Outcome {
    fn of(hubspot: &SimulatedHubSpot, enrolled: &[i64]) -> Self {
        let passages = enrolled.iter().filter_map(|id| hubspot.enrollment(*id));
        let passages: Vec<_> = passages.collect();
        let all = || passages.iter().flat_map(|passage| &passage.executions);
        let ids: HashSet<&str> = all().map(|one| one.callback_id.as_str()).collect();
        let is_ended = |stage: Stage| stage == Stage::Ended;
        let ended = passages.iter().filter(|passage| is_ended(passage.stage));
        let succeeded = all().filter(|one| one.result == ExecutionResult::Succeeded);
        Self {
            ended: ended.count(),
            actions: all().count(),
            succeeded: succeeded.count(),
            callback_ids: ids.len(),
            retries: all().map(|one| one.attempts.saturating_sub(1)).sum(),
        }
    }
}
