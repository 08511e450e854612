//! The story the demo tells: a workflow of the simulated HubSpot that calls the four actions on one
//! ticket, and what the service answered. The workflow stays on the page with the workflows.

use crate::config::program::program;
use crate::domain::ids::{TicketId, WorkflowId};
use crate::simulator::demo_world::{self, originating_thread};
use crate::simulator::hubspot::SimulatedHubSpot;
use crate::simulator::hubspot::workflows::enrollment::{Enrollment, Execution, Stage};
use crate::simulator::hubspot::workflows::workflow::{Step, Workflow};
use crate::store::conversations;
use crate::store::error::StoreError;
use crate::store::pool::Store;
use std::path::Path;
use std::time::{Duration, Instant};

/// Apart from the workflows that the demo's account has from the start.
const STORY: WorkflowId = WorkflowId(demo_world::WORKFLOW.0 + 100);
/// What takes longer is printed as far as it came: HubSpot would go on for days.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(5);

/// The first ticket of the simulated account that no earlier run has told a story about.
pub fn untold_ticket(store: &Store) -> Result<TicketId, StoreError> {
    let mut conn = store.first_reader()?;
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
///
/// # Errors
/// In words, if the workflow cannot be published or the ticket not be enrolled.
pub async fn run(hubspot: &SimulatedHubSpot, ticket: TicketId) -> Result<Enrollment, String> {
    hubspot.publish_workflow(Workflow {
        id: STORY,
        name: "The story of the demo: all four actions, one after the other".to_owned(),
        steps: vec![
            Step::action("pause_ai", &[("duration", "1h"), ("note", "VIP customer")]),
            Step::action("resume_ai", &[]),
            Step::action(
                "request_handoff",
                &[
                    ("target", "default"),
                    ("more_options", "yes"),
                    ("priority", "high"),
                ],
            ),
            Step::action("resume_ai", &[]),
            Step::action("send_to_ai", &[("response_mode", "answer_latest")]),
        ],
    })?;
    let id = hubspot.enroll(demo_world::PORTAL, STORY, ticket)?;
    let began = Instant::now();
    loop {
        let passage = hubspot.enrollment(id);
        let passage = passage.ok_or_else(|| format!("the enrolment {id} is gone"))?;
        if passage.stage == Stage::Ended || began.elapsed() > PATIENCE {
            return Ok(passage);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// Prints what was received for each action.
pub fn print(ticket: TicketId, passage: &Enrollment) {
    println!("  A workflow just ran on ticket {ticket}:");
    for execution in &passage.executions {
        println!("    {}", told(execution));
    }
    if passage.stage != Stage::Ended {
        println!("    (it is not over; the page with the workflows shows how it goes on)");
    }
}

fn told(execution: &Execution) -> String {
    let output = |name: &str| execution.outputs.get(name).map_or("", String::as_str);
    let title = match execution.action.as_str() {
        "pause_ai" => "Pause AI",
        "resume_ai" => "Resume AI",
        "send_to_ai" => "Send to AI",
        "request_handoff" => "Request handoff",
        other => other,
    };
    format!(
        "{title:<16} {:<8} {:<18} {:>5.1} ms   {}",
        output("outcome"),
        output("ai_state"),
        execution.took_ms,
        output("explanation"),
    )
}

/// Prints commands to go on with.
pub fn print_next_steps(url: &str, hubspot: &str, ticket: TicketId, data_dir: &Path) {
    let thread = originating_thread(ticket)
        .map(|id| id.to_string())
        .unwrap_or_default();
    let program = program();
    let at = if url == demo_world::BASE_URL {
        String::new()
    } else {
        format!(" --url {url}")
    };
    let beside = if hubspot == demo_world::HUBSPOT_URL {
        String::new()
    } else {
        format!(" --hubspot {hubspot}")
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
    println!(
        "    {program} trigger owner-change --thread {thread} --person \"Nia North\"{at}{beside}"
    );
    println!("    {program} trigger pause-ai --ticket {ticket} --duration 1h{at}");
    println!("    {program} trigger resume-ai --ticket {ticket}{at}");
    println!("    {curl} {base}/conversations/{thread}");
    println!("    {curl} {base}/conversations/{thread}/decisions");
    println!("    {curl} -X POST {base}/conversations/{thread}/lock");
    println!(
        "\n  Data is kept in {}; stop with Ctrl-C; start over with `{program} demo --fresh`.",
        data_dir.display()
    );
}
