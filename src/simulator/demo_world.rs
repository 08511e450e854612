//! The fixed facts of the demo's simulated HubSpot account, shared by all that act in it.
//! The secrets are public on purpose: the demo listens on the loopback interface only.

use crate::domain::ids::{PortalId, ThreadId, TicketId, WorkflowId};

/// The account.
pub const PORTAL: PortalId = PortalId(50_001);

/// The ticket that the printed examples act on. Benchmarks count upwards from it.
pub const TICKET: TicketId = TicketId(15_384_000_001);

/// The conversation [`TICKET`] was opened for. Benchmarks count upwards from it.
pub const THREAD: ThreadId = ThreadId(7_001);

/// The workflow "VIP".
pub const WORKFLOW: WorkflowId = WorkflowId(1_791_000_001);

/// The HubSpot user in whose name the AI writes.
pub const AI_SENDER_USER_ID: i64 = 61_000_009;

/// The client secret of the demo's app, with which every request to the demo is signed.
pub const CLIENT_SECRET: &str = "demo-client-secret-not-for-production";

/// The client id of the demo's app.
pub const CLIENT_ID: &str = "b4705000-de30-4000-8000-000000050001";

/// HubSpot's id of the demo's app.
pub const APP_ID: i64 = 2_438_001;

/// A bearer key of the demo's API.
pub const API_KEY: &str = "demo-api-key-not-for-production";

/// Where the demo listens.
pub const BASE_URL: &str = "http://127.0.0.1:8080";

/// Where the simulated HubSpot listens.
pub const HUBSPOT_ADDRESS: &str = "127.0.0.1:8090";

/// The address of its pages and its API.
pub const HUBSPOT_URL: &str = "http://127.0.0.1:8090";

/// The conversations, beside [`THREAD`], that are open in the account from the start, as a first
/// simulation numbers them.
pub const FIRST_NUMBERED: [i64; 2] = [9_000_002, 9_000_003];

/// How far apart the numbers of two runs of the demo are: no run is asked for so many conversations.
pub const NUMBERED_IN_A_RUN: i64 = 10_000;

/// How many tickets this account has, counted upwards from [`TICKET`].
const TICKETS: i64 = 1_000_000;

/// The conversation a ticket of this account was opened for, as HubSpot stamps it on the ticket;
/// `None` for tickets the demo does not know.
pub fn originating_thread(ticket: TicketId) -> Option<ThreadId> {
    let place = ticket.0 - TICKET.0;
    (0..TICKETS)
        .contains(&place)
        .then(|| ThreadId(THREAD.0 + place))
}

/// The ticket that a conversation of this account was begun with: [`originating_thread`] backwards.
pub fn ticket_of(thread: ThreadId) -> Option<TicketId> {
    let place = thread.0 - THREAD.0;
    (0..TICKETS)
        .contains(&place)
        .then(|| TicketId(TICKET.0 + place))
}
