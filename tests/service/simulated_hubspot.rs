//! The service and the simulated HubSpot together: workflows that call it, and webhooks that tell it
//! what people do.

use crate::world::{AI_KEY, PORTAL, SECRET, Setup, THREAD, TICKET, World, keyring, new_database};
use baton::domain::ids::{ThreadId, TicketId, WorkflowId};
use baton::domain::time::Span;
use baton::service::seal_tokens::{Pasted, seal_pasted};
use baton::simulator::demo_world::WORKFLOW;
use baton::simulator::hubspot::deed::{Assignee, Deed, Hand};
use baton::simulator::hubspot::webhooks::delivery_log::DeliveryOutcome;
use baton::simulator::hubspot::workflows::enrollment::Stage;
use baton::simulator::hubspot::workflows::workflow::{Step, Workflow};
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use baton::store::credentials::grant::save_grant;
use diesel::prelude::*;
use secrecy::SecretString;
use std::time::{Duration, Instant};

const SAM: i64 = 3_892_001;
const AI_SENDER: i64 = 61_000_009;
/// A webhook that a busy machine answered 503 is sent again after 42 to 60 s.
const PATIENCE: Duration = Duration::from_secs(150);

async fn hubspot() -> SimulatedHubSpot {
    let mut options = HubSpotOptions::demo();
    options.app.client_secret = SecretString::from(SECRET);
    options.webhook_timeout = Duration::from_secs(60);
    SimulatedHubSpot::start(options).await.unwrap()
}

pub async fn together() -> (World, SimulatedHubSpot) {
    let (world, hubspot) = (World::start().await, hubspot().await);
    hubspot.serve_at(&world.url);
    hubspot.install(PORTAL).unwrap();
    (world, hubspot)
}

/// Waits until every event was delivered, and gives their number; none may have been refused, though
/// a busy machine may have asked for some again.
async fn delivered(hubspot: &SimulatedHubSpot) -> usize {
    let began = Instant::now();
    while hubspot.unsettled_webhooks() > 0 {
        assert!(began.elapsed() < PATIENCE, "never settled");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut events = 0;
    for delivery in hubspot.webhook_log() {
        if delivery.outcome == DeliveryOutcome::Answered(200) {
            events += delivery.events.len();
        } else {
            assert_eq!(delivery.outcome, DeliveryOutcome::Answered(503));
        }
    }
    events
}

async fn at(hubspot: &SimulatedHubSpot, id: i64, stage: Stage) {
    let began = Instant::now();
    while hubspot.enrollment(id).unwrap().stage != stage {
        assert!(began.elapsed() < PATIENCE, "{:?}", hubspot.enrollment(id));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_in_the_inbox_silences_the_ai_and_frees_it() {
    let (world, hubspot) = together().await;
    hubspot
        .customer_writes(PORTAL, THREAD, "Is anybody there?")
        .unwrap();
    hubspot
        .assign_thread(PORTAL, THREAD, Assignee::User(SAM))
        .unwrap();
    delivered(&hubspot).await;
    assert_eq!(world.conversation().await["state"], "human_active");

    hubspot.advance(Duration::from_secs(1));
    hubspot
        .assign_thread(PORTAL, THREAD, Assignee::User(AI_SENDER))
        .unwrap();
    delivered(&hubspot).await;
    assert_eq!(world.conversation().await["state"], "ai_active");

    hubspot.close(PORTAL, THREAD).unwrap();
    delivered(&hubspot).await;
    assert_eq!(world.conversation().await["may_reply"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_every_kind_are_taken_at_once() {
    let (_world, hubspot) = together().await;
    let begun = hubspot.customer_begins(PORTAL, "Pat", "Hi").unwrap();
    let (thread, merged) = (begun.thread.unwrap(), begun.ticket.unwrap());
    let other = ThreadId(THREAD.0 + 5);
    let by = Hand::Admin;
    let text = "On it".to_owned();
    let deeds = [
        Deed::AgentReplies {
            thread,
            user: SAM,
            text,
        },
        Deed::AssignTicket {
            ticket: TICKET,
            owner: Some(81_538_001),
            by,
        },
        Deed::Archive { thread },
        Deed::Restore { thread },
        Deed::Link {
            ticket: merged,
            thread: other,
        },
        Deed::Merge {
            into: TICKET,
            merged,
        },
        Deed::Close { thread, by },
        Deed::Erase { thread },
        Deed::EraseContact { contact: 301 },
    ];
    for deed in &deeds {
        hubspot.carry_out(PORTAL, deed).unwrap();
    }
    assert_eq!(delivered(&hubspot).await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_workflows_pass_through_the_service() {
    let (world, hubspot) = together().await;
    let vip = hubspot.enroll(PORTAL, WORKFLOW, TICKET).unwrap();
    at(&hubspot, vip, Stage::Delayed).await;
    assert_eq!(world.conversation().await["state"], "ai_paused");
    hubspot.advance(Duration::from_secs(16 * 60));
    at(&hubspot, vip, Stage::Ended).await;
    let history = hubspot.history(vip, "en");
    assert_eq!(history.len(), 2);
    assert!(history[0].starts_with("Done: "), "{history:?}");
    let german = hubspot.history(vip, "de");
    assert!(german[0].starts_with("Erledigt: "), "{german:?}");
    assert_eq!(world.conversation().await["state"], "ai_active");

    let unhappy = WorkflowId(WORKFLOW.0 + 1);
    let other = TicketId(TICKET.0 + 1);
    let unhappy = hubspot.enroll(PORTAL, unhappy, other).unwrap();
    at(&hubspot, unhappy, Stage::Delayed).await;
    let path = format!("/v1/portals/{PORTAL}/conversations/{}", THREAD.0 + 1);
    let (_, conversation) = world.get(AI_KEY, &path).await;
    assert_eq!(conversation["state"], "handoff_requested");
    hubspot.advance(Duration::from_secs(31 * 60));
    at(&hubspot, unhappy, Stage::Ended).await;
    let (_, conversation) = world.get(AI_KEY, &path).await;
    assert_eq!(conversation["state"], "ai_active");

    let sale = WorkflowId(WORKFLOW.0 + 2);
    let sale = hubspot
        .enroll(PORTAL, sale, TicketId(TICKET.0 + 2))
        .unwrap();
    at(&hubspot, sale, Stage::Ended).await;
    assert_eq!(hubspot.enrollment(sale).unwrap().executions.len(), 2);
}

/// The service asks this HubSpot with the token of the account's private app.
async fn connected() -> (World, SimulatedHubSpot) {
    let hubspot = hubspot().await;
    let database_url = new_database();
    let token = SecretString::from("pat-na1-demo-50001-not-for-production");
    let pasted = Pasted {
        portal: PORTAL,
        token: &token,
        scopes: Vec::new(),
        hubspot_user_id: None,
        rollback_window: Span::from_days(7),
    };
    let sealed = seal_pasted(&keyring(), pasted).unwrap();
    let mut conn = PgConnection::establish(&database_url).unwrap();
    save_grant(&mut conn, &sealed).unwrap();
    let setup = Setup {
        hubspot_url: format!("{}/", hubspot.url()),
        ..Setup::default()
    };
    let world = World::start_on(database_url, setup).await;
    world.until_ready().await;
    hubspot.serve_at(&world.url);
    (world, hubspot)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolled_contact_reaches_its_open_conversations() {
    let (world, hubspot) = connected().await;
    let begin = |text| {
        let begun = hubspot.customer_begins(PORTAL, "Uma Upset", text).unwrap();
        begun.thread.unwrap()
    };
    let [first, second, closed] = ["One", "Two", "Three"].map(begin);
    hubspot.close(PORTAL, closed).unwrap();
    let contact = hubspot.contact_of(PORTAL, first).unwrap();
    let sale = WorkflowId(WORKFLOW.0 + 3);
    hubspot
        .publish_workflow(Workflow {
            id: sale,
            name: "A contact is a VIP".to_owned(),
            steps: vec![Step::action("pause_ai", &[("duration", "1d")])],
        })
        .unwrap();

    let passage = hubspot.enroll_contact(PORTAL, sale, contact).unwrap();
    at(&hubspot, passage, Stage::Ended).await;

    let history = hubspot.history(passage, "en");
    assert!(history[0].starts_with("Done: Paused"), "{history:?}");
    for (thread, state) in [
        (first, "ai_paused"),
        (second, "ai_paused"),
        (closed, "ai_active"),
    ] {
        let path = format!("/v1/portals/{PORTAL}/conversations/{thread}");
        let (_, shown) = world.get(AI_KEY, &path).await;
        assert_eq!(shown["state"], state, "{thread}");
    }
}
