//! The story the demo tells: a simulated workflow that calls the four actions on one ticket, and
//! what the service answered.

use crate::domain::ids::TicketId;
use crate::simulator::action_kind::ActionKind;
use crate::simulator::action_request::Enrolled;
use crate::simulator::caller::Caller;
use crate::simulator::demo_world::{self, originating_thread};
use crate::simulator::workflow::{self, Enrollment, Step, StepRun, Workflow};
use crate::store::conversations;
use crate::store::error::StoreError;
use crate::store::pool::Store;
use std::path::Path;

/// The first ticket of the simulated account that no earlier run has told a story about.
pub fn untold_ticket(store: &Store) -> Result<TicketId, StoreError> {
    let mut conn = store.reader()?;
    let mut ticket = demo_world::TICKET;
    loop {
        let seen = conversations::ticket(&mut conn, demo_world::PORTAL, ticket)?;
        if seen.ticket.is_none_or(|ticket| ticket.revision == 0) {
            return Ok(ticket);
        }
        ticket = TicketId(ticket.0 + 1);
    }
}

/// Takes the ticket through the workflow.
pub async fn run(caller: &Caller, ticket: TicketId) -> Vec<StepRun> {
    let step = |kind, inputs: &[(&str, &str)]| Step {
        kind,
        inputs: inputs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
    };
    let workflow = Workflow {
        id: demo_world::WORKFLOW,
        steps: vec![
            step(
                ActionKind::PauseAi,
                &[("duration", "1h"), ("note", "VIP customer")],
            ),
            step(ActionKind::ResumeAi, &[]),
            step(ActionKind::RequestHandoff, &[("priority", "high")]),
            step(ActionKind::ResumeAi, &[]),
            step(ActionKind::SendToAi, &[]),
        ],
    };
    let enrollment = Enrollment {
        portal: demo_world::PORTAL,
        enrolled: Enrolled::Ticket(ticket, originating_thread(ticket)),
        id: 2_384_000_000_000 + (ticket.0 - demo_world::TICKET.0),
        times_faster: 1_000,
        attempts_at_most: 5,
    };
    workflow::run(&workflow, &enrollment, caller).await
}

/// Prints what was received for each action.
pub fn print(ticket: TicketId, runs: &[StepRun]) {
    println!("  A workflow just ran on ticket {ticket}:");
    for run in runs {
        let title = run.request.kind.label();
        match &run.answer {
            Err(error) => println!("    {title:<16} {error}"),
            Ok(answer) => {
                let outputs = answer.outputs.clone().unwrap_or_default();
                let output = |name: &str| outputs.get(name).cloned().unwrap_or_default();
                println!(
                    "    {title:<16} {:<8} {:<18} {:>5.1} ms   {}",
                    output("outcome"),
                    output("ai_state"),
                    answer.took.as_secs_f64() * 1_000.0,
                    output("explanation"),
                );
            }
        }
    }
}

/// Prints commands to go on with.
pub fn print_next_steps(url: &str, hubspot: &str, ticket: TicketId, data_dir: &Path) {
    let thread = originating_thread(ticket)
        .map(|id| id.to_string())
        .unwrap_or_default();
    let at = if url == demo_world::BASE_URL {
        String::new()
    } else {
        format!(" --url {url}")
    };
    let base = format!("{url}/v1/portals/{}", demo_world::PORTAL);
    let curl = format!("curl -s -H 'Authorization: Bearer {}'", demo_world::API_KEY);
    let portal = demo_world::PORTAL;
    println!("\n  Try, in a browser: {hubspot}/inbox/{portal}/{thread}");
    println!("    and beside it:     {url}/console/portals/{portal}/conversations/{thread}");
    println!(
        "    assign the conversation, or answer it, as a teammate: the state, its reason and the"
    );
    println!(
        "    milliseconds it took appear in the console by themselves; then unassign it again"
    );
    println!("\n  Try, in another terminal:");
    println!("    cargo run -- trigger owner-change --thread {thread} --person \"Nia North\"{at}");
    println!("    cargo run -- trigger pause-ai --ticket {ticket} --duration 1h{at}");
    println!("    cargo run -- trigger resume-ai --ticket {ticket}{at}");
    println!("    {curl} {base}/conversations/{thread}");
    println!("    {curl} {base}/conversations/{thread}/decisions");
    println!("    {curl} -X POST {base}/conversations/{thread}/lock");
    println!(
        "\n  Data is kept in {}; stop with Ctrl-C; start over with `demo --fresh`.",
        data_dir.display()
    );
}
