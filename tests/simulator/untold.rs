//! Deeds whose event the caller delivers, and what the simulated HubSpot says it knows.

use crate::receiver::Receiver;
use crate::world::{CUSTOMER, World};
use serde_json::{Value, json};

const DESK: &str = "/_simulator/desk/50001";

async fn connected() -> (World, Receiver) {
    let receiver = Receiver::start().await;
    let world = World::start().await;
    world.install(CUSTOMER).await;
    world.hubspot.serve_at(&receiver.url);
    (world, receiver)
}

#[tokio::test]
async fn a_deed_that_its_caller_tells_of_changes_the_record_and_sends_no_event_of_it() {
    let (world, receiver) = connected().await;
    let closed = json!({ "do": "close", "thread": 7001 });
    let untold = world.post(&format!("{DESK}/untold"), closed).await;
    assert_eq!(untold.status, 200, "{}", untold.text);

    let writes = json!({ "do": "customer_writes", "thread": 7001, "text": "Hello?" });
    let written = world.post(&format!("{DESK}/untold"), writes).await;

    assert_eq!(written.field("message").len(), 32);
    // That it was closed is only to be seen in that it opens, which nobody else tells.
    let events = receiver.wait_for(1).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["propertyName"], "status");
    assert_eq!(events[0]["propertyValue"], "OPEN");
    let page = world.get("/inbox/50001/7001/live").await;
    assert!(page.text.contains("Hello?"), "{}", page.text);
}

#[tokio::test]
async fn a_deed_that_changes_nothing_keeps_no_later_event_back() {
    let (world, receiver) = connected().await;
    let opened = json!({ "do": "reopen", "thread": 7001 });
    assert_eq!(
        world.post(&format!("{DESK}/untold"), opened).await.status,
        200
    );
    let refused = json!({ "do": "close", "thread": 1 });
    let refused = world.post(&format!("{DESK}/untold"), refused).await;
    assert_eq!(
        (refused.status, refused.field("message").as_str()),
        (400, "there is no conversation 1")
    );

    let closed = json!({ "do": "close", "thread": 7001 });
    assert_eq!(world.post(DESK, closed).await.status, 200);

    assert_eq!(receiver.wait_for(1).await[0]["propertyValue"], "CLOSED");
}

#[tokio::test]
async fn it_says_which_baton_it_tells_and_which_ticket_a_conversation_has() {
    let (world, receiver) = connected().await;
    let begun = world
        .hubspot
        .customer_begins(CUSTOMER, "Robin", "Hi")
        .unwrap();
    let (thread, ticket) = (begun.thread.unwrap(), begun.ticket.unwrap());
    let both = json!({ "service": receiver.url, "thread": thread, "ticket": ticket });
    let none = json!({ "service": receiver.url, "thread": Value::Null, "ticket": Value::Null });

    for (path, expected) in [
        (format!("{DESK}/threads/{thread}"), &both),
        (format!("{DESK}/tickets/{ticket}"), &both),
        (format!("{DESK}/threads/99999999"), &none),
        (format!("{DESK}/tickets/5"), &none),
        (format!("{DESK}/threads/x"), &none),
        (format!("/_simulator/desk/99/threads/{thread}"), &none),
    ] {
        let answer = world.get(&path).await;
        assert_eq!((answer.status, &answer.json()), (200, expected), "{path}");
    }
}
