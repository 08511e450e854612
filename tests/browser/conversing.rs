//! The list of conversations and one of them, while people, workflows and an admin act on it.

use crate::chromium::Chromium;
use crate::connecting::{choose_sender, connect_customer, sign_in};
use crate::world::World;
use baton::simulator::action_kind::ActionKind;
use baton::simulator::demo_world;
use baton::simulator::hubspot::fault::Fault;
use baton::simulator::webhook_event::Change;

const LIST: &str = "/console/portals/50001/conversations";

#[tokio::test]
async fn a_conversation_that_a_person_takes_moves_on_the_page_by_itself() {
    let world = World::start().await;
    let Some(browser) = Chromium::open("conversing").await else {
        return;
    };
    // What happens is told: HubSpot's own list, and who it says owns a conversation, would change
    // the pages while they are looked at.
    let read = Fault::status(503).at("/conversations/v3/conversations/threads");
    world.hubspot.add_fault(read);
    sign_in(&browser, &world).await;
    connect_customer(&browser).await;
    choose_sender(&browser, &world).await;
    browser.click("Save sender").await;
    browser.hears("The AI sender is set.").await;
    browser.click("Conversations").await;
    browser.sees("No conversations yet").await;
    browser.shoot_all("empty").await;

    let (thread, ticket) = (demo_world::THREAD, demo_world::TICKET);
    let pause = [("duration", "1h"), ("note", "VIP customer, Ada calls back")];
    world.act(ActionKind::PauseAi, &pause).await;
    browser.sees("Paused by workflow").await;
    browser.shoot("appeared").await;
    world
        .act(ActionKind::RequestHandoff, &[("priority", "high")])
        .await;
    world.act(ActionKind::ResumeAi, &[]).await;
    for other in 1..6 {
        let other = baton::domain::ids::ThreadId(thread.0 + other);
        world.tell(Change::Created(other)).await;
        let owner = if other.0 % 2 == 0 { "A-61000001" } else { "" };
        world.tell(Change::Assignee(other, owner.to_owned())).await;
        if other.0 % 3 == 0 {
            world.tell(Change::Status(other, "CLOSED".to_owned())).await;
        }
    }
    browser.sees("Conversation 7006").await;
    browser.sees("has owned it for").await;
    browser.shoot_all("list").await;

    browser.click(&format!("Conversation {thread}")).await;
    browser.sees("A handoff was requested").await;
    world
        .tell(Change::Assignee(thread, "A-61000001".to_owned()))
        .await;
    browser.sees("took the conversation").await;
    browser.sees("Person active").await;
    browser.shoot_all("taken").await;

    browser.choose("Pause for", "4 hours").await;
    browser
        .fill("Why", "billing question, wait for finance")
        .await;
    browser.click("Pause the AI").await;
    browser.hears("Recorded, beneath a stronger silence").await;
    browser.click("Resume").await;
    browser.hears("Not done.").await;
    browser.click("Lock the AI out").await;
    browser.hears("Locked.").await;
    browser.sees("Unlock").await;
    browser.shoot_all("locked").await;
    browser.click("Unlock").await;
    browser.hears("Unlocked.").await;

    browser.click(&ticket.to_string()).await;
    browser.sees(&format!("Ticket {ticket}")).await;
    browser.shoot_all("ticket").await;
    browser.go(&world.at(&format!("{LIST}?id=abc"))).await;
    browser.sees("A number is expected").await;
    browser.shoot("misfit").await;
    browser
        .go(&world.at("/console/portals/50001/activity"))
        .await;
    browser.sees("POST /hubspot/webhooks").await;
    browser.shoot_all("activity").await;
    browser.go(&world.at("/console/portals/50001")).await;
    browser.sees("From receipt to decision").await;
    browser.shoot_all("speed").await;
    browser.close().await;
}
