//! The service and the simulated HubSpot together: workflows that call it, and webhooks that tell it
//! what people do.

use crate::world::{AI_KEY, PORTAL, SECRET, THREAD, TICKET, World};
use baton::domain::ids::{ThreadId, TicketId, WorkflowId};
use baton::simulator::demo_world::WORKFLOW;
use baton::simulator::hubspot::deed::{Assignee, Deed, Hand};
use baton::simulator::hubspot::webhooks::delivery_log::DeliveryOutcome;
use baton::simulator::hubspot::workflows::enrollment::Stage;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use secrecy::SecretString;
use std::time::{Duration, Instant};

const SAM: i64 = 3_892_001;
const AI_SENDER: i64 = 61_000_009;

async fn together() -> (World, SimulatedHubSpot) {
    let world = World::start().await;
    let mut options = HubSpotOptions::demo();
    options.app.client_secret = SecretString::from(SECRET);
    let hubspot = SimulatedHubSpot::start(options).await.unwrap();
    hubspot.serve_at(&world.url);
    hubspot.install(PORTAL).unwrap();
    (world, hubspot)
}

/// Waits until every event was delivered; none may have been refused.
async fn delivered(hubspot: &SimulatedHubSpot) {
    let began = Instant::now();
    while hubspot.unsettled_webhooks() > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "never settled");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for delivery in hubspot.webhook_log() {
        assert_eq!(
            delivery.outcome,
            DeliveryOutcome::Answered(200),
            "{delivery:?}"
        );
    }
}

async fn at(hubspot: &SimulatedHubSpot, id: i64, stage: Stage) {
    let began = Instant::now();
    while hubspot.enrollment(id).unwrap().stage != stage {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{:?}",
            hubspot.enrollment(id)
        );
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
    delivered(&hubspot).await;
    let events: usize = hubspot
        .webhook_log()
        .iter()
        .map(|one| one.events.len())
        .sum();
    assert_eq!(events, 12);
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
