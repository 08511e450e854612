//! Numbers of conversations: shown where several look alike, and never those of a run before.

use crate::world::{CUSTOMER, World};
use baton::domain::ids::{ThreadId, TicketId, WorkflowId};
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::workflows::workflow::{Step, Workflow};

async fn begun(numbered_before: i64) -> (World, ThreadId, TicketId) {
    let world = World::start_with(HubSpotOptions {
        numbered_before,
        ..HubSpotOptions::demo()
    })
    .await;
    let begun = world.hubspot.customer_begins(CUSTOMER, "Robin", "Hi");
    let begun = begun.unwrap();
    (world, begun.thread.unwrap(), begun.ticket.unwrap())
}

#[tokio::test]
async fn a_later_run_leaves_out_what_earlier_ones_numbered() {
    let (_first, thread, ticket) = begun(0).await;

    let (later, later_thread, later_ticket) = begun(10_000).await;

    assert_eq!(later_thread.0, thread.0 + 10_000);
    assert_eq!(later_ticket.0, ticket.0 + 10_000);
    let gone = format!("/inbox/{CUSTOMER}/{thread}");
    assert_eq!(later.get(&gone).await.status, 404);
}

#[tokio::test]
async fn a_row_of_the_inbox_shows_the_conversations_number() {
    let (world, thread, _) = begun(0).await;

    let inbox = world.get(&format!("/inbox/{CUSTOMER}")).await;

    let shown = format!(">Robin</strong><span class=\"soft\"> {thread}</span>");
    assert!(inbox.text.contains(&shown), "{}", inbox.text);
}

#[tokio::test]
async fn a_card_of_a_workflow_says_what_an_author_filled_in_or_left() {
    let (world, ..) = begun(0).await;
    let left = Workflow {
        id: WorkflowId(6),
        name: "Not finished".to_owned(),
        steps: vec![Step::action("request_handoff", &[])],
    };
    world.hubspot.publish_workflow(left).unwrap();

    let page = world.get("/workflows").await;

    assert!(page.text.contains("Request handoff to: not filled in"));
    assert!(page.text.contains("Send to AI: Answer"), "{}", page.text);
    for card in page.text.split("<span lang=\"en\">").skip(1) {
        let card = card.split("</span>").next().unwrap();
        assert!(!card.trim_end().ends_with(':'), "{card}");
    }
}
